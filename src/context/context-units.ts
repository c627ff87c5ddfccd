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
/** Marks a place where something was left out. */
const GAP = "[…]";
const GAP_BYTES = Buffer.byteLength(`\n${GAP}\n`);

/** Splits a text at line ends and after sentences. A dot inside a word (`legacy.ts`) does not end a sentence. */
export function splitUnits(text: string): Unit[] {
  const units: Unit[] = [];
  let [start, line, paragraph] = [0, 0, 0];
  for (const match of text.matchAll(/(?<!\s)\s*\n\s*|^\s*\n\s*|(?<=[.!?;])[ \t]+|(?<=[。！？；])/gu)) {
    pushUnits(units, text, { start, end: match.index, line, paragraph });
    const lines = match[0] === "\n" ? 1 : match[0].split("\n").length - 1;
    start = match.index + match[0].length;
    line += lines;
    if (lines > 1) paragraph += 1;
  }
  pushUnits(units, text, { start, end: text.length, line, paragraph });
  return units;
}

function pushUnits(units: Unit[], text: string, unit: Unit): void {
  for (let start = unit.start; start < unit.end; ) {
    const end = Math.min(unit.end, toEnd(text, start, unit.end));
    units.push({ ...unit, start, end });
    start = end;
  }
}

// Splits between two words if possible, and never inside a character.
function toEnd(text: string, start: number, limit: number): number {
  const end = start + MAX_UNIT_CHARACTERS;
  if (end >= limit) return limit;
  const space = text.lastIndexOf(" ", end);
  if (space > start) return space + 1;
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
