// Makes the items of a context fit into a number of tokens, step by step. Their order stays, critical ones are never touched.
import { cutText } from "../domain/cut-text.ts";
import { BridgeError } from "../domain/errors.ts";
import { listNames } from "../domain/list-names.ts";
import { type ContextItem, type ContextPriority, renderItem } from "./context-item.ts";
import { createExtract } from "./extract/compress.ts";
import { estimateTokens } from "./tokens.ts";

/** Keeps a whole text that was cut, and returns an id under which it can be fetched; undefined if it could not be kept. */
export type KeepWhole = (text: string) => string | undefined;

/** An item after it was made to fit. */
export interface FittedItem {
  readonly item: ContextItem;
  /** As it goes along, its source included; "" if nothing of it does. */
  readonly text: string;
  readonly tokens: number;
  /** Id of the whole, if it was cut and kept. */
  readonly whole?: string | undefined;
}

/** What items have to fit into. */
export interface Fit {
  readonly maxTokens: number;
  /** What the context is wanted for. */
  readonly task: string;
  readonly keep?: KeepWhole | undefined;
}

/** Shares of their size to which the layers are cut; 1 leaves an item as it is. */
export type Shares = Readonly<Record<Exclude<ContextPriority, "critical">, number>>;

/** The layers as they are cut where all is well. */
export const LAYERS: Shares = { important: 0.5, supplementary: 0.3 };
/** Everything but what is critical as an executive summary. */
export const SUMMARY: Shares = { important: 0.1, supplementary: 0.1 };
/** Tokens between two items. */
const JOIN_TOKENS = 1;

/** A step towards a smaller context: white space, old items, the layers, key points, the summary. `share` of an item by its place. */
type Step = (item: ContextItem, at: number, count: number) => number;

const byShares =
  (shares: Shares): Step =>
  ({ priority }) =>
    priority === "critical" ? 1 : shares[priority];

const STEPS: readonly Step[] = [
  () => 1,
  // The older half of what is supplementary, which is mostly conversation.
  ({ priority }, at, count) => (priority === "supplementary" && at < count / 2 ? LAYERS.supplementary : 1),
  byShares(LAYERS),
  byShares({ important: 0.3, supplementary: 0.1 }),
  byShares(SUMMARY),
];

/** Makes the items fit. Throws CONTEXT_OVERFLOW with the size of each if the critical ones alone are too big. */
export function fitItems(items: readonly ContextItem[], fit: Fit): readonly FittedItem[] {
  return fitBy(items, fit, createCutter(fit));
}

function fitBy(items: readonly ContextItem[], fit: Fit, cut: Cutter): readonly FittedItem[] {
  checkCritical(items, fit.maxTokens);
  const asGiven = items.map((item) => toFitted(item, item.content));
  if (sizeOf(asGiven) <= fit.maxTokens) return asGiven;
  for (const step of STEPS) {
    const fitted = items.map((item, at) => cut(item, step(item, at, items.length)));
    if (sizeOf(fitted) <= fit.maxTokens) return fitted;
  }
  return squeeze(items, fit, cut);
}

/** Cuts each layer to its share, whatever the size; a small item is cut like any other. */
export function cutLayers(items: readonly ContextItem[], shares: Shares, fit: Fit): readonly FittedItem[] {
  const cut = createCutter(fit);
  const fitted = items.map((item, at) => cut(item, byShares(shares)(item, at, items.length)));
  return sizeOf(fitted) <= fit.maxTokens ? fitted : fitBy(items, fit, cut);
}

/** Tokens of items that are joined by blank lines. */
export function sizeOf(items: readonly Pick<FittedItem, "tokens">[]): number {
  return items.reduce((sum, { tokens }) => sum + (tokens === 0 ? 0 : tokens + JOIN_TOKENS), 0);
}

// The summary is still too big: what is left of the room is shared out, and the oldest items go if not even a line of each fits.
function squeeze(items: readonly ContextItem[], { maxTokens }: Fit, cut: Cutter): readonly FittedItem[] {
  const critical = sizeOf(items.filter(isCritical).map((item) => toFitted(item, item.content)));
  const others = sizeOf(items.filter((item) => !isCritical(item)).map((item) => toFitted(item, item.content)));
  const room = maxTokens - critical;
  for (const share of [0.7, 0.4, 0.2]) {
    const ratio = (room / Math.max(1, others)) * share;
    const fitted = items.map((item) => (isCritical(item) ? toFitted(item, item.content) : cut(item, ratio)));
    if (sizeOf(fitted) <= maxTokens) return fitted;
  }
  let left = room;
  const kept = items.toReversed().map((item): FittedItem => {
    if (isCritical(item)) return toFitted(item, item.content);
    const fitted = cut(item, 0);
    const size = fitted.tokens + JOIN_TOKENS;
    if (size > left) return { ...fitted, text: "", tokens: 0 };
    left -= size;
    return fitted;
  });
  return kept.toReversed();
}

type Cutter = (item: ContextItem, share: number) => FittedItem;

function createCutter({ task, keep }: Fit): Cutter {
  const ids = new Map<string, string | undefined>();
  // A text that is cut step by step is read once: each reading took as long as the first.
  const extracts = new Map<string, ReturnType<typeof createExtract>>();
  const idOf = (content: string): string | undefined => {
    if (!ids.has(content)) ids.set(content, keep?.(content));
    return ids.get(content);
  };
  return (item, share) => {
    const { content } = item;
    if (isCritical(item)) return toFitted(item, content);
    if (share >= 1) return toFitted(item, foldBlanks(content));
    const extract = extracts.get(content) ?? createExtract(foldBlanks(content), task);
    extracts.set(content, extract);
    const short = extract(share);
    const whole = idOf(content);
    return { ...toFitted(item, whole === undefined ? short : `[… cut; whole: ${whole}]\n${short}`), whole };
  };
}

/** Takes out blanks that say nothing: at line ends, and more than one blank line. Indentation stays. */
export function foldBlanks(text: string): string {
  return text
    .split("\n")
    .map(trimLineEnd)
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

// A pattern would look at a run of blanks within a line once from each of them.
function trimLineEnd(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

function isCritical({ priority }: ContextItem): boolean {
  return priority === "critical";
}

function toFitted(item: ContextItem, content: string): FittedItem {
  const text = renderItem(item, content);
  return { item, text, tokens: estimateTokens(text) };
}

const MOST_NAMED = 3;
const SHOWN_SOURCE = 60;

function checkCritical(items: readonly ContextItem[], maxTokens: number): void {
  const critical = items.filter(isCritical).map((item) => toFitted(item, item.content));
  const tokens = sizeOf(critical);
  if (tokens <= maxTokens) return;
  const sizes = critical.map((fitted, at) => ({
    source: fitted.item.source ?? `item ${at + 1}`,
    tokens: fitted.tokens,
  }));
  const largest = sizes.toSorted((a, b) => b.tokens - a.tokens);
  const named = largest.slice(0, MOST_NAMED).map((item) => `${cutText(item.source, SHOWN_SOURCE)} (${item.tokens})`);
  const message = `The critical context has about ${tokens} tokens, and ${maxTokens} fit: ${listNames(named)}. It is never cut, so nothing was sent.`;
  throw new BridgeError("CONTEXT_OVERFLOW", message, {
    details: { maxTokens, items: largest.slice(0, 20) },
    nextStep: "Give the largest items priority important, or put them into files and name their paths.",
  });
}
