// Who sums up a long context, and what is used where a model cannot.
import { expect, test } from "vitest";
import type { ContextItem, HandedContext } from "../../../src/context/context-item.ts";
import type { HandStrategy } from "../../../src/context/shape-items.ts";
import { estimateTokens } from "../../../src/context/tokens.ts";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { summarizeContext, tellSummary } from "../../../src/delegation/tasks/summarize-context.ts";
import type { Summary, SummaryRequest } from "../../../src/delegation/turns/summarize.ts";

const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
const FILLER = Array.from({ length: 2_000 }, (_, at) => `Remark ${at} says little about day ${at}.`).join("\n");
const SUMMARY =
  "Goal: ship the new store of orders before the freeze. State: the migration ran on staging, and two of nine checks are red. Next: mend the check of totals, then run all nine again. Decided: no dual writes.";
const RULE: ContextItem = { content: "Never write to orders_old.", priority: "critical" };
const window = { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" } as const;

async function run(
  context: HandedContext,
  answer: Summary = { text: SUMMARY },
  { summarizer = "codex", strategy = "summarized" }: { summarizer?: "codex" | "extract"; strategy?: HandStrategy } = {},
) {
  const asked: SummaryRequest[] = [];
  const summed = await summarizeContext(
    context,
    {
      ...{ task: "Fix it.", strategy, cwd: "/p", keep: () => "/whole.txt" },
      rules: { context_window: { ...window, summarizer, summarizer_model: "cheap" } },
      summarize: async (request) => {
        asked.push(request);
        return answer;
      },
    },
    call,
  );
  return { summed, asked };
}

test("the summary takes the place of what is not critical, in a tenth of its size, and the whole is kept", async () => {
  const items: ContextItem[] = [{ content: FILLER, priority: "supplementary", source: "chat" }, RULE];
  const { summed, asked } = await run(items);
  const note = "[… summed up; whole: /whole.txt]\n";
  expect(summed.context).toEqual([
    { content: `${note}${SUMMARY}`, priority: "important", source: "a summary by a model" },
    RULE,
  ]);
  expect(asked).toEqual([
    { text: `From chat:\n${FILLER}`, task: "Fix it.", cwd: "/p", model: "cheap", maxCharacters: expect.any(Number) },
  ]);
  expect(asked[0]?.maxCharacters).toBeLessThanOrEqual(FILLER.length / 10 + 2);
  const report = { strategy: "summarized", tokensBefore: 30, tokensAfter: 30, left: [] } as const;
  const told = tellSummary(report, summed);
  expect(told).toMatchObject({ summarizer: "codex", tokensAfter: 30, left: [{ whole: "/whole.txt" }] });
  expect(told.tokensBefore).toBeGreaterThan(estimateTokens(FILLER) - estimateTokens(SUMMARY));
});

test.each<[string, Summary, RegExp]>([
  [
    "a failure",
    { problem: "[TURN_TIMED_OUT] The turn took too long" },
    /\(\[TURN_TIMED_OUT\] The turn took too long\)\.$/,
  ],
  [
    "an answer that says too little",
    { text: "I have summed up the context. Done." },
    /\(its answer says too little\)\.$/,
  ],
  ["an answer that is too long", { text: "word ".repeat(3_800) }, /\(its answer was too long\)\.$/],
])("%s leaves the context as it is for the extract, and is told", async (_what, answer, words) => {
  const { summed } = await run(FILLER, answer);
  expect(summed).toMatchObject({ context: FILLER, summarizer: "extract", warning: expect.stringMatching(words) });
  const report = { strategy: "summarized", tokensBefore: 30, tokensAfter: 3, left: [] } as const;
  expect(tellSummary(report, summed)).toEqual({ ...report, summarizer: "extract" });
});

test("no model is asked by default, for what is small, for what is critical, and by other strategies", async () => {
  for (const { summed, asked } of [
    await run(FILLER, undefined, { summarizer: "extract" }),
    await run("small"),
    await run([{ content: FILLER, priority: "critical" }]),
    await run(FILLER, undefined, { strategy: "full" }),
  ]) {
    expect([asked, summed.warning]).toEqual([[], undefined]);
  }
});
