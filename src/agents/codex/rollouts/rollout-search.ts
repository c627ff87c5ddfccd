// Looks for a line of a rollout from its end. Rollouts grow to gigabytes, so they are read in pieces and never held whole; what is looked
// for nearly always stands in the last one.
import { readSync } from "node:fs";
import { readFrom } from "./rollout-files.ts";

const PIECE_BYTES = 1_048_576;
/** A longer line is passed over: those that are looked for are far shorter. */
const LINE_BYTES = 8_388_608;
const NEWLINE = 10;

/** The line that is looked for. */
export interface LineQuery<Value> {
  /** Words that it holds. */
  readonly needle: string;
  /** Gives something for a line that is meant. */
  readonly pick: (line: string) => Value | undefined;
  /** Byte before which it ends; the file's end where nothing is given. */
  readonly end?: number | undefined;
  /** About how many bytes before that are searched; all where nothing is given. */
  readonly mostBytes?: number | undefined;
}

/** What came of a search. */
export interface LineSearch<Value> {
  /** What `pick` gave for the last line that it took; undefined where it took none. */
  readonly found: Value | undefined;
  /** Whether the search got as far as the file's first byte. It does not in a file that is empty or cannot be read. */
  readonly isWhole: boolean;
}

/** Looks for the last line that holds `needle` and that `pick` takes. */
export function findLastLine<Value>(path: string, query: LineQuery<Value>): LineSearch<Value> {
  const { end: last, mostBytes = Number.POSITIVE_INFINITY } = query;
  const search = readFrom(path, (file, size): LineSearch<Value> => {
    const bottom = last ?? size;
    // What the piece after this one begins with: the end of a line that begins in this one, or before.
    let rest: Buffer = Buffer.alloc(0);
    let end = bottom;
    while (end > 0 && bottom - end < mostBytes) {
      const from = Math.max(0, end - PIECE_BYTES);
      const text = Buffer.concat([readBytes(file, from, end - from), rest]);
      const newline = text.indexOf(NEWLINE);
      // Where the first line begins that is whole.
      const first = from === 0 ? 0 : newline === -1 ? text.length : newline + 1;
      const found = findInPiece(text, first, query);
      if (found !== undefined) return { found, isWhole: from === 0 };
      rest = text.subarray(0, first);
      // Its end is forgotten: what is left of the line cannot be read as one.
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
