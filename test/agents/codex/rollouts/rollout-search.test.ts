// Lines are found from the end of a rollout of any size, in bounded memory.
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLastLine } from "../../../../src/agents/codex/rollouts/rollout-search.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollout-search-"));
  path = join(folder, "rollout.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING = { found: undefined, isWhole: false };
const find = (pick = (line: string): string | undefined => line) =>
  findLastLine(path, { needle: "NEEDLE", pick }).found;

test("the last one that is taken, at every place of a file", () => {
  writeFileSync(path, "NEEDLE 1\nother\nNEEDLE 2\nNEEDLE 3 is not taken\nhalf a NEEDLE");
  expect(find()).toBe("half a NEEDLE");
  expect(find((line) => (/^NEEDLE \d$/.test(line) ? line : undefined))).toBe("NEEDLE 2");
  expect(find((line) => (line === "NEEDLE 1" ? line : undefined))).toBe("NEEDLE 1");
  expect(find(() => undefined)).toBeUndefined();
  writeFileSync(path, "");
  expect(find()).toBeUndefined();
  expect(findLastLine(join(folder, "missing"), { needle: "NEEDLE", pick: String })).toEqual(NOTHING);
});

test("across the edges of the pieces that are read", () => {
  const line = `{"a":"${"x".repeat(300_000)} NEEDLE"}`;
  for (const after of [0, 4_194_000, 4_194_304 - 6, 4_194_304, 9_000_000]) {
    writeFileSync(path, `first\n${line}\n${"y".repeat(after)}\n`);
    expect(find(), String(after)).toBe(line);
  }
});

test("behind 200 MB of other lines, without holding them, and behind a line of 60 MB", () => {
  const file = openSync(path, "w");
  writeSync(file, "NEEDLE far back\n");
  const block = `${"z".repeat(99_999)}\n`.repeat(100);
  for (let written = 0; written < 14; written += 1) writeSync(file, block);
  for (let written = 0; written < 6; written += 1) writeSync(file, "w".repeat(10_000_000));
  closeSync(file);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const found = find((line) => {
    most = process.memoryUsage().arrayBuffers - before;
    return line;
  });
  expect(found).toBe("NEEDLE far back");
  expect(most).toBeLessThan(150_000_000);
});

// Every line that was looked at, in the order of the file, and whether the search got to its beginning.
function readAll(
  path: string,
  range: { end?: number; mostBytes?: number } = {},
): { lines: string[]; isWhole: boolean } {
  const lines: string[] = [];
  const pick = (line: string): undefined => void lines.unshift(line);
  const { isWhole } = findLastLine(path, { needle: "NEEDLE", pick, ...range });
  return { lines, isWhole };
}

test("every line comes once and whole, the last first", () => {
  const lines = Array.from({ length: 40_000 }, (_, at) => `${at} NEEDLE ${"é".repeat(at % 200)}`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  expect(readAll(path)).toEqual({ lines, isWhole: true });
});

test("a line of megabytes hides nothing before it, and no more is read than asked for", () => {
  const text = `NEEDLE first\n${"x".repeat(5_000_000)}\nNEEDLE last\n`;
  writeFileSync(path, text);
  const bytes = Buffer.byteLength(text);
  expect(readAll(path, { end: bytes })).toEqual({ lines: ["NEEDLE first", "NEEDLE last"], isWhole: true });
  expect(readAll(path, { end: bytes, mostBytes: 2_000_000 })).toEqual({ lines: ["NEEDLE last"], isWhole: false });
  expect(readAll(path, { end: 13, mostBytes: 2_000_000 })).toEqual({ lines: ["NEEDLE first"], isWhole: true });
  expect(readAll(path, { end: 0, mostBytes: 2_000_000 })).toEqual({ lines: [], isWhole: false });
});

test("a FIFO in the place of a rollout is passed over without waiting", () => {
  execFileSync("mkfifo", [path]);
  expect(readAll(path, { end: 1_000 })).toEqual({ lines: [], isWhole: false });
});
