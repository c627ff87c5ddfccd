// How well the memory finds, on sets of questions that were written and labelled before the search was tuned. `LAB_MEMORY_SET=../shared/memory npx
// vitest run test/memory/search/figures.test.ts` prints the figures of another set.
import { describe, expect, test } from "vitest";
import { scoreMemory } from "./score-memory.ts";

// Bars for sets that the search has not been tuned on.
const LEAST = { one: 0.66, three: 0.87 };

// harbour was looked at while tuning, orchard was not.
describe.each(["harbour", "orchard"])("the set %s", (name) => {
  test("the right entry is in the first three", async () => {
    const { one, three } = await scoreMemory(`test/fixtures/memory/${name}`);
    expect(one.inFirstThree).toBeGreaterThanOrEqual(LEAST.one);
    expect(three.inFirstThree).toBeGreaterThanOrEqual(LEAST.three);
    expect([one.exactFirst, three.exactFirst]).toEqual([1, 1]);
  });
});

const other = process.env["LAB_MEMORY_SET"];
test.runIf(other !== undefined)("another set", async () => {
  process.stdout.write(`${JSON.stringify(await scoreMemory(other ?? ""), undefined, 2)}\n`);
});
