// Reads files that should be small and ordinary: configuration, records, `.git` files. Others can write many of them, and may put a FIFO,
// a device or a file of gigabytes in their place. A plain read of these blocks the whole process or fills its memory.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from "node:fs";

/** Size limit if the caller names none: 4 MiB. Real configuration and records have a few KiB. */
export const SMALL_FILE_BYTES = 4_194_304;

const CHUNK_BYTES = 65_536;

/** A file that was not read because of what it is. `code` looks like the file system's own error codes. */
export class UnreadableFileError extends Error {
  /** `ENOTREG`: not a regular file (a FIFO, a device, a folder). `EFBIG`: larger than the limit. */
  readonly code: "ENOTREG" | "EFBIG";

  constructor(code: "ENOTREG" | "EFBIG", message: string) {
    super(message);
    this.name = "UnreadableFileError";
    this.code = code;
  }
}

/** How a file is read. */
interface Reading {
  /** Whether the file may be a link; default true. Folders on the way to it may be links. */
  readonly follows?: boolean;
}

/**
 * Reads a small regular file without ever blocking.
 * Throws UnreadableFileError for anything but a regular file of at most `maxBytes`, and the file system's own errors (`ENOENT`, `EACCES`,
 * …).
 */
export function readSmallFile(path: string, maxBytes = SMALL_FILE_BYTES, { follows = true }: Reading = {}): Buffer {
  // Checked before it is opened, since opening a device can act on it, and again afterwards, since it may have been replaced.
  checkRegular(path, (follows ? statSync(path) : lstatSync(path)).isFile());
  const how = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  const file = openSync(path, follows ? how : how | constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(file);
    checkRegular(path, stat.isFile());
    return readToEnd(file, { path, size: stat.size, maxBytes });
  } finally {
    closeSync(file);
  }
}

/** The same as UTF-8 text. */
export function readSmallText(path: string, maxBytes = SMALL_FILE_BYTES, reading: Reading = {}): string {
  return readSmallFile(path, maxBytes, reading).toString("utf8");
}

/** The text of a small file; undefined if it cannot be read for any reason. Use it only where a missing file is harmless. */
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

interface OpenFile {
  readonly path: string;
  readonly size: number;
  readonly maxBytes: number;
}

// Reads piece by piece instead of by size: files in /proc have size 0, and a file can grow while it is read.
function readToEnd(file: number, { path, size, maxBytes }: OpenFile): Buffer {
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  const pieces: Buffer[] = [];
  // One byte more than the size: the read that finds the end needs room too.
  let piece = Buffer.allocUnsafe(size === 0 ? CHUNK_BYTES : size + 1);
  let used = 0;
  for (let bytes = 0; ; ) {
    const read = readSync(file, piece, used, piece.length - used, null);
    if (read === 0) return Buffer.concat([...pieces, piece.subarray(0, used)], bytes);
    bytes += read;
    used += read;
    if (bytes > maxBytes) throw tooLarge(path, maxBytes);
    if (used < piece.length) continue;
    pieces.push(piece);
    piece = Buffer.allocUnsafe(CHUNK_BYTES);
    used = 0;
  }
}

function tooLarge(path: string, maxBytes: number): UnreadableFileError {
  return new UnreadableFileError("EFBIG", `${path} is larger than ${maxBytes} bytes`);
}
