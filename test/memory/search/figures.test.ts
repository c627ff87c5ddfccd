// How well the memory finds, on sets of questions that were written and labelled before the search was tuned. `LAB_MEMORY_SET=../shared/memory npx
// vitest run test/memory/search/figures.test.ts` prints the figures of another set.
import { describe, expect, test } from "vitest";
import { scoreMemory } from "./score-memory.ts";

// Bars for sets that the search has not been tuned on.
const LEAST = { one: 0.66, three: 0.87 };
// What stands, so that it does not get worse unseen. The aim is 0.75 at 0.03, over sets that the search has not been tuned on. `none-near` are
// near misses: questions about the same projects and trade, written before the search was asked. Over the development set and these three: one
// phrasing 20 of 95 at 5 wrong of 247, three 56 of 95 at 6 of 247. Of these the 24 near misses and 24 answered ones whose ids begin with `x` were
// written after the limits had been chosen: 0 and 11 of 24, none wrong.
const NONE_SAID = { one: 0.16, three: 0.45 };
const NONE_WRONG = 0.065;

// The word families were written with harbour in view, without orchard and saltern. Of those only the limits of a weak answer have been chosen.
describe.each(["harbour", "orchard", "saltern"])("the set %s", (name) => {
  test("the right entry is in the first three, and what has none is mostly said", async () => {
    const { one, three } = await scoreMemory(`test/fixtures/memory/${name}`);
    expect(one.inFirstThree).toBeGreaterThanOrEqual(LEAST.one);
    expect(three.inFirstThree).toBeGreaterThanOrEqual(LEAST.three);
    expect([one.exactFirst, three.exactFirst]).toEqual([1, 1]);
    expect(one.noneSaid).toBeGreaterThanOrEqual(NONE_SAID.one);
    expect(three.noneSaid).toBeGreaterThanOrEqual(NONE_SAID.three);
    expect(Math.max(one.noneWrong, three.noneWrong)).toBeLessThanOrEqual(NONE_WRONG);
  }, 60_000);
});

const other = process.env["LAB_MEMORY_SET"];
test.runIf(other !== undefined)("another set", async () => {
  process.stdout.write(`${JSON.stringify(await scoreMemory(other ?? ""), undefined, 2)}\n`);
});
