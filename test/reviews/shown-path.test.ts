import { expect, test } from "vitest";
import { fromShownPath, toShownName, toShownPath } from "../../src/reviews/shown-path.ts";

const toBytes = (text: string): string => Buffer.from(text).toString("latin1");
const PATHS = [
  ...[
    "a/b.js",
    "é.js",
    "a b.js",
    "a\\b.js",
    "a\\u200b.js",
    "a\u200b.js",
    "a\\\\u200b.js",
    "a\nb",
    "a\\nb",
    "a\tb",
    "\u{e0041}x",
  ].map(toBytes),
  ...["a\xff.js", "a\xfe.js", "a\\xff.js", "a\xff\n\\", "\ufffd.js"].map((path) =>
    path.includes("\ufffd") ? toBytes(path) : path,
  ),
];

test("no two paths show alike, each is one line, and is found again", () => {
  const shown = PATHS.map(toShownPath);
  expect(new Set(shown).size).toBe(PATHS.length);
  expect(shown.filter((path) => /[\p{Cc}\p{Cf}]/u.test(path))).toEqual([]);
  expect(shown.map(fromShownPath)).toEqual(PATHS);
});

test("a plain path stays as it is", () => {
  expect(toShownName("src/é (1).ts")).toBe("src/é (1).ts");
});
