import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLockFiles } from "../../src/state/lock-files.ts";
import { createPrivateFile, sweepDrafts } from "../../src/state/private-files.ts";
import { createThreadFiles } from "../../src/state/thread-files.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "private-files-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

test("a file is made once, and leaves no draft", () => {
  const path = join(stateDir, "new", "file");
  expect([createPrivateFile(path, "a"), createPrivateFile(path, "b")]).toEqual([true, false]);
  expect(readdirSync(join(stateDir, "new"))).toEqual(["file"]);
});

test("drafts of writers that are gone are removed, those of living ones are not", () => {
  for (const name of ["a.json.7.tmp", "b.json.8.tmp", "c.json", "d.tmp"]) writeFileSync(join(stateDir, name), "");
  sweepDrafts(stateDir, (pid) => pid === 7);
  expect(readdirSync(stateDir).sort()).toEqual(["b.json.8.tmp", "c.json", "d.tmp"]);
});

test("the record of a thread that a neighbour has just taken is not swept away, however old it is", () => {
  const lockOf = (pid: number) =>
    createLockFiles({
      stateDir,
      own: { pid, start: 1, bootId: "b", cwd: "/" },
      isAlive: () => true,
      clock: Date.now,
    });
  const files = createThreadFiles(stateDir);
  const folder = join(stateDir, "threads");
  for (const name of ["used.json", "unused.json"]) {
    createPrivateFile(join(folder, name), "{}");
    utimesSync(join(folder, name), 1, 1);
  }
  lockOf(1).take("used");
  files.sweep(Date.now(), lockOf(2));
  expect(readdirSync(folder)).toEqual(["used.json"]);
});
