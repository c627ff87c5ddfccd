import { expect, test } from "vitest";
import { readPassages, type Sought } from "../../../src/memory/search/long-text.ts";
import { foldWord, toTextWords } from "../../../src/memory/search/text-words.ts";

/** A text with what is looked for far behind its beginning. */
const behind = (...further: string[]): string =>
  `${"cormorant ".repeat(2_200)}${further.map((text) => `${text}. ${"tern ".repeat(100)}`).join("")}`;
const word = (text: string): Sought => ({ form: "word", text, stems: toTextWords(text).map(({ stem }) => stem) });
/** The words of the passages after the beginning. */
const further = (text: string, ...sought: Sought[]): string[] =>
  readPassages(text, sought)
    .slice(1)
    .flatMap((passage) => toTextWords(passage).map(({ folded }) => folded));

test("a word far down is found behind others that have it within them or begin as it does", () => {
  const others = ["report", "support", "transport", "portal", "portable", "portion", "por"];
  expect(further(behind(...others, "listens on port 8443"), word("port"))).toContain("8443");
  expect(further(behind(...others), word("port"))).not.toContain("port");
});

test.each([
  ["key", "the keys lie here"],
  ["happy", "happiness lies here"],
  ["ui", "the build of the UI lies here"],
  ["facade", "die Façaden lie here, the façade too"],
  ["größe", "Die Größe lies here"],
])("%s is found in %s", (asked, text) => {
  expect(further(behind("keyed", text), word(asked))).toContain("here");
});

test("a phrase, a piece of a word and characters without blanks are found where they stand", () => {
  const parts = Array.from({ length: 5 }, () => "rate, then limit").concat("the rate\nlimit lies here");
  expect(further(behind(...parts), { ...word("rate limit"), form: "phrase" })).toContain("here");
  const piece: Sought = { form: "piece", text: "zeilen", stems: [] };
  expect(further(behind("zeilen", "zeilen", "zeilen", "leerzeilen here"), piece)).toContain("here");
  expect(further(behind("予約の重複 here"), word("重複"))).toContain("重複");
});

test("no word is cut in two, neither where the beginning ends nor around a place", () => {
  for (let shift = 0; shift < 12; shift += 1) {
    const text = `${"x".repeat(shift)} ${"supporting ".repeat(3_000)}limit ${"supporting ".repeat(100)}`;
    const words = readPassages(text, [word("limit")]).flatMap((passage) => toTextWords(passage));
    expect(new Set(words.slice(1).map(({ folded }) => folded))).toEqual(new Set(["supporting", "limit"]));
  }
});

test("folding in pieces gives what folding the whole gives", () => {
  const whole = (text: string): string =>
    text
      .normalize("NFKD")
      .replaceAll(/(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, "")
      .normalize("NFC")
      .toLowerCase();
  const texts = [
    "e\u{301}A\u{30a}—Z",
    "ΛΟΓΟΣ λόγος",
    "İstanbul ™ ㎏ Ⅳ ℃",
    "Größe ÑANDÚ ё й",
    "がぎ 한국어 日本",
    "x\u{d800}é",
  ];
  for (const text of [...texts, texts.join(" "), texts.join("")]) expect(foldWord(text)).toBe(whole(text));
});
