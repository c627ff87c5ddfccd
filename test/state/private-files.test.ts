import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLockFiles } from "../../src/state/lock-files.ts";
import { createPrivateFile, makePrivateFolder, sweepDrafts } from "../../src/state/private-files.ts";
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

test("old drafts of writers that are gone are removed, those of living ones are not, nor young ones", async () => {
  const old = ["a.json.7.tmp", "a.json.7.0af1.tmp", "b.json.8.tmp", "c.json", "d.tmp"];
  for (const name of [...old, "e.json.7.0af1.tmp"]) writeFileSync(join(stateDir, name), "");
  for (const name of old) utimesSync(join(stateDir, name), 1, 1);
  await sweepDrafts(stateDir, Date.now() - 1_000_000, (pid) => pid === 7);
  expect(readdirSync(stateDir).sort()).toEqual(["b.json.8.tmp", "c.json", "d.tmp", "e.json.7.0af1.tmp"]);
});

test("a folder that the system never makes is an error at once", () => {
  expect(() => makePrivateFolder("/proc/nope/locks")).toThrow("ENOENT");
  const made = join(stateDir, "a", "b");
  makePrivateFolder(made);
  makePrivateFolder(made);
  expect(statSync(join(stateDir, "a")).mode & 0o777).toBe(0o700);
});

test("the record of a thread that a neighbour has just taken is not swept away, however old it is", async () => {
  const lockOf = (pid: number) =>
    createLockFiles({
      stateDir,
      own: { pid, start: 1, bootId: "b", cwd: "/" },
      judge: () => "alive",
      clock: Date.now,
    });
  const files = createThreadFiles(stateDir);
  const folder = join(stateDir, "threads");
  for (const name of ["used.json", "unused.json"]) {
    createPrivateFile(join(folder, name), "{}");
    utimesSync(join(folder, name), 1, 1);
  }
  lockOf(1).take("used");
  await files.sweep(Date.now(), lockOf(2));
  expect(readdirSync(folder)).toEqual(["used.json"]);
});
