import { expect, test } from "vitest";
import { foldText } from "../../src/domain/fold-text.ts";

test.each<[string, string[]]>([
  ["short", ["short"]],
  ["", []],
  ["one two three four", ["one two", "three four"]],
  ["one\n\ntwo\r\n", ["one", "two"]],
  ["abcdefghijklmnop qr", ["abcdefghij", "klmnop qr"]],
  ["    indented by four", ["    indent", "ed by four"]],
  ["0123456789 x", ["0123456789", "x"]],
  ["漢字漢字漢字漢", ["漢字漢字漢", "字漢"]],
  ["ab 😀😀😀", ["ab", "😀😀", "😀"]],
])("%j is folded", (text, lines) => expect(foldText(text, 10)).toEqual(lines));

test("a megabyte without a space is folded in no time", () => {
  expect(foldText("x".repeat(1_000_000), 100)).toHaveLength(10_000);
});
