import { expect, test } from "vitest";
import { type ContextWindow, estimateTokens, shapeContext } from "../../src/delegation/context.ts";

const window = (extra: Partial<ContextWindow> = {}): ContextWindow => ({
  max_tokens: 1_000,
  compression_threshold: 0.85,
  preservation_strategy: "hierarchical",
  ...extra,
});
const TASK = "Fix the rounding of invoices";
const RELATED = "The invoices round half up.";
const CONTEXT = `A nice day.\n\n${RELATED}\n\nSee src/pay/round.ts.\n\nBye.`;

test.each([
  ["full", CONTEXT],
  ["isolated", ""],
  ["filtered", `${RELATED}\n\nSee src/pay/round.ts.`],
  ["compressed", `${RELATED}\n\nSee src/pay/round.ts.`],
] as const)("%s", (strategy, expected) => {
  const { text, dropped } = shapeContext(CONTEXT, TASK, strategy, window());
  expect(text).toBe(expected);
  expect(dropped === undefined).toBe(strategy === "full");
});

test("minimal names the files and gives the first lines", () => {
  const short = `${"see src/a/b.ts\n".repeat(20)}KEEP THE API`;
  expect(shapeContext(short, TASK, "minimal", window({ max_tokens: 9_000 })).dropped).toMatch(/^13 of 312 characters/);
  const { text } = shapeContext(`${CONTEXT}\n${"line\n".repeat(50)}`, TASK, "minimal", window());
  expect(text).toMatch(/^Files named: src\/pay\/round\.ts\n\nA nice day\./);
  expect(text.split("\n").length).toBeLessThan(25);
});

const LONG = Array.from({ length: 400 }, (_, at) => `Paragraph ${at} of no importance.`).join("\n\n");

test("more than the threshold of the window is compressed whatever the strategy, and that is told", () => {
  const shaped = shapeContext(LONG, TASK, "full", window({ preservation_strategy: "head_and_tail" }));
  expect(estimateTokens(shaped.text)).toBeLessThanOrEqual(255);
  expect(shaped.dropped).toMatch(/^\d+ of \d+ characters of the context$/);
  expect(shapeContext(LONG, TASK, "full", window({ max_tokens: 100_000 })).dropped).toBeUndefined();
});

test.each([
  ["hierarchical", /^The invoices round half up\.$/],
  ["head_and_tail", /^Paragraph 0 [\s\S]*\[…\][\s\S]*half up\.$/],
  ["recent", /^\[…\]\n[\s\S]*half up\.$/],
] as const)("a cut by %s", (strategy, expected) => {
  const { text } = shapeContext(
    `${LONG}\n\n${RELATED}`,
    TASK,
    "compressed",
    window({ preservation_strategy: strategy }),
  );
  expect(text).toMatch(expected);
});

test.each(["a", "a.", "a/", "./", "@-~", "\n", " \n", "a\n"])("a long run of %j is shaped at once", (part) => {
  const start = performance.now();
  for (const strategy of ["minimal", "filtered", "compressed", "full"] as const) {
    shapeContext(part.repeat(300_000), TASK, strategy, window());
  }
  // What looked at each place anew took minutes.
  expect(performance.now() - start).toBeLessThan(10_000);
});

test("no context is no context, and half a character is never left", () => {
  expect(shapeContext(" \n", TASK, "full", window())).toEqual({ text: "", dropped: undefined });
  for (const strategy of ["head_and_tail", "recent"] as const) {
    const shaped = shapeContext(
      `a${"🎉".repeat(5_000)}`,
      TASK,
      "compressed",
      window({ preservation_strategy: strategy }),
    );
    expect(shaped.text.isWellFormed()).toBe(true);
  }
});
