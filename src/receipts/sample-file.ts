// Tells two states of a large file apart without reading it whole.
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What is known of a file that is not stored. */
export interface FileSample {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its size, its first 64 KiB and its last 64 KiB, as hex. */
  readonly hash: string;
  /** When it was written last, epoch ms. */
  readonly mtimeMs: number;
}

const PIECE_BYTES = 65_536;

/** Samples a regular file. Never waits for a FIFO and follows no link at the end of the path; undefined where it cannot be read. */
export function sampleFile(path: Buffer): FileSample | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) return undefined;
      const { size, mtimeMs } = stat;
      const hash = createHash("sha256").update(String(size));
      for (const from of [0, Math.max(0, size - PIECE_BYTES)]) {
        const piece = Buffer.alloc(PIECE_BYTES);
        hash.update(piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, from)));
      }
      return { size, hash: hash.digest("hex"), mtimeMs };
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Whether two samples are of one content; undefined where only what is between beginning and end could differ, and the time does. */
export function isSameSample(one: FileSample, other: FileSample): boolean | undefined {
  if (one.hash !== other.hash) return false;
  return one.size <= 2 * PIECE_BYTES || one.mtimeMs === other.mtimeMs ? true : undefined;
}
