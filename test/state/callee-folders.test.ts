import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  clearCalleeFolder,
  listCalleeThreads,
  makeCalleeFolder,
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

test("what a callee has put in the place of a folder is no way out of its own", () => {
  const folder = toCalleeFolder(stateDir, "agent", "thread");
  const outside = join(stateDir, "outside");
  mkdirSync(outside, { mode: 0o755 });
  chmodSync(outside, 0o755);
  openCalleeFolder(folder, ["config", "tmp"], 1_000_000);
  rmSync(join(folder, "config"), { recursive: true });
  symlinkSync(outside, join(folder, "config"));
  rmSync(join(folder, "tmp"), { recursive: true });
  writeFileSync(join(folder, "tmp"), "no folder");
  chmodSync(folder, 0o500);
  openCalleeFolder(folder, ["config", "tmp"], 2_000_000);
  symlinkSync(outside, join(folder, "config/a"));
  expect(makeCalleeFolder(folder, ["config", "a", "b"])).toBe(join(folder, "config/a/b"));
  for (const path of [folder, join(folder, "config"), join(folder, "tmp"), join(folder, "config/a/b")]) {
    expect([lstatSync(path).isDirectory(), lstatSync(path).mode & 0o777]).toEqual([true, 0o700]);
  }
  expect([readdirSync(outside), statSync(outside).mode & 0o777]).toEqual([[], 0o755]);
});

test("a folder is cleared of its links, not of what they lead to", () => {
  const folder = join(stateDir, "own");
  const outside = join(stateDir, "outside");
  for (const path of [folder, outside]) mkdirSync(path);
  for (const path of [join(outside, "file"), join(folder, "kept"), join(folder, "other")]) writeFileSync(path, "");
  symlinkSync(outside, join(folder, "link"));
  clearCalleeFolder(folder, (name) => name === "kept");
  expect([readdirSync(folder), readdirSync(outside)]).toEqual([["kept"], ["file"]]);
});
