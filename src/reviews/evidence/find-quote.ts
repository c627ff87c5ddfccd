// Finds a quote in a text.
import { type FlatText, type Lines, toLines, toOffset } from "./flat-text.ts";
import { type Quote, weigh } from "./quotes.ts";

/** Lines by which a model may have miscounted. */
export const DRIFT_LINES = 5;
/** Places that are looked at: more prove nothing more. */
const MOST_PLACES = 100;
/** What dots may leave out, in characters. */
const MOST_BETWEEN = 2_000;

/** Where a quote stands. */
export type QuoteSearch =
  /** At the lines that were told, or near them; where none were told or it is far away, at the only place there is. */
  | { readonly kind: "found"; readonly lines: Lines }
  | { readonly kind: "several"; readonly lines: readonly number[] }
  /** It stands there, and proves nothing. */
  | { readonly kind: "weak" }
  | { readonly kind: "missing" };

/** Finds one of the readings of a quote; the first that stands somewhere counts. */
export function findQuote(text: FlatText, quotes: readonly Quote[], told: Lines | undefined): QuoteSearch {
  let isWeak = quotes.length === 0;
  for (const quote of quotes) {
    const weight = weigh(quote);
    if (weight === "nothing") {
      isWeak = true;
      continue;
    }
    if (weight === "little") {
      const at = told === undefined ? undefined : findWholeLine(text, quote.join(" "), told);
      if (at !== undefined) return { kind: "found", lines: { start: at, end: at } };
      isWeak = true;
      continue;
    }
    const places = findPlaces(text, quote, told);
    // Its pieces may stand anywhere by chance.
    const isDotted = quote.length > 1;
    const counting = isDotted ? places.filter((place) => isNear(place, told)) : places;
    if (counting.length > 0) return choose(counting, told);
  }
  return { kind: isWeak ? "weak" : "missing" };
}

function choose(places: readonly Lines[], told: Lines | undefined): QuoteSearch {
  const near = told === undefined ? undefined : findNearest(places, told);
  if (near !== undefined && told !== undefined && distance(near, told) <= DRIFT_LINES)
    return { kind: "found", lines: near };
  const [only] = places;
  return places.length === 1 && only !== undefined
    ? { kind: "found", lines: only }
    : { kind: "several", lines: places.map(({ start }) => start) };
}

const isNear = (place: Lines, told: Lines | undefined): boolean =>
  told !== undefined && distance(place, told) <= DRIFT_LINES;

function findNearest(places: readonly Lines[], told: Lines): Lines | undefined {
  return places.reduce<Lines | undefined>(
    (best, place) => (best === undefined || isNearer(place, best, told) ? place : best),
    undefined,
  );
}

// Of two within the told lines, the one that begins nearer to their start.
function isNearer(one: Lines, two: Lines, told: Lines): boolean {
  const [first, second] = [distance(one, told), distance(two, told)];
  return first < second || (first === second && Math.abs(one.start - told.start) < Math.abs(two.start - told.start));
}

/** Lines between two ranges; 0 if they share one. */
export function distance(one: Lines, two: Lines): number {
  return Math.max(0, one.start - two.end, two.start - one.end);
}

function findWholeLine({ flat, starts, numbers }: FlatText, line: string, told: Lines): number | undefined {
  const index = numbers.findIndex((number, at) => {
    if (number < told.start || number > told.end) return false;
    const end = starts[at + 1];
    return flat.slice(starts[at], end === undefined ? flat.length : end - 1) === line;
  });
  return numbers[index];
}

// Those near the told lines first, since there may be too many.
function findPlaces(text: FlatText, quote: Quote, told: Lines | undefined): Lines[] {
  const [first = "", ...rest] = quote;
  const around = told === undefined ? 0 : toOffset(text, Math.max(1, told.start - DRIFT_LINES));
  const found = new Map<number, Lines>();
  for (const from of new Set([around, 0])) {
    for (let at = findWords(text.flat, first, from); at !== -1; at = findWords(text.flat, first, at + 1)) {
      if (found.size >= MOST_PLACES) break;
      const end = findRest(text.flat, rest, at + first.length);
      if (end !== undefined) found.set(at, toLines(text, at, end));
      if (end === undefined && found.size === 0 && rest.length > 0 && !text.flat.includes(rest[0] ?? "")) break;
    }
    if (found.size >= MOST_PLACES) break;
  }
  return [...found.values()];
}

function findRest(flat: string, rest: Quote, from: number): number | undefined {
  let end = from;
  for (const piece of rest) {
    const at = flat.slice(end, end + MOST_BETWEEN + piece.length).indexOf(piece);
    if (at === -1) return undefined;
    end += at + piece.length;
  }
  return end;
}

/** A megabyte of one letter has as many places that are no words. */
const MOST_TRIES = 2_000;
const WORD = /[\p{L}\p{N}_]/u;

// Whole words: `get(user)` is not quoted from `forget(user)`.
function findWords(flat: string, piece: string, from: number): number {
  let at = flat.indexOf(piece, from);
  for (let left = MOST_TRIES; at !== -1 && left > 0; left -= 1, at = flat.indexOf(piece, at + 1)) {
    const end = at + piece.length;
    const isCutBefore = WORD.test(piece.charAt(0)) && at > 0 && WORD.test(flat.charAt(at - 1));
    const isCutBehind = WORD.test(piece.charAt(piece.length - 1)) && end < flat.length && WORD.test(flat.charAt(end));
    if (!isCutBefore && !isCutBehind) return at;
  }
  return -1;
}
