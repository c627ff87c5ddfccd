import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Checkpoint } from "../../src/checkpoints/checkpoint.ts";
import { CHECKPOINT_FOLDER, createCheckpointFiles, MOST_CHECKPOINTS } from "../../src/checkpoints/checkpoint-files.ts";

let project: string;
let folder: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "codex-bridge-checkpoint-"));
  folder = join(project, CHECKPOINT_FOLDER);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const make = (sessionId: string, minute = 0): Checkpoint => ({
  ...{ session_id: sessionId, timestamp: new Date(Date.UTC(2026, 10, 27, 8, minute)).toISOString(), version: 1 },
  context: { task_progress: "half done", key_decisions: ["no cache"], code_changes: [], next_steps: [] },
  ...{ worded_by: "caller", threads: [], jobs: [] },
});

test("a checkpoint is a private file of its session, and git takes none of it up", () => {
  const files = createCheckpointFiles(project);
  files.write(make("s-1"));
  expect(JSON.parse(readFileSync(join(folder, "s-1.json"), "utf8"))).toEqual(make("s-1"));
  expect(statSync(join(folder, "s-1.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("*\n");
  expect(files.read("s-1")).toEqual(make("s-1"));
  expect(files.read("s-2")).toBeUndefined();
});

test("no session id leads out of the folder", () => {
  const files = createCheckpointFiles(project);
  for (const id of ["../x", "a/b", "..", ".hidden", "", "a\0b", "a\nb", "x".repeat(101), "-"]) {
    expect(() => files.write(make(id)), id).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => files.read(id), id).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  }
  expect(existsSync(folder)).toBe(false);
});

test("a link in the place of the folder or of a file is not followed", () => {
  const outside = mkdtempSync(join(tmpdir(), "codex-bridge-outside-"));
  symlinkSync(outside, folder);
  const files = createCheckpointFiles(project);
  const failed = expect.objectContaining({ code: "CHECKPOINT_FAILED" });
  expect(() => files.write(make("s-1"))).toThrow(failed);
  expect(() => files.list()).toThrow(failed);
  rmSync(folder);
  files.write(make("s-1"));
  symlinkSync(join(outside, "target"), join(folder, "s-2.json"));
  expect(() => files.write(make("s-2"))).toThrow(failed);
  expect(readdirSync(outside)).toEqual([]);
  rmSync(outside, { recursive: true });
});

test("the newest are listed first; what is damaged, newer or another session's is left alone and left out", () => {
  const files = createCheckpointFiles(project);
  for (const [at, id] of ["a", "b", "c"].entries()) files.write(make(id, at));
  writeFileSync(join(folder, "d.json"), "{");
  writeFileSync(join(folder, "e.json"), JSON.stringify({ ...make("e"), version: 2, context: "new" }));
  writeFileSync(join(folder, "f.json"), JSON.stringify(make("a", 9)));
  mkdirSync(join(folder, "g.json"));
  expect(files.list().map((one) => one.session_id)).toEqual(["c", "b", "a"]);
  for (const id of ["d", "e", "g"]) {
    expect(() => files.read(id), id).toThrow(expect.objectContaining({ code: "CHECKPOINT_FAILED" }));
  }
});

test("only so many are kept, and files of others stay", () => {
  const files = createCheckpointFiles(project);
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.json"), "{}");
  for (let at = 0; at <= MOST_CHECKPOINTS + 2; at += 1) files.write(make(`s-${at}`, at));
  expect(files.list()).toHaveLength(MOST_CHECKPOINTS);
  expect(files.read("s-2")).toBeUndefined();
  expect(readdirSync(folder)).toContain("notes.json");
});
