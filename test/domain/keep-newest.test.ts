import { expect, test } from "vitest";
import { keepNewest } from "../../src/domain/keep-newest.ts";

const say = (text: string) => ({ role: "user" as const, text });

test.each([
  [["one", "two", "three"], 8, ["two", "three"]],
  [["one", "two", "three"], 100, ["one", "two", "three"]],
  [["one", "a long one"], 3, ["[…]one"]],
  [[], 3, []],
])("of %j at most %i characters are kept: %j", (texts, most, kept) => {
  expect(keepNewest(texts.map(say), most)).toEqual(kept.map(say));
});
