// Looks for a line of a rollout from its end. Rollouts grow to hundreds of megabytes, so they are read in pieces and never held whole.
import { readSync } from "node:fs";
import { readFrom } from "./rollout-files.ts";

const PIECE_BYTES = 4_194_304;
/** A longer line is passed over: those that are looked for are far shorter. */
const LINE_BYTES = 8_388_608;
const NEWLINE = 10;

/** The last line that holds `needle` and that `pick` takes (gives something for), or undefined; looked for in about the last `mostBytes`. */
export function findLastLine<Value>(
  path: string,
  needle: string,
  pick: (line: string) => Value | undefined,
  mostBytes = Number.POSITIVE_INFINITY,
): Value | undefined {
  return readFrom(path, (file, size) => {
    // What the piece after this one begins with: the end of a line that begins in this one, or before.
    let rest: Buffer = Buffer.alloc(0);
    for (let end = size; end > 0 && size - end < mostBytes; ) {
      const from = Math.max(0, end - PIECE_BYTES);
      const piece = Buffer.alloc(end - from);
      const read = readSync(file, piece, 0, piece.length, from);
      const text = Buffer.concat([piece.subarray(0, read), rest]);
      const newline = text.indexOf(NEWLINE);
      // Where the first line begins that is whole.
      const first = from === 0 ? 0 : newline === -1 ? text.length : newline + 1;
      const found = findInPiece(text, first, needle, pick);
      if (found !== undefined) return found;
      rest = text.subarray(0, first);
      // Its end is forgotten: what is left of the line cannot be read as one.
      if (rest.length > LINE_BYTES) rest = Buffer.alloc(0);
      end = from;
    }
    return undefined;
  });
}

function findInPiece<Value>(
  text: Buffer,
  first: number,
  needle: string,
  pick: (line: string) => Value | undefined,
): Value | undefined {
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
