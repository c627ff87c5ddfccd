import { expect, test } from "vitest";
import { toPrintable, toPrintableLine } from "../../src/domain/printable.ts";
import { toShellWords } from "../../src/domain/shell-words.ts";

test.each([
  ["\x1b[2J\x1b]0;title\x07", "\\u001b[2J\\u001b]0;title\\u0007"],
  ["a\rb\bc\x7fd\x9b31me", "a\\u000db\\u0008c\\u007fd\\u009b31me"],
  ["\u202eexe.txt\u2066\u200b\ufeff\u061c", "\\u202eexe.txt\\u2066\\u200b\\ufeff\\u061c"],
  ["line\u2028and\u2029end", "line\\u2028and\\u2029end"],
  ["tag \u{e0041}", "tag \\udb40\\udc41"],
  ["half \ud800 x", "half \\ud800 x"],
  ["ordinary: äöü 漢字 🎉 ✔ — …\tx\ny", "ordinary: äöü 漢字 🎉 ✔ — …\tx\ny"],
])("%j", (text, expected) => {
  expect(toPrintable(text)).toBe(expected);
});

test("a JSON text means the same afterwards", () => {
  const value = { "\u202ea": "\x9b \u200b \u{e0041} \x1b" };
  expect(JSON.parse(toPrintable(JSON.stringify(value)))).toEqual(value);
});

test("a part of a line cannot begin another", () => {
  expect(toPrintableLine("x\n✔ all\tis well")).toBe("x\\n✔ all\\tis well");
});

test("a word that a shell would read is quoted", () => {
  expect(toShellWords(["claude", "mcp", "remove", "a;b $(c) 'd'", ""])).toBe(
    "claude mcp remove 'a;b $(c) '\\''d'\\''' ''",
  );
});
