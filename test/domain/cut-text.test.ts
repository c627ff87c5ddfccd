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
