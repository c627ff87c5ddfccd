import { expect, test } from "vitest";
import { createOutputEnds } from "../../src/process/output-ends.ts";

test.each([
  [["ab", "cd"], "abcd"],
  [["abc", "defgh"], "abcdefgh"],
  [["abcdefghi"], "abc\n[…]\nefghi"],
  [["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], "abc\n[…]\nfghij"],
])("%j is kept as %j", (chunks, text) => {
  const ends = createOutputEnds({ first: 3, last: 5 });
  for (const chunk of chunks) ends.push(Buffer.from(chunk));
  expect(ends.toText()).toBe(text);
});
