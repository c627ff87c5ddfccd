import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBackwards } from "../../../src/agents/codex/rollout-pieces.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string): { path: string; bytes: number } {
  const path = join(folder, "rollout.jsonl");
  writeFileSync(path, text);
  return { path, bytes: Buffer.byteLength(text) };
}

test("every line comes once and whole, the last piece first", () => {
  const lines = Array.from({ length: 40_000 }, (_, at) => `${at} ${"é".repeat(at % 200)}`);
  const { path, bytes } = write(`${lines.join("\n")}\n`);
  const pieces = [...readBackwards(path, bytes, Number.POSITIVE_INFINITY)];
  expect(pieces.length).toBeGreaterThan(3);
  expect(pieces.map(({ isFirst }) => isFirst)).toEqual(pieces.map((_, at) => at === pieces.length - 1));
  const read = pieces.toReversed().flatMap(({ text }) => text.split("\n").filter((line) => line !== ""));
  expect(read).toEqual(lines);
});

test("a line of megabytes hides nothing before it, and no more is read than asked for", () => {
  const { path, bytes } = write(`first\n${"x".repeat(5_000_000)}\nlast\n`);
  const pieces = [...readBackwards(path, bytes, Number.POSITIVE_INFINITY)];
  expect(pieces[0]?.text).toContain("last\n");
  expect(pieces.at(-1)?.text).toContain("first\n");
  expect([...readBackwards(path, bytes, 2_000_000)].length).toBeLessThanOrEqual(3);
  expect([...readBackwards(path, 6, 2_000_000)]).toEqual([{ text: "first\n", isFirst: true }]);
  expect([...readBackwards(path, 0, 2_000_000)]).toEqual([]);
});
