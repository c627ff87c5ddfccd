// Chooses what of the caller's context goes to the agent, by the strategy of the rule. Works on text alone, without a model.
import type { ContextStrategy } from "../domain/task.ts";
import { createPhraseIndex } from "../routing/phrase-index.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { toWords } from "../routing/words.ts";
import { type Choice, fromBothEnds, joinUnits, splitUnits, takeUnits, type Unit } from "./context-units.ts";
import { rankSummary } from "./extract/executive.ts";
import { rankUnits, scoreUnits } from "./extract/score-units.ts";
import { estimateTokens } from "./tokens.ts";

/** A context after the choice. */
export interface ShapedContext {
  /** "" if nothing is passed on. */
  readonly text: string;
  /** What was left out, in words; undefined if nothing was. */
  readonly dropped: string | undefined;
}

/** The keys of the rules file that say how a context is cut. */
export type ContextRules = Pick<RulesFile["routing_config"], "context_window" | "negations">;

/** Estimated UTF-8 bytes of a token. */
const BYTES_PER_TOKEN = 3.5;
/** A context of up to this many tokens is passed on whole: cutting saves less than a lost constraint costs. */
export const SMALL_TOKENS = 4_000;
const SMALL_BYTES = SMALL_TOKENS * BYTES_PER_TOKEN;
/** Lines that `minimal` takes from the beginning and from the end. */
const END_LINES = 20;
/** Shorter words say nothing about the topic of a paragraph. */
const TELLING_CHARACTERS = 4;
const MAX_PATH_CHARACTERS = 300;
const MAX_PATHS_CHARACTERS = 4_000;
/** Words of a sentence that states a constraint. */
const CONSTRAINT_WORDS = ["must", "never", "only", "do not", "don't", "dont", "without", "constraint", "requirement"];
/** A negation may state a constraint too, but is common elsewhere: at most this share of a cut context goes to such sentences. */
const NEGATED_SHARE = 0.5;

/** Chooses what of a context goes along with a task. A small one goes whole, unless it is part of one that is not (`isSmall` false). */
export function shapeContext(
  context: string,
  task: string,
  strategy: ContextStrategy,
  rules: ContextRules,
  { isSmall = true }: { readonly isSmall?: boolean } = {},
): ShapedContext {
  if (context.trim() === "") return { text: "", dropped: undefined };
  const { max_tokens: maxTokens, compression_threshold: threshold } = rules.context_window;
  const tokens = estimateTokens(context);
  const limit = maxTokens * threshold;
  if (strategy === "isolated") return { text: "", dropped: `${toShare(context.length, context)} (isolated)` };
  if (tokens <= limit && (strategy === "full" || (isSmall && tokens <= SMALL_TOKENS)))
    return { text: context, dropped: undefined };
  const shape = createShape(context, task, rules);
  const shaped = shape(strategy === "full" ? "compressed" : strategy);
  return estimateTokens(shaped.text) > limit ? shape("compressed") : shaped;
}

function createShape(
  context: string,
  task: string,
  { context_window: window, negations = [] }: ContextRules,
): (strategy: Exclude<ContextStrategy, "full" | "isolated">) => ShapedContext {
  const units = splitUnits(context);
  const words = units.map((unit) => toWords(textOf(context, unit)));
  const [constraints, negated] = findPhrases(words, CONSTRAINT_WORDS, negations);
  const first = [{ units: fromBothEnds(constraints) }, { units: fromBothEnds(negated), share: NEGATED_SHARE }];
  const all = [...units.keys()];
  const cut = (choices: readonly Choice[], maxBytes: number): ShapedContext => {
    const taken = takeUnits(context, units, [...first, ...choices], maxBytes);
    const { text, kept } = joinUnits(context, units, taken);
    const isLost = constraints.some((at) => !taken.has(at));
    return {
      text,
      dropped: kept < context.length ? describeDropped(context.length - kept, context, isLost) : undefined,
    };
  };
  const rankByWorth = (): number[] => {
    const placed = units.map((unit) => ({ text: textOf(context, unit), line: unit.line }));
    const scores = scoreUnits(placed, task);
    return [...rankSummary(scores), ...rankUnits(scores, 0)];
  };
  const findRelated = (): number[] => findRelatedTo(task, context, units, words);
  return (strategy) => {
    switch (strategy) {
      case "minimal": {
        const names = nameFiles(context);
        const shaped = cut([{ units: fromBothEnds(findEnds(units)) }], SMALL_BYTES - Buffer.byteLength(names));
        return { ...shaped, text: `${names}${shaped.text}` };
      }
      case "filtered":
        return cut([{ units: findLastParagraph(units) }, { units: findRelated() }], Number.POSITIVE_INFINITY);
      case "compressed": {
        // Down to a quarter of the window.
        const rest = {
          hierarchical: () => [{ units: findLastParagraph(units) }, { units: rankByWorth(), fills: true }],
          head_and_tail: () => [{ units: fromBothEnds(all) }],
          recent: () => [{ units: all.toReversed() }],
        }[window.preservation_strategy]();
        return cut(rest, (window.max_tokens / 4) * BYTES_PER_TOKEN);
      }
    }
  };
}

