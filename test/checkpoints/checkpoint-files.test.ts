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
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";

let project: string;
let folder: string;
let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "codex-bridge-checkpoint-state-"));
  project = mkdtempSync(join(tmpdir(), "codex-bridge-checkpoint-"));
  folder = join(project, CHECKPOINT_FOLDER);
});
afterEach(() => {
  for (const path of [project, stateDir]) rmSync(path, { recursive: true, force: true });
});

const make = (sessionId: string, minute = 0): Checkpoint => ({
  ...{ session_id: sessionId, timestamp: new Date(Date.UTC(2026, 10, 27, 8, minute)).toISOString(), version: 1 },
  context: { task_progress: "half done", key_decisions: ["no cache"], code_changes: [], next_steps: [] },
  ...{ worded_by: "caller", threads: [], jobs: [] },
});

test("two sessions whose ids differ in case alone do not replace each other where case does not count", () => {
  const files = createCheckpointFiles(project, stateDir);
  files.write(make("Fix-Login"));
  files.write(make("fix-login"));
  expect(files.list()).toHaveLength(2);
  // What a file system shows for which both names are one.
  writeFileSync(join(folder, "fix-login.json"), readFileSync(join(folder, "Fix-Login.json")));
  expect(() => files.write(make("fix-login"))).toThrow(
    /checkpoint of "Fix-Login" has the same file as one of "fix-login"/,
  );
  files.write(make("Fix-Login"));
  // A file that another one's checkpoint was put into is replaced as before.
  writeFileSync(join(folder, "s-2.json"), readFileSync(join(folder, "Fix-Login.json")));
  files.write(make("s-2"));
  expect(files.read("s-2")).toMatchObject({ session_id: "s-2" });
});

