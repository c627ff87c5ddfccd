import { expect, test } from "vitest";
import { UnitWords } from "../../../src/context/extract/unit-words.ts";

const measure = (task: string, units: readonly string[]) => {
  const words = new UnitWords(task);
  for (const unit of units) words.add(unit);
  return units.map((_, at) => words.measure(at));
};

test("a word counts once in a unit, in any case, and what is said nowhere else is rare", () => {
  const [first, second, third] = measure("Move the Search", ["Search search index", "the index of searches", ""]);
  expect(first).toMatchObject({ words: 2, shared: 1, centrality: 1 / 12 });
  expect(second).toMatchObject({ words: 4, shared: 0 });
  expect(second!.rarity).toBeGreaterThan(first!.rarity);
  expect(third).toEqual({ words: 0, rarity: 0, centrality: 0, shared: 0 });
});

test("scripts without blanks are read by pairs of characters, and words that are told apart no more are rare ones", () => {
  expect(measure("", ["二重請求の"])[0]?.words).toBe(3);
  const many = Array.from({ length: 201_000 }, (_, at) => `word${at}`).join(" ");
  const [, late] = measure("", [many, "word200500 word200501"]);
  expect(late).toMatchObject({ words: 2, rarity: 2 });
});
