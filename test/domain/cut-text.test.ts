import { expect, test } from "vitest";
import { cutText } from "../../src/domain/cut-text.ts";

test.each([
  ["short", 10, "short"],
  ["one two three", 10, "one two…"],
  ["a veryverylongword", 10, "a veryvery…"],
  ["nospaceatall", 5, "nospa…"],
  ["😀😀😀", 3, "😀\ufffd…"],
])("%s in %i characters", (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut);
});

test("of many characters is quick, whatever its words are", () => {
  const text = `${"a".repeat(19_990)}${" b c d".repeat(10)}`;
  const begin = performance.now();
  expect(cutText(text, 20_000)).toBe(`${text.slice(0, 19_998)}…`);
  expect(performance.now() - begin).toBeLessThan(100);
});
