// Reads files that should be small and ordinary: configuration, records, `.git` files. Others can write many of them, so a FIFO, a
// device or a file of gigabytes may stand in their place; a plain read of these blocks the whole process or fills its memory.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Size limit where the caller names none: 4 MiB. Configuration and records of this field are a few KiB. */
export const SMALL_FILE_BYTES = 4_194_304;

const CHUNK_BYTES = 65_536;

/** A file that was not read because of what it is. `code` is shaped like the codes of the file system's own errors. */
export class UnreadableFileError extends Error {
  /** `ENOTREG`: no regular file (a FIFO, a device, a folder). `EFBIG`: larger than the limit. */
  readonly code: "ENOTREG" | "EFBIG";

  constructor(code: "ENOTREG" | "EFBIG", message: string) {
    super(message);
    this.name = "UnreadableFileError";
    this.code = code;
  }
}

/**
 * Reads a small regular file without ever blocking on it; links are followed.
 * Throws UnreadableFileError for anything else than a regular file and for a file of more than `maxBytes`, and what the file system throws
 * (`ENOENT`, `EACCES`, …).
 */
export function readSmallFile(path: string, maxBytes = SMALL_FILE_BYTES): Buffer {
  // Looked at before it is opened, since opening a device can act on it; and again once it is open, since it may have been swapped.
  checkRegular(path, statSync(path).isFile());
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    checkRegular(path, fstatSync(file).isFile());
    return readToEnd(file, path, maxBytes);
  } finally {
    closeSync(file);
  }
}

/** The same as UTF-8 text. */
export function readSmallText(path: string, maxBytes = SMALL_FILE_BYTES): string {
  return readSmallFile(path, maxBytes).toString("utf8");
}

/** The text of a small file; undefined where it is missing or cannot be read for any reason. Only for files whose absence is harmless. */
export function readSmallTextIfAny(path: string, maxBytes = SMALL_FILE_BYTES): string | undefined {
  try {
    return readSmallText(path, maxBytes);
  } catch {
    return undefined;
  }
}

function checkRegular(path: string, isRegular: boolean): void {
  if (!isRegular) throw new UnreadableFileError("ENOTREG", `${path} is not a regular file`);
}

// Piece by piece and not by its size: files of /proc have size 0, and a file can grow while it is read.
function readToEnd(file: number, path: string, maxBytes: number): Buffer {
  const size = fstatSync(file).size;
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, size - bytes));
    const read = readSync(file, piece, 0, piece.length, null);
    if (read === 0) return Buffer.concat(pieces, bytes);
    bytes += read;
    if (bytes > maxBytes) throw tooLarge(path, maxBytes);
    pieces.push(piece.subarray(0, read));
  }
}

function tooLarge(path: string, maxBytes: number): UnreadableFileError {
  return new UnreadableFileError("EFBIG", `${path} is larger than ${maxBytes} bytes`);
}
