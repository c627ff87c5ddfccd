// Tells whether a file has changed without reading it.
import { statSync } from "node:fs";

/** A text that changes whenever the file does; empty if there is no file. */
export function readStamp(path: string): string {
  try {
    // Most of the files that are asked about are missing, and an exception takes longer than the look.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "";
    // mtime and size are not enough: both can stay the same, and mtime can be set back.
    return `${stat.mtimeMs}:${stat.ctimeMs}:${stat.size}:${stat.ino}`;
  } catch {
    return "";
  }
}
