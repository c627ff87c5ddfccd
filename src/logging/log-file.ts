// The log file of all bridges with one state folder. It is appended line by line, and rotated once it is large.
import { closeSync, constants, fstatSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "../state/private-files.ts";

/** A log file of this size is renamed to `bridge.log.1`, which replaces the one before. */
const MAX_LOG_BYTES = 5_000_000;
// Non-blocking, since a FIFO may stand in its place.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** Creates a writer of lines, which throws what the file system throws. */
export function createLogFile(stateDir: string, maxBytes = MAX_LOG_BYTES): (line: string) => void {
  const path = join(stateDir, "bridge.log");
  let hasFolder = false;
  return (line) => {
    if (!hasFolder) makePrivateFolder(stateDir);
    hasFolder = true;
    if (append(path, line) >= maxBytes) putAside(path, maxBytes);
  };
}

// Returns the new size of the file.
function append(path: string, line: string): number {
  const file = openSync(path, FLAGS, 0o600);
  try {
    writeSync(file, line);
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

// The size is read again: another bridge may have rotated the file just now, and a file of a few lines must not replace the old log.
function putAside(path: string, maxBytes: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= maxBytes) renameSync(path, `${path}.1`);
}
