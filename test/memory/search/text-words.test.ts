import { describe, expect, test } from "vitest";
import { countEdits, countSlips } from "../../../src/memory/search/edits.ts";
import { toGrams, toTextWords } from "../../../src/memory/search/text-words.ts";

const folded = (text: string): string[] => toTextWords(text).map((word) => word.folded);

describe("words of a text", () => {
  test.each([
    ["Größe façade ÑANDÚ", ["große", "facade", "nandu"]],
    ["lastReadSeq last_read_seq", ["lastreadseq", "last", "read", "seq"]],
    ["予約の重複", ["予約", "約の", "の重", "重複"]],
    ["SMSで知らせる", ["sms", "で知", "知ら", "らせ", "せる"]],
    ["が", ["が"]],
    ['a "b" NEAR(c) * --', ["a", "b", "near", "c"]],
    ["\u{d800} \u{0} x", ["x"]],
  ])("%s", (text, words) => {
    expect(folded(text)).toEqual(words);
  });

  test("are stemmed as the index does it", () => {
    expect(toTextWords("Migrations relational running").map(({ stem }) => stem)).toEqual(["migrat", "relat", "run"]);
  });

  test("of an index that splits at blanks: pairs of every run, and none of other scripts", () => {
    expect(toGrams(["在庫数 stock", "plain"])).toBe("在庫 庫数");
  });
});

test.each([
  ["migrat", "migrat", 0],
  ["recieve", "receive", 1],
  ["sacnner", "scanner", 1],
  ["lable", "label", 1],
  ["devcie", "device", 1],
  ["abc", "xyz", 3],
  ["short", "muchlonger", 3],
])("%s is %s but for some letters", (a, b, edits) => {
  expect(countEdits(a, b, 2)).toBe(edits);
});

test.each([
  ["odl", "old", 1],
  ["bok", "book", 1],
  ["limmit", "limit", 1],
  ["loggin", "login", 1],
  ["surogat", "surrog", undefined],
  ["plant", "plan", undefined],
  ["mode", "move", undefined],
  ["rust", "rest", undefined],
  ["voucher", "toucher", 1],
  ["certifcaet", "certificate", 2],
])("%s is a slip of %s in so many letters", (asked, stored, slips) => {
  expect(countSlips(asked, stored)).toBe(slips);
});
