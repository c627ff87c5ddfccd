// Shortens a text to a share of its size by leaving out what matters least. Every sentence of the result stands in the text.
import { GAP, joinUnits, splitUnits, type Unit } from "../context-units.ts";
import { estimateTokens } from "../tokens.ts";
import { rankSummary } from "./executive.ts";
import { Filling, type SizeLimit } from "./fill.ts";
import { rankUnits, scoreUnits } from "./score-units.ts";

/** What is worth less is left out even where there is room. */
const LEAST_WORTH = -2;
/** Down to this share a text is shortened to lines of a summary. */
const SUMMARY_RATIO = 0.1;
/** Begins a summary, whose lines stand apart in the text. */
const SUMMARY_MARK = "[… extract]";

/** Shortens a text to at most `ratio` (0 to 1) of its characters and of its estimated tokens. `task` says what it is wanted for. */
export function compress(text: string, ratio: number, task = ""): string {
  return createExtract(text, task)(ratio);
}

/** `compress` for one text and several ratios: what its parts are worth is found out once. */
export function createExtract(text: string, task = ""): (ratio: number) => string {
  const units = splitUnits(text);
  const { order, bodies } = rank(text, units, task);
  const tokens = estimateTokens(text);
  const counts = new Uint32Array(units.length);
  const summarize = createSummarizer(text, units, bodies, order);
  return (ratio) => {
    const limit = { characters: Math.floor(text.length * ratio) - 4, tokens: Math.floor(tokens * ratio) };
    if (ratio <= SUMMARY_RATIO) return summarize(limit);
    const filling = new Filling(text, units, limit, { counts });
    filling.takeAll(order);
    if (filling.taken.size === 0 && !fits(GAP, limit)) return "";
    return joinUnits(text, units, filling.taken).text;
  };
}

// In which order units are taken, and how many characters of each are its own, without speaker and time.
function rank(text: string, units: readonly Unit[], task: string) {
  const scores = scoreUnits(
    units.map(({ start, end, line }) => ({ text: text.slice(start, end), line })),
    task,
  );
  return { order: [...rankSummary(scores), ...rankUnits(scores, LEAST_WORTH)], bodies: scores.bodies };
}

/** Like `compress`, at 0.1: task, goal, state, decisions and next steps, a line each, without the names of speakers. */
export function executiveSummary(text: string, task = ""): string {
  return compress(text, SUMMARY_RATIO, task);
}

function createSummarizer(text: string, units: readonly Unit[], bodies: Uint32Array, order: readonly number[]) {
  const counts = new Uint32Array(units.length);
  return (limit: SizeLimit): string => {
    const bare = units.map((unit, at) => ({ ...unit, start: unit.end - (bodies[at] ?? 0) }));
    const filling = new Filling(text, bare, limit, { mark: SUMMARY_MARK, isInLines: true, counts });
    filling.takeAll(order);
    const lines = bare.filter((_, at) => filling.taken.has(at)).map(({ start, end }) => text.slice(start, end));
    if (lines.length === 0) return fits(SUMMARY_MARK, limit) ? SUMMARY_MARK : "";
    return [SUMMARY_MARK, ...lines].join("\n").toWellFormed();
  };
}

function fits(mark: string, { characters, tokens }: SizeLimit): boolean {
  return mark.length <= characters && estimateTokens(mark) <= tokens;
}
