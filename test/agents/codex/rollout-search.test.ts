// Lines are found from the end of a rollout of any size, in bounded memory.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findLastLine } from "../../../src/agents/codex/rollout-search.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollout-search-"));
  path = join(folder, "rollout.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const find = (pick = (line: string): string | undefined => line) => findLastLine(path, "NEEDLE", pick);

test("the last one that is taken, at every place of a file", () => {
  writeFileSync(path, "NEEDLE 1\nother\nNEEDLE 2\nNEEDLE 3 is not taken\nhalf a NEEDLE");
  expect(find()).toBe("half a NEEDLE");
  expect(find((line) => (/^NEEDLE \d$/.test(line) ? line : undefined))).toBe("NEEDLE 2");
  expect(find((line) => (line === "NEEDLE 1" ? line : undefined))).toBe("NEEDLE 1");
  expect(find(() => undefined)).toBeUndefined();
  writeFileSync(path, "");
  expect(find()).toBeUndefined();
  expect(findLastLine(join(folder, "missing"), "NEEDLE", String)).toBeUndefined();
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
  const found = findLastLine(path, "NEEDLE", (line) => {
    most = process.memoryUsage().arrayBuffers - before;
    return line;
  });
  expect(found).toBe("NEEDLE far back");
  expect(most).toBeLessThan(150_000_000);
});
