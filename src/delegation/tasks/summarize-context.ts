// `summarizer: "codex"` in the rules: before a long context is cut, a cheap model sums up what is not critical.
import type { ContextRules } from "../../context/context.ts";
import { SMALL_TOKENS } from "../../context/context.ts";
import { type ContextItem, type HandedContext, renderItem, toItems } from "../../context/context-item.ts";
import { type KeepWhole, SUMMARY } from "../../context/fit-items.ts";
import { toSection } from "../../context/hand-prompt.ts";
import type { HandoffReport, HandStrategy } from "../../context/shape-items.ts";
import { estimateTokens } from "../../context/tokens.ts";
import type { CallContext } from "../requests.ts";
import type { Summarize } from "../turns/summarize.ts";

/** A context, and who summed it up. */
export interface SummedContext {
  readonly context: HandedContext | undefined;
  /** Undefined where nothing had to be summed up by a model. */
  readonly summarizer?: "codex" | "extract" | undefined;
  /** What was summed up: estimated tokens that are missing, and where the whole is. */
  readonly left?: { readonly tokens: number; readonly whole: string | undefined } | undefined;
  /** Why the extract was used although the rules want a model's summary. */
  readonly warning?: string | undefined;
}

/** What a context is summed up with. */
export interface SummingOptions {
  readonly task: string;
  readonly strategy: HandStrategy;
  readonly rules: ContextRules;
  readonly cwd: string | undefined;
  readonly summarize: Summarize | undefined;
  readonly keep: KeepWhole | undefined;
}

/** The context with a summary in place of what is not critical, where the rules want one and it is long. Never rejects. */
export async function summarizeContext(
  context: HandedContext | undefined,
  { task, strategy, rules, cwd, summarize, keep }: SummingOptions,
  call: CallContext,
): Promise<SummedContext> {
  const { summarizer, summarizer_model: model } = rules.context_window;
  const isCut = strategy === "summarized" || strategy === "compressed";
  if (summarizer !== "codex" || summarize === undefined || !isCut) return { context };
  const items = toItems(context);
  const kept = items.filter(isKept);
  const others = items.filter((item) => !isKept(item));
  const text = others.map((item) => renderItem(item, item.content)).join("\n\n");
  const [before, critical] = [estimateTokens(text), count(kept)];
  // What is small goes whole.
  if (others.length === 0 || before + critical <= SMALL_TOKENS) return { context };
  const maxTokens = Math.min(Math.floor(before * SUMMARY.important), SMALL_TOKENS - critical - 100);
  if (maxTokens < 50) return { context, summarizer: "extract" };
  const maxCharacters = Math.min(Math.floor(text.length * SUMMARY.important), maxTokens * 4);
  call.report("Codex sums up the context");
  const summary = await summarize({ text, task, maxCharacters, model, cwd }, call);
  const why = "text" in summary ? findUnfit(estimateTokens(summary.text), maxTokens) : summary.problem;
  if (!("text" in summary) || why !== undefined) {
    const warning = `The context was cut by the bridge itself: the summary of Codex could not be used (${why}).`;
    return { context, summarizer: "extract", warning };
  }
  const whole = keep?.(text);
  const note = whole === undefined ? "" : `[… summed up; whole: ${whole}]\n`;
  const item: ContextItem = {
    content: `${note}${summary.text}`,
    priority: "important",
    source: "a summary by a model",
  };
  const first = items.findIndex((one) => !isKept(one));
  const summed = items.flatMap((one, at) => (isKept(one) ? [one] : at === first ? [item] : []));
  const left = { tokens: Math.max(0, before - estimateTokens(summary.text)), whole };
  return { context: summed, summarizer: "codex", left };
}

/** A shorter answer ("Done.") sums up no context that is worth a summary. */
const LEAST_TOKENS = 40;

function findUnfit(tokens: number, most: number): string | undefined {
  if (tokens > most) return "its answer was too long";
  return tokens < LEAST_TOKENS ? "its answer says too little" : undefined;
}

/** What a result says of a context that was summed up before. */
export function tellSummary(report: HandoffReport, { summarizer, left }: SummedContext): HandoffReport {
  if (left === undefined) return summarizer === undefined ? report : { ...report, summarizer };
  const { tokens, whole } = left;
  const before = report.tokensBefore + tokens;
  return {
    ...{ ...report, tokensBefore: before, summarizer },
    left: [...report.left, { source: "what was summed up", priority: "important", tokens, whole }],
  };
}

// A goal or a constraint that has a section of its own is never cut.
function isKept({ priority, source }: ContextItem): boolean {
  return priority === "critical" || toSection(source) !== undefined;
}

function count(items: readonly ContextItem[]): number {
  return items.reduce((sum, item) => sum + estimateTokens(renderItem(item, item.content)), 0);
}
