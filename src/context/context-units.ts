// Splits a context into units that are kept or left out as a whole: sentences and lines, and pieces of long ones.

/** A part of the text, without white space around it. */
export interface Unit {
  readonly start: number;
  readonly end: number;
  /** Number of its line, from 0. */
  readonly line: number;
  /** Number of its paragraph, from 0. Blank lines separate paragraphs. */
  readonly paragraph: number;
}

/** Units to keep, in the order in which they are taken, limited to a share of the whole budget. */
export interface Choice {
  readonly units: readonly number[];
  /** 0 to 1; default 1. */
  readonly share?: number;
  /** Whether shorter units are tried where one does not fit. */
  readonly fills?: boolean;
}

/** A longer unit is divided: a single line may have a megabyte. */
const MAX_UNIT_CHARACTERS = 1_000;
/**
 * In a long text, neighbours that together are no longer than this are one unit. A line of one character says nothing by itself, and each
 * unit costs the memory of a sentence: five megabytes of such lines took two gigabytes.
 */
const JOINED_CHARACTERS = 24;
/** A text shorter than so many times what is joined has no joined units to speak of. */
const UNITS_OF_LONG_TEXT = 20_000;
/** Marks a place where something was left out. */
export const GAP = "[…]";
const GAP_BYTES = Buffer.byteLength(`\n${GAP}\n`);

// Neither the number of a list item nor a common abbreviation ends a sentence, nor a day (`am 1. März`).
const BREAK =
  /(?<!\s)\s*\n\s*|^\s*\n\s*|(?<=[.!?]["')\]*]?)(?<!(?:^|\n)[ \t]{0,12}\(?\d{1,2}\.)(?<!(?:[ (]|^)(?:e\.g|i\.e|z\. ?B|vs|etc|approx|ca|no|nr|dr|cf)\.)[ \t]+(?![ \t]|(?<=\d\.[ \t]+)(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)(?!\p{L}))|(?<=[。！？])(?![」』）])/giu;

/** A fenced block up to this length is one unit: half of a code says little. */
const FENCE_CHARACTERS = 600;

/**
 * Splits a text at line ends and after sentences. A dot inside a word (`legacy.ts`) does not end a sentence. A text of more than 480,000
 * characters has at most one unit for each 12 of them.
 */
export function splitUnits(text: string): Unit[] {
  const units: Unit[] = [];
  const joined = Math.min(JOINED_CHARACTERS, text.length / UNITS_OF_LONG_TEXT);
  const fences = findFences(text);
  let fence = fences.next().value;
  let [start, line, paragraph] = [0, 0, 0];
  const push = (end: number): void => {
    const last = units.at(-1);
    if (last !== undefined && end > start && end - last.start <= joined) units[units.length - 1] = { ...last, end };
    else pushUnits(units, text, { start, end, line: line - countLines(text, start, end), paragraph });
  };
  for (const match of text.matchAll(BREAK)) {
    while (fence !== undefined && fence.end <= match.index) fence = fences.next().value;
    const lines = countBreaks(match[0]);
    if (fence !== undefined && match.index > fence.start) {
      line += lines;
      continue;
    }
    push(match.index);
    start = match.index + match[0].length;
    line += lines;
    if (lines > 1) paragraph += 1;
  }
  push(text.length);
  return units;
}

// Lines within a unit, which only a fenced block has.
function countLines(text: string, start: number, end: number): number {
  return text.startsWith("```", start) ? countBreaks(text.slice(start, end)) : 0;
}

// Without the pieces that a split would make.
function countBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function* findFences(text: string): Generator<{ readonly start: number; readonly end: number }, undefined> {
  let start: number | undefined;
  for (const { index } of text.matchAll(/^```[^`\n]*$/gm)) {
    if (start === undefined) start = index;
    else {
      const end = index + 3;
      if (end - start <= FENCE_CHARACTERS) yield { start, end };
      start = undefined;
    }
  }
}

function pushUnits(units: Unit[], text: string, unit: Unit): void {
  for (let start = unit.start; start < unit.end; ) {
    const end = Math.min(unit.end, toEnd(text, start, unit.end));
    units.push({ start, end, line: unit.line, paragraph: unit.paragraph });
    start = end;
  }
}

// Splits between two words if possible, and never inside a character.
function toEnd(text: string, start: number, limit: number): number {
  const end = start + MAX_UNIT_CHARACTERS;
  if (end >= limit) return limit;
  // Not in the whole text: where it has no blanks, each piece would search all that stands before it.
  const space = text.slice(start, end + 1).lastIndexOf(" ");
  if (space > 0) return start + space + 1;
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end;
}

/** Takes units, choice by choice, as long as together they fit into `maxBytes` of UTF-8. */
export function takeUnits(text: string, units: readonly Unit[], choices: readonly Choice[], maxBytes: number) {
  const taken = new Set<number>();
  let bytes = 0;
  for (const { units: chosen, share = 1, fills = false } of choices) {
    const limit = Math.min(maxBytes, bytes + maxBytes * share);
    for (const at of chosen) {
      const unit = units[at];
      if (unit === undefined || taken.has(at)) continue;
      const size = Buffer.byteLength(text.slice(unit.start, unit.end)) + GAP_BYTES;
      if (bytes + size > limit) {
        if (fills) continue;
        break;
      }
      taken.add(at);
      bytes += size;
    }
  }
  return taken;
}

/** The units that were taken, in the order of the text, with a mark wherever something is left out. `kept` counts their own characters. */
export function joinUnits(
  text: string,
  units: readonly Unit[],
  taken: ReadonlySet<number>,
): { readonly text: string; readonly kept: number } {
  if (taken.size === units.length) return { text, kept: text.length };
  if (taken.size === 0) return { text: GAP, kept: 0 };
  const runs: { start: number; end: number }[] = [];
  let last = -1;
  for (const [at, { start, end }] of units.entries()) {
    if (!taken.has(at)) continue;
    const run = runs.at(-1);
    if (run !== undefined && last === at - 1) run.end = end;
    else runs.push({ start, end });
    last = at;
  }
  const kept = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  const parts = runs.map(({ start, end }) => text.slice(start, end).trimEnd());
  const isCutAtStart = !taken.has(0);
  const isCutAtEnd = last !== units.length - 1;
  return {
    text: [...(isCutAtStart ? [GAP] : []), parts.join(`\n${GAP}\n`), ...(isCutAtEnd ? [GAP] : [])]
      .join("\n")
      .toWellFormed(),
    kept,
  };
}

/** Both ends first and the middle last: 0, 5, 1, 4, 2, 3. */
export function fromBothEnds(order: readonly number[]): number[] {
  return order.map((_, at) => order.at(at % 2 === 0 ? at / 2 : -(at + 1) / 2) ?? 0);
}
