import { expect, test } from "vitest";
import { splitUnits } from "../../../src/context/context-units.ts";
import { readOutline } from "../../../src/context/extract/outline.ts";

const read = (text: string) =>
  readOutline(splitUnits(text).map(({ start, end, line }) => ({ text: text.slice(start, end), line })));
const find = (text: string, body: string) => read(text).find((unit) => unit.body === body);

test("a heading without a role of its own has that of the heading above it, except that of the whole document", () => {
  const text =
    "# Design\n\n## Where it stands\n\nHalf.\n\n### Tests\n\nGreen.\n\n## Thanks\n\nTo all.\n\n#\tNext\n\nWrite it.";
  expect(["Half.", "Green.", "To all.", "Write it."].map((body) => find(text, body)?.role)).toEqual([
    "state",
    "state",
    undefined,
    "next",
  ]);
});

test("what stands below a byline is said by its name, answered and agreed to", () => {
  const said = "**mika** commented\nWhich one?\n\n**noor**\nThe view stays.\n\n**mika** approved\nGood, that works.";
  expect(find(said, "The view stays.")).toMatchObject({ isSpoken: true, isAnswer: true, isAgreed: true });
});

test("a bold word alone is a heading and no name, among the comments of a thread too where it names a part", () => {
  const plan = "**Goal**\nIt is fast.\n\n**Next**\nWrite the test.\n\n**Rollout**\nPerfect score first.";
  expect(find(plan, "Write the test.")).toMatchObject({ isSpoken: false, isAgreed: false });
  const thread = `**mika** commented\nHere it is.\n\n${plan}`;
  expect(find(thread, "Write the test.")?.isSpoken).toBe(false);
});

test("an open box is what is to be done, a ticked one is not", () => {
  expect(read("- [ ] add a spec\n- [x] rename it").map(({ role }) => role)).toEqual(["next", undefined]);
});
