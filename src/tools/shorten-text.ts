// Keeps a result within what a client shows (docs/claude-code.md#results).
import { sayThrown } from "../domain/printable.ts";

/** Limits of a text and what stands beside it. */
export interface TextLimits {
  readonly characters: number;
  /** Estimated as UTF-8 bytes / 3.5. */
  readonly tokens: number;
}

/** Limits of a serialised result. */
const RESULT_LIMITS: TextLimits = { characters: 45_000, tokens: 20_000 };
const BYTES_PER_TOKEN = 3.5;
/** Reserved for the sentence in the middle and for the fields that report the cut. */
const RESERVE_CHARACTERS = 1_500;
/** At least this much of a text is shown. */
const LEAST_CHARACTERS = 500;

/** A text that was cut. */
export interface Truncated {
  /** Characters of the whole text. */
  readonly characters: number;
  /** File with the whole text: mode 0600, kept for 7 days. Absent if it could not be written. */
  readonly path?: string;
}

/** A text as it is shown. */
export interface ShortenedText {
  readonly content: string;
  readonly truncated?: Truncated;
  /** Why there is no file with the whole text. */
  readonly problem?: string;
}

/**
 * Shortens a text so that it fits beside `others`, the other fields as JSON: whole, or its beginning and end with the path of the whole.
 * Never throws.
 */
export function shortenText(
  text: string,
  others: string,
  spill: (text: string) => string,
  limits: TextLimits = RESULT_LIMITS,
): ShortenedText {
  const room = toRoom(others, limits);
  if (findShare(text, room) >= 1) return { content: text };
  const { path, problem } = trySpill(text, spill);
  const where = path === undefined ? "it could not be kept in a file" : `the whole answer is in ${path}`;
  let keep = text.length;
  let content = text;
  // Repeated, because the rest may be denser than the whole: a control character takes six characters in JSON.
  for (let share = findShare(content, room); share < 1 && keep > LEAST_CHARACTERS; share = findShare(content, room)) {
    keep = Math.max(LEAST_CHARACTERS, Math.floor(keep * Math.max(0, share) * 0.9));
    content = cutMiddle(text, keep, where);
  }
  const truncated = { characters: text.length, ...(path === undefined ? {} : { path }) };
  return { content, truncated, ...(problem === undefined ? {} : { problem }) };
}

/** Whether a text fits whole beside `others`, the other fields as JSON. */
export function fitsWhole(text: string, others: string, limits: TextLimits = RESULT_LIMITS): boolean {
  return findShare(text, toRoom(others, limits)) >= 1;
}

function toRoom(others: string, limits: TextLimits): Room {
  return {
    characters: limits.characters - others.length - RESERVE_CHARACTERS,
    bytes: limits.tokens * BYTES_PER_TOKEN - Buffer.byteLength(others) - RESERVE_CHARACTERS,
  };
}

interface Room {
  readonly characters: number;
  readonly bytes: number;
}

// The share of the text that fits; 1 or more means all of it.
function findShare(text: string, { characters, bytes }: Room): number {
  return Math.min(characters / JSON.stringify(text).length, bytes / Buffer.byteLength(text));
}

function cutMiddle(text: string, keep: number, where: string): string {
  const head = text.slice(0, Math.floor(keep * 0.7)).toWellFormed();
  const tail = text.slice(text.length - Math.floor(keep * 0.3)).toWellFormed();
  const left = text.length - head.length - tail.length;
  return `${head}\n\n[… ${left} of ${text.length} characters left out; ${where} …]\n\n${tail}`;
}

function trySpill(text: string, spill: (text: string) => string): { path?: string; problem?: string } {
  try {
    return { path: spill(text) };
  } catch (error) {
    return { problem: sayThrown(error) };
  }
}
