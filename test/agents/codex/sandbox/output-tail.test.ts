import { expect, test } from "vitest";
import { createOutputTail } from "../../../../src/agents/codex/sandbox/output-tail.ts";

test("a short output is kept whole", () => {
  const tail = createOutputTail(100);
  for (const line of ["a", "", "b"]) tail.add(line);
  expect(tail.read()).toEqual({ text: "a\n\nb", isCut: false });
});

test("of a long one the end is kept, and no more than twice what was asked for", () => {
  const tail = createOutputTail(1_000);
  for (let at = 0; at < 100_000; at += 1) tail.add(`line ${at}`);
  const { text, isCut } = tail.read();
  expect(isCut).toBe(true);
  expect(text.endsWith("line 99998\nline 99999")).toBe(true);
  expect(text.length).toBeGreaterThanOrEqual(1_000);
  expect(text.length).toBeLessThanOrEqual(2_000);
});

test("a line longer than that is cut at its beginning, and stays well-formed", () => {
  const tail = createOutputTail(11);
  tail.add("😀".repeat(50));
  const { text, isCut } = tail.read();
  expect([isCut, text.isWellFormed(), text.endsWith("😀")]).toEqual([true, true, true]);
  expect(text.length).toBeLessThanOrEqual(12);
});
