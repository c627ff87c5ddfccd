import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineSplitter } from "../../src/domain/line-splitter.ts";

function split(chunks: readonly Buffer[], limit = 1_000_000) {
  const lines: string[] = [];
  const long: number[] = [];
  const splitter = createLineSplitter(
    { onLine: (line) => lines.push(line), onLongLine: (bytes) => long.push(bytes) },
    limit,
  );
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, long, rest: splitter.end() };
}

test("how a stream is cut into chunks does not matter", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat(50)), (text, cuts) => {
      const bytes = Buffer.from(text);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      expect(split(chunks)).toEqual(split([bytes]));
    }),
  );
});

test("a line over the limit is skipped and counted, its neighbours are not", () => {
  const { lines, long, rest } = split([Buffer.from("ab\nabcde"), Buffer.from("fgh\ncd\nhalf")], 4);
  expect({ lines, long, rest }).toEqual({ lines: ["ab", "cd"], long: [8], rest: "half" });
});

test("of a line over the limit the beginning is told, however it is cut", () => {
  for (const cuts of [[], [1], [3, 4], [600]]) {
    const heads: string[] = [];
    const splitter = createLineSplitter({ onLine: () => {}, onLongLine: (_bytes, head) => heads.push(head) }, 5);
    const line = Buffer.from(`{"id":7,${"x".repeat(1_000)}\n`);
    let at = 0;
    for (const cut of [...cuts, line.length]) {
      splitter.push(line.subarray(at, cut));
      at = cut;
    }
    splitter.push(Buffer.from("123456\n"));
    expect(heads).toEqual([`{"id":7,${"x".repeat(492)}`, "123456"]);
  }
});

test("a line over the limit is not kept in memory, neither its beginning nor its rest", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const long: number[] = [];
  const splitter = createLineSplitter({ onLine: () => {}, onLongLine: (bytes) => long.push(bytes) }, 250);
  // Within the limit, over it, and beyond it.
  const push = (): WeakRef<ArrayBufferLike> => {
    const chunk = Buffer.from(new ArrayBuffer(100));
    splitter.push(chunk);
    return new WeakRef(chunk.buffer);
  };
  const chunks = Array.from({ length: 5 }, push);
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(chunks.map((chunk) => chunk.deref())).toEqual(chunks.map(() => undefined));
  splitter.push(Buffer.from("\n"));
  expect(long).toEqual([500]);
});