test("a checkpoint is a private file of its session, and git takes none of it up", () => {
  const files = createCheckpointFiles(project, stateDir);
  files.write(make("s-1"));
  expect(JSON.parse(readFileSync(join(folder, "s-1.json"), "utf8"))).toMatchObject(make("s-1"));
  expect(statSync(join(folder, "s-1.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("*\n");
  expect(files.read("s-1")).toMatchObject({ ...make("s-1"), own: true });
  expect(files.read("s-2")).toBeUndefined();
});

test("no session id leads out of the folder", () => {
  const files = createCheckpointFiles(project, stateDir);
  for (const id of ["../x", "a/b", "..", ".hidden", "", "a\0b", "a\nb", "x".repeat(101), "漢".repeat(90), "-"]) {
    expect(() => files.write(make(id)), id).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
    expect(() => files.read(id), id).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  }
  expect(existsSync(folder)).toBe(false);
});

test("a link in the place of the folder or of a file is not followed", () => {
  const outside = mkdtempSync(join(tmpdir(), "codex-bridge-outside-"));
  symlinkSync(outside, folder);
  const files = createCheckpointFiles(project, stateDir);
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
  const files = createCheckpointFiles(project, stateDir);
  for (const [at, id] of ["a", "b", "c"].entries()) files.write(make(id, at));
  writeFileSync(join(folder, "d.json"), "{");
  writeFileSync(join(folder, "e.json"), JSON.stringify({ ...make("e"), version: 2, context: "new" }));
  writeFileSync(join(folder, "f.json"), JSON.stringify(make("a", 9)));
  mkdirSync(join(folder, "g.json"));
  expect(files.list().map((one) => one.session_id)).toEqual(["c", "b", "a"]);
  for (const id of ["d", "e", "f", "g"]) {
    expect(() => files.read(id), id).toThrow(expect.objectContaining({ code: "CHECKPOINT_FAILED" }));
  }
});

test("only so many are kept, and files of others stay", () => {
  const files = createCheckpointFiles(project, stateDir);
  mkdirSync(folder);
  writeFileSync(join(folder, "notes.json"), "{}");
  for (let at = 0; at <= MOST_CHECKPOINTS + 2; at += 1) files.write(make(`s-${at}`, at));
  expect(files.list()).toHaveLength(MOST_CHECKPOINTS);
  expect(files.read("s-2")).toBeUndefined();
  expect(readdirSync(folder)).toContain("notes.json");
  // The folder was there before, and git still takes nothing of it up, unless somebody wants it to.
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("*\n");
  writeFileSync(join(folder, ".gitignore"), "");
  files.write(make("s-99"));
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("");
});

test("what a cloned project brings is not own: it never comes first, and makes nothing else go", () => {
  const files = createCheckpointFiles(project, stateDir);
  const later = "9999-12-31T00:00:00.000Z";
  files.write(make("mine"));
  const forged = { ...make("theirs"), timestamp: later, order: 1e9, seal: "0".repeat(64) };
  writeFileSync(join(folder, "theirs.json"), JSON.stringify(forged));
  const copied = readFileSync(join(folder, "mine.json"), "utf8").replace("half done", "rm -rf it");
  writeFileSync(join(folder, "mine.json"), copied);
  for (let at = 0; at < MOST_CHECKPOINTS; at += 1) {
    writeFileSync(join(folder, `t-${at}.json`), JSON.stringify({ ...make(`t-${at}`), timestamp: later }));
  }
  files.write(make("new"));
  const list = files.list();
  expect(list).toHaveLength(MOST_CHECKPOINTS + 3);
  expect(list.filter(({ own }) => own).map((one) => one.session_id)).toEqual(["new"]);
  expect(list[0]?.session_id).toBe("new");
  // Another user's bridge, or one with another state folder.
  const other = createCheckpointFiles(project, join(stateDir, "other"));
  expect(other.read("new")?.own).toBe(false);
});

test("a clock that was set back does not make an old checkpoint the newest, nor the new one go", () => {
  const files = createCheckpointFiles(project, stateDir);
  for (let at = 0; at <= MOST_CHECKPOINTS; at += 1) files.write(make(`s-${at}`, 60 - at));
  expect(files.list()[0]?.session_id).toBe(`s-${MOST_CHECKPOINTS}`);
  expect(files.read("s-0")).toBeUndefined();
});

test("no link is followed to another project's checkpoint", () => {
  const other = mkdtempSync(join(tmpdir(), "codex-bridge-checkpoint-other-"));
  createCheckpointFiles(other, stateDir).write(make("manual"));
  mkdirSync(folder);
  symlinkSync(join(other, CHECKPOINT_FOLDER, "manual.json"), join(folder, "manual.json"));
  const files = createCheckpointFiles(project, stateDir);
  expect(files.list()).toEqual([]);
  expect(() => files.read("manual")).toThrow(expect.objectContaining({ code: "CHECKPOINT_FAILED" }));
  rmSync(other, { recursive: true });
});

test("nothing is written that could not be read again, nor over what a newer bridge wrote", () => {
  const files = createCheckpointFiles(project, stateDir);
  const large = { ...make("s-1"), context: { ...make("s-1").context, next_steps: ["x".repeat(4_200_000)] } };
  expect(() => files.write(large)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  expect(existsSync(join(folder, "s-1.json"))).toBe(false);
  const newer = JSON.stringify({ ...make("s-1"), version: 2, context: "new" });
  writeFileSync(join(folder, "s-1.json"), newer);
  expect(() => files.write(make("s-1"))).toThrow(expect.objectContaining({ code: "CHECKPOINT_FAILED" }));
  expect(readFileSync(join(folder, "s-1.json"), "utf8")).toBe(newer);
});

test("any number of files of others is read in part", () => {
  mkdirSync(folder);
  for (let at = 0; at < 300; at += 1) writeFileSync(join(folder, `t-${at}.json`), JSON.stringify(make(`t-${at}`)));
  expect(createCheckpointFiles(project, stateDir).list()).toHaveLength(200);
});

test("where no key can be kept, a checkpoint is saved without a seal", () => {
  writeFileSync(join(stateDir, "taken"), "");
  const files = createCheckpointFiles(project, join(stateDir, "taken"));
  files.write(make("s-1"));
  expect(files.read("s-1")).toMatchObject({ ...make("s-1"), own: false });
});

test.runIf(canMount())("a full disk leaves the last checkpoint, and is said to be full", () => {
  const disk = join(project, "disk");
  const unmount = mountDisk(disk, "64k");
  try {
    const files = createCheckpointFiles(disk, stateDir);
    files.write(make("s-1"));
    fillDisk(disk);
    const more = { ...make("s-1"), context: { ...make("s-1").context, next_steps: ["x".repeat(20_000)] } };
    expect(() => files.write(more)).toThrow(expect.objectContaining({ code: "MACHINE_LIMIT" }));
    expect(files.read("s-1")).toMatchObject(make("s-1"));
    expect(readdirSync(join(disk, CHECKPOINT_FOLDER)).sort()).toEqual([".gitignore", "s-1.json"]);
  } finally {
    unmount();
  }
});
