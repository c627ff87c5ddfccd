// What of a context goes along with a task, by a strategy, and what was left out.
import type { ContextStrategy } from "../domain/task.ts";
import { type ContextRules, SMALL_TOKENS, shapeContext } from "./context.ts";
import { type ContextItem, type HandedContext, renderItem, toItems } from "./context-item.ts";
import { cutLayers, type FittedItem, fitItems, type KeepWhole, LAYERS, SUMMARY, sizeOf } from "./fit-items.ts";
import { type Section, toSection } from "./hand-prompt.ts";
import { estimateTokens } from "./tokens.ts";

/** The strategies of the rules file, and that of a step of escalation that has the context summarized. */
export type HandStrategy = ContextStrategy | "summarized";

/** What was left out of an item. */
export interface LeftOut {
  readonly source?: string | undefined;
  readonly priority: ContextItem["priority"];
  /** Estimated tokens that are missing. */
  readonly tokens: number;
  /** Id of the whole. */
  readonly whole?: string | undefined;
}

/** What a result says of a context that was handed on. */
export interface HandoffReport {
  readonly strategy: HandStrategy;
  /** Estimated. */
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly left: readonly LeftOut[];
  /** Who shortened it, where the rules want a model's summary. */
  readonly summarizer?: "codex" | "extract" | undefined;
}

/** A context after the choice. */
export interface HandedText {
  /** "" if nothing goes along. */
  readonly text: string;
  /** Items whose source names a section of the prompt. */
  readonly sections: Readonly<Partial<Record<Section, string>>>;
  /** What was left out, in words; undefined if nothing was. */
  readonly dropped: string | undefined;
  readonly report: HandoffReport;
}

/** How a context is shaped. */
export interface Shaping {
  readonly task: string;
  readonly strategy: HandStrategy;
  readonly rules: ContextRules;
  readonly keep?: KeepWhole | undefined;
}

/** Shapes a context. Throws CONTEXT_OVERFLOW if its critical items alone are too big. */
export function shapeHanded(context: HandedContext | undefined, given: Shaping): HandedText {
  const shaping = { ...given, keep: given.keep && once(given.keep) };
  const items = toItems(context).map(holdSection);
  if (typeof context === "string" && shaping.strategy !== "summarized") return shapeText(context, shaping);
  const { strategy, task, rules, keep } = shaping;
  const { max_tokens: most, compression_threshold: threshold } = rules.context_window;
  const whole = items.map(({ content, ...item }): FittedItem => {
    const text = renderItem(item, content);
    return { item: { content, ...item }, text, tokens: estimateTokens(text) };
  });
  const before = sizeOf(whole);
  const fit = { maxTokens: Math.floor(most * threshold), task, keep };
  if (strategy === "isolated")
    return toHanded(
      whole.map((one) => ({ ...one, text: "", tokens: 0 })),
      whole,
      shaping,
    );
  if (before <= Math.min(SMALL_TOKENS, fit.maxTokens)) return toHanded(whole, whole, shaping);
  switch (strategy) {
    case "full":
      return toHanded(fitItems(items, fit), whole, shaping);
    case "summarized":
      return toHanded(cutLayers(items, SUMMARY, fit), whole, shaping);
    case "compressed":
      return toHanded(
        cutLayers(items, LAYERS, { ...fit, maxTokens: Math.max(sizeOfCritical(whole), Math.floor(most / 4)) }),
        whole,
        shaping,
      );
    default:
      return toHanded(
        fitItems(
          items.map((item) => chooseOf(item, shaping)),
          fit,
        ),
        whole,
        shaping,
      );
  }
}

// A goal or a constraint is never cut.
function holdSection(item: ContextItem): ContextItem {
  return toSection(item.source) === undefined ? item : { ...item, priority: "critical" };
}

// Keeps a text once, however often it is cut.
function once(keep: KeepWhole): KeepWhole {
  const ids = new Map<string, string | undefined>();
  return (text) => {
    if (!ids.has(text)) ids.set(text, keep(text));
    return ids.get(text);
  };
}

// The words of a critical item stay whatever the strategy; of another one, what belongs to the task.
function chooseOf(item: ContextItem, { task, strategy, rules, keep }: Shaping): ContextItem {
  if (item.priority === "critical" || strategy === "summarized" || strategy === "isolated") return item;
  const { text, dropped } = shapeContext(item.content, task, strategy, rules, { isSmall: false });
  const whole = dropped === undefined || text === "" ? undefined : keep?.(item.content);
  return { ...item, content: whole === undefined ? text : `[… cut; whole: ${whole}]\n${text}` };
}

function sizeOfCritical(whole: readonly FittedItem[]): number {
  return sizeOf(whole.filter(({ item }) => item.priority === "critical"));
}

function shapeText(context: string, { strategy, task, rules, keep }: Shaping): HandedText {
  if (strategy === "summarized") throw new TypeError("a summary is made of items");
  const { text, dropped } = shapeContext(context, task, strategy, rules);
  const [before, after] = [estimateTokens(context.trim() === "" ? "" : context), estimateTokens(text)];
  const whole = dropped === undefined || strategy === "isolated" ? undefined : keep?.(context);
  const left =
    dropped === undefined ? [] : [{ priority: "important" as const, tokens: Math.max(0, before - after), whole }];
  const marked = whole === undefined ? text : `[… cut; whole: ${whole}]\n${text}`;
  return {
    text: marked,
    sections: {},
    dropped,
    report: { strategy, tokensBefore: before, tokensAfter: estimateTokens(marked), left },
  };
}

function toHanded(
  fitted: readonly FittedItem[],
  whole: readonly FittedItem[],
  { strategy, keep }: Shaping,
): HandedText {
  const left = whole.flatMap(({ item, tokens }, at): LeftOut[] => {
    const one = fitted[at];
    const missing = tokens - (one?.tokens ?? 0);
    if (missing <= 0) return [];
    return [
      {
        source: item.source,
        priority: item.priority,
        tokens: missing,
        whole: strategy === "isolated" ? undefined : keep?.(item.content),
      },
    ];
  });
  const sections: Partial<Record<Section, string>> = {};
  for (const { item, tokens } of fitted) {
    const section = toSection(item.source);
    if (section === undefined || tokens === 0) continue;
    sections[section] = [...(sections[section] === undefined ? [] : [sections[section]]), item.content].join("\n");
  }
  const text = fitted
    .filter(({ item }) => toSection(item.source) === undefined)
    .map((one) => one.text)
    .filter((part) => part !== "")
    .join("\n\n");
  const [before, after] = [sizeOf(whole), sizeOf(fitted)];
  const dropped =
    left.length === 0
      ? undefined
      : `about ${Math.max(0, before - after)} of ${before} tokens of the context, from ${left.length} of ${whole.length} items`;
  return { text, sections, dropped, report: { strategy, tokensBefore: before, tokensAfter: after, left } };
}
