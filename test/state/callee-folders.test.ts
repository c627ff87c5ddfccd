import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  listCalleeThreads,
  openCalleeFolder,
  sweepCalleeFolders,
  toCalleeFolder,
} from "../../src/state/callee-folders.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "callee-folders-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

test("what was last used before is removed, links in it are not followed, and Codex's home stays", async () => {
  const [old, used] = ["old", "used"].map((id) => toCalleeFolder(stateDir, "agent", id)) as [string, string];
  openCalleeFolder(old, ["config"], 1_000_000);
  openCalleeFolder(used, ["config"], 3_000_000);
  const kept = join(stateDir, "kept");
  mkdirSync(kept);
  writeFileSync(join(kept, "file"), "");
  symlinkSync(kept, join(old, "config/link"));
  utimesSync(old, 1_000, 1_000);
  mkdirSync(join(stateDir, "callees/codex-home/tmp"), { recursive: true });
  utimesSync(join(stateDir, "callees/codex-home/tmp"), 1, 1);
  await sweepCalleeFolders(stateDir, 2_000_000);
  expect(listCalleeThreads(stateDir, "agent")).toEqual(["used"]);
  expect([join(kept, "file"), join(stateDir, "callees/codex-home/tmp")].every((path) => existsSync(path))).toBe(true);
});

test("none of it is there before the first callee", async () => {
  await sweepCalleeFolders(stateDir, Date.now());
  expect(listCalleeThreads(stateDir, "agent")).toEqual([]);
});
