// Searches a rollout for a line, from the end. A rollout can have gigabytes, so it is read in pieces and never kept whole. Nearly always the
// line is in the last piece.
import { readSync } from "node:fs";
import { readFrom } from "./rollout-files.ts";

const PIECE_BYTES = 1_048_576;
/** Longer lines are skipped. The lines that are searched for are far shorter. */
const LINE_BYTES = 8_388_608;
const NEWLINE = 10;

/** The line to search for. */
export interface LineQuery<Value> {
  /** Text that the line contains. */
  readonly needle: string;
  /** Returns a value for a line that matches, otherwise undefined. */
  readonly pick: (line: string) => Value | undefined;
  /** Only lines that end before this byte. Default: the file's end. */
  readonly end?: number | undefined;
  /** Approximate number of bytes to search, from the end. Default: all. */
  readonly mostBytes?: number | undefined;
}

/** Result of a search. */
export interface LineSearch<Value> {
  /** The value of `pick` for the last line it accepted; undefined if it accepted none. */
  readonly found: Value | undefined;
  /** Whether the search reached the file's first byte. False for an empty or unreadable file. */
  readonly isWhole: boolean;
}

/** Finds the last line that contains `needle` and that `pick` accepts. */
export function findLastLine<Value>(path: string, query: LineQuery<Value>): LineSearch<Value> {
  const { end: last, mostBytes = Number.POSITIVE_INFINITY } = query;
  const search = readFrom(path, (file, size): LineSearch<Value> => {
    const bottom = last ?? size;
    // The first bytes of the piece that follows: the end of a line that begins in this piece or before it.
    let rest: Buffer = Buffer.alloc(0);
    let end = bottom;
    while (end > 0 && bottom - end < mostBytes) {
      const from = Math.max(0, end - PIECE_BYTES);
      const text = Buffer.concat([readBytes(file, from, end - from), rest]);
      const newline = text.indexOf(NEWLINE);
      // The start of the first complete line.
      const first = from === 0 ? 0 : newline === -1 ? text.length : newline + 1;
      const found = findInPiece(text, first, query);
      if (found !== undefined) return { found, isWhole: from === 0 };
      rest = text.subarray(0, first);
      // The line is too long: its end was dropped, so the rest cannot be parsed.
      if (rest.length > LINE_BYTES) rest = Buffer.alloc(0);
      end = from;
    }
    return { found: undefined, isWhole: end === 0 && bottom > 0 };
  });
  return search ?? { found: undefined, isWhole: false };
}

function readBytes(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, from));
}

function findInPiece<Value>(text: Buffer, first: number, { needle, pick }: LineQuery<Value>): Value | undefined {
  for (let before = text.length; before > first; ) {
    const at = text.subarray(0, before).lastIndexOf(needle);
    if (at < first) return undefined;
    const start = text.subarray(0, at).lastIndexOf(NEWLINE) + 1;
    const newline = text.indexOf(NEWLINE, at);
    const found = pick(text.toString("utf8", start, newline === -1 ? text.length : newline));
    if (found !== undefined) return found;
    before = start;
  }
  return undefined;
}
