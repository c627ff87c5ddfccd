// Reads a rollout from its end in pieces: what is looked for nearly always stands in the last one, and a rollout can be gigabytes long.
import { closeSync, openSync, readSync } from "node:fs";

const PIECE_BYTES = 1_048_576;
const NEW_LINE = 10;

/** A piece of a rollout: whole lines, or a part of a line that is longer than a piece. */
export interface RolloutPiece {
  readonly text: string;
  /** Whether the file begins with it. */
  readonly isFirst: boolean;
}

/** The pieces that end before byte `end`, the last one first, of about `mostBytes` together. Ends early where the file cannot be read. */
export function* readBackwards(path: string, end: number, mostBytes: number): Generator<RolloutPiece> {
  for (let to = end; to > 0 && end - to < mostBytes; ) {
    const from = Math.max(0, to - PIECE_BYTES);
    const bytes = readBytes(path, from, to - from);
    if (bytes === undefined) return;
    const lineEnd = bytes.indexOf(NEW_LINE);
    // What stands before the first line's end began in the piece before, and is read again with it.
    const isCut = from > 0 && lineEnd !== -1 && lineEnd < bytes.length - 1;
    const start = isCut ? lineEnd + 1 : 0;
    yield { text: bytes.toString("utf8", start), isFirst: from === 0 };
    to = from + start;
  }
}

function readBytes(path: string, from: number, length: number): Buffer | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(file, buffer, 0, length, from));
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
