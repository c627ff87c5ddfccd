import { describe, expect, test } from "vitest";
import { type ContextRules, shapeContext } from "../../src/context/context.ts";
import { estimateTokens } from "../../src/context/tokens.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

const rules = (extra: Partial<ContextRules["context_window"]> = {}, negations = ["no longer"]): ContextRules => ({
  context_window: { max_tokens: 1_000, compression_threshold: 0.85, preservation_strategy: "hierarchical", ...extra },
  negations,
});
const TASK = "Fix the rounding of invoices";
const RELATED = "The invoices round half up.";
const CONTEXT = `A nice day.\n\n${RELATED}\n\nSee src/pay/round.ts.\n\nBye.`;
const BIG_WINDOW = { max_tokens: 128_000 };
/** About 10,000 tokens of nothing that matters. */
const FILLER = Array.from({ length: 1_000 }, (_, at) => `Paragraph ${at} is of little importance.`).join("\n\n");
const ONE_LINE = FILLER.replaceAll("\n", " ");
const CONSTRAINT = "Do not touch legacy.ts, whatever happens.";

test.each(["full", "minimal", "filtered", "compressed"] as const)("a small context goes whole: %s", (strategy) => {
  for (const context of [CONTEXT, `${"line\n".repeat(1_600)}${CONSTRAINT}`]) {
    expect(shapeContext(context, TASK, strategy, rules(BIG_WINDOW))).toEqual({ text: context, dropped: undefined });
  }
});

test("isolated sends nothing, and says so", () => {
  const dropped = `${CONTEXT.length} of ${CONTEXT.length} characters of the context (isolated)`;
  expect(shapeContext(CONTEXT, TASK, "isolated", rules(BIG_WINDOW))).toEqual({ text: "", dropped });
});

describe.each(["minimal", "filtered", "compressed"] as const)("%s, cut,", (strategy) => {
  test.each<[string, string, string]>([
    ["at the end", `${FILLER}\n\n${CONSTRAINT}`, CONSTRAINT],
    ["in the middle", `${FILLER}\n\n${CONSTRAINT}\n\n${FILLER}`, CONSTRAINT],
    ["at the beginning", `${CONSTRAINT}\n\n${FILLER}`, CONSTRAINT],
    ["in the middle of a line", `${ONE_LINE} The API must stay as it is. ${ONE_LINE}`, "The API must stay as it is."],
    ["in other words", `${FILLER}\n\nThe API must stay as it is.\n\n${FILLER}`, "The API must stay as it is."],
    ["as a heading", `${FILLER}\n\nConstraints: ES5, IE 11.\n\n${FILLER}`, "Constraints: ES5, IE 11."],
    ["in the rules file's language", `${FILLER}\n\n不要动旧代码。\n\n${FILLER}`, "不要动旧代码。"],
  ])("keeps a constraint %s", (_name, context, kept) => {
    const { text, dropped } = shapeContext(context, TASK, strategy, rules(BIG_WINDOW, ["不要"]));
    expect(text).toContain(kept);
    expect(text).toContain("[…]");
    expect(text.length).toBeLessThan(context.length);
    expect(dropped).toMatch(
      /^\d+ of \d+ characters of the context, not the sentences with words such as must, never or only$/,
    );
  });

  test("keeps the end", () => {
    expect(shapeContext(`${FILLER}\n\nAnd be quick.`, TASK, strategy, rules(BIG_WINDOW)).text).toMatch(
      /And be quick\.$/,
    );
  });

  test("tells where even constraints did not fit", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `File ${at} must stay as it is.`).join("\n");
    const shaped = shapeContext(many, "x", strategy, rules({ max_tokens: 20_000 }));
    expect(shaped.dropped).toMatch(
      /characters of the context, some sentences with words such as must, not or only too$/,
    );
    expect(shaped.text).toMatch(/^File 0 must[\s\S]*\[…\][\s\S]*File 19999 must stay as it is\.$/);
  });
});

test("minimal names the files, and gives both ends", () => {
  const { text } = shapeContext(
    `First.\n${FILLER}\n\nsrc/pay/round.ts\n\n${FILLER}`,
    TASK,
    "minimal",
    rules(BIG_WINDOW),
  );
  expect(text).toMatch(/^Files named: src\/pay\/round\.ts\n\nFirst\.\n[\s\S]*\[…\][\s\S]*Paragraph 999 /);
  expect(text.split("\n").length).toBeLessThan(50);
});

test("filtered keeps what relates to the task or names a file", () => {
  const context = `${FILLER}\n\n${RELATED}\n\n${FILLER}\n\nSee src/pay/round.ts.\n\nBye.`;
  const { text } = shapeContext(context, TASK, "filtered", rules(BIG_WINDOW));
  expect(text).toBe(`[…]\n${RELATED}\n[…]\nSee src/pay/round.ts.\n\nBye.`);
});

test("more than the threshold of the window is compressed whatever the strategy, and that is told", () => {
  const shaped = shapeContext(FILLER, TASK, "full", rules({ preservation_strategy: "head_and_tail" }));
  expect(estimateTokens(shaped.text)).toBeLessThanOrEqual(255);
  expect(shaped.dropped).toMatch(/^\d+ of \d+ characters of the context, /);
  expect(shapeContext(FILLER, TASK, "full", rules({ max_tokens: 100_000 })).dropped).toBeUndefined();
});

test.each([
  ["hierarchical", /^\[…\]\nThe invoices round half up\.$/],
  ["head_and_tail", /^Paragraph 0 [\s\S]*\[…\][\s\S]*half up\.$/],
  ["recent", /^\[…\]\n[\s\S]*half up\.$/],
] as const)("a cut by %s", (strategy, expected) => {
  const { text } = shapeContext(
    `${FILLER}\n\n${RELATED}`,
    TASK,
    "compressed",
    rules({ preservation_strategy: strategy }),
  );
  expect(text).toMatch(expected);
});

test.each(["a", "a.", "a/", "./", "@-~", "\n", " \n", "a\n"])(
  "a long run of %j is shaped at once",
  (part) => {
    const spentMs = measureCpuMs(() => {
      for (const strategy of ["minimal", "filtered", "compressed", "full"] as const) {
        shapeContext(part.repeat(300_000), TASK, strategy, rules());
      }
    });
    // What looked at each place anew took minutes.
    expect(spentMs).toBeLessThan(20_000);
  },
  120_000,
);

test("no context is no context, and half a character is never left", () => {
  expect(shapeContext(" \n", TASK, "full", rules())).toEqual({ text: "", dropped: undefined });
  for (const strategy of ["head_and_tail", "recent"] as const) {
    const shaped = shapeContext(
      `a${"🎉".repeat(5_000)}`,
      TASK,
      "compressed",
      rules({ preservation_strategy: strategy }),
    );
    expect(shaped.text.isWellFormed()).toBe(true);
  }
});

test("a long run of spaces costs no more than other characters", () => {
  const spentMs = measureCpuMs(() => {
    shapeContext(`a${" ".repeat(400_000)}b\n\nc`, "x", "minimal", rules({ max_tokens: 20_000 }));
  });
  expect(spentMs).toBeLessThan(10_000);
});
