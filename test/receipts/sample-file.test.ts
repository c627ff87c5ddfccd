import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FileSample, isSameSample, sampleFile } from "../../src/receipts/sample-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codex-bridge-sample-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sample = (name: string): FileSample | undefined => sampleFile(Buffer.from(join(folder, name)));
// The same size, with one byte of its own at `at`.
function sampleOf(size: number, at: number, time: number): FileSample {
  const content = Buffer.alloc(size);
  if (at >= 0) content[at] = 1;
  writeFileSync(join(folder, "file"), content);
  utimesSync(join(folder, "file"), time, time);
  return sample("file") ?? expect.unreachable();
}

test.each<[string, number, number, boolean | undefined]>([
  ["at the beginning", 300_000, 0, false],
  ["at the end", 300_000, 299_999, false],
  ["in the middle, which is not read", 300_000, 150_000, undefined],
  ["in the middle of a file that is read whole", 100_000, 50_000, false],
])("a change %s", (_where, size, at, expected) => {
  expect(isSameSample(sampleOf(size, -1, 1), sampleOf(size, at, 2))).toBe(expected);
});

test("an untouched file is the same, and a smaller one too where only its time differs", () => {
  expect(isSameSample(sampleOf(300_000, -1, 1), sampleOf(300_000, -1, 1))).toBe(true);
  expect(isSameSample(sampleOf(1_000, -1, 1), sampleOf(1_000, -1, 2))).toBe(true);
});

test("what is no file has no sample: a link, a folder, a FIFO, nothing", () => {
  writeFileSync(join(folder, "file"), "");
  symlinkSync("file", join(folder, "link"));
  mkdirSync(join(folder, "folder"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  expect(["link", "folder", "pipe", "none"].map(sample)).toEqual([undefined, undefined, undefined, undefined]);
});