function describeDropped(left: number, context: string, isLost: boolean): string {
  const constraints = isLost
    ? "some sentences with words such as must, not or only too"
    : "not the sentences with words such as must, never or only";
  return `${toShare(left, context)}, ${constraints}`;
}

function toShare(left: number, context: string): string {
  return `${left} of ${context.length} characters of the context`;
}

function textOf(context: string, { start, end }: Unit): string {
  return context.slice(start, end);
}

// The units that contain a phrase of the first list, and those of the second, inflected or not.
function findPhrases(
  words: readonly (readonly string[])[],
  one: readonly string[],
  other: readonly string[],
): [number[], number[]] {
  const index = createPhraseIndex();
  const lists = [index.add(one), index.add(other)] as const;
  const found: [number[], number[]] = [[], []];
  for (const [at, unit] of words.entries()) {
    const phrases = index.find(unit);
    if (phrases.has(lists[0])) found[0].push(at);
    if (phrases.has(lists[1])) found[1].push(at);
  }
  return found;
}

// Units of paragraphs that share a significant word with the task, or name a file.
function findRelatedTo(
  task: string,
  context: string,
  units: readonly Unit[],
  words: readonly (readonly string[])[],
): number[] {
  const telling = new Set(toWords(task).filter((word) => word.length >= TELLING_CHARACTERS));
  const paragraphs = new Set(
    units
      .filter(
        (unit, at) =>
          words[at]?.some((word) => telling.has(word)) === true || findPaths(textOf(context, unit)).length > 0,
      )
      .map(({ paragraph }) => paragraph),
  );
  return findUnits(units, ({ paragraph }) => paragraphs.has(paragraph));
}

// What comes last often matters most.
function findLastParagraph(units: readonly Unit[]): number[] {
  const last = units.at(-1)?.paragraph;
  return findUnits(units, ({ paragraph }) => paragraph === last).slice(-END_LINES);
}

function findEnds(units: readonly Unit[]): number[] {
  const lastLine = units.at(-1)?.line ?? 0;
  return findUnits(units, ({ line }) => line < END_LINES || line > lastLine - END_LINES);
}

function findUnits(units: readonly Unit[], holds: (unit: Unit) => boolean): number[] {
  return units.flatMap((unit, at) => (holds(unit) ? [at] : []));
}

function nameFiles(context: string): string {
  let names = "";
  for (const path of new Set(findPaths(context))) {
    if (names.length + path.length > MAX_PATHS_CHARACTERS) break;
    names += names === "" ? path : `, ${path}`;
  }
  return names === "" ? "" : `Files named: ${names}\n\n`;
}

// Finds a run of path characters that contains a slash or ends like a file name, in one pass over any text.
function findPaths(text: string): string[] {
  return (text.match(/[\w.@~/-]+/g) ?? [])
    .filter((run) => run.length <= MAX_PATH_CHARACTERS)
    .map((run) => run.replace(/[.-]+$/, ""))
    .filter((run) => /\w\/\w/.test(run) || /\w\.[A-Za-z]{1,5}$/.test(run));
}
