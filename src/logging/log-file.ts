// The log file of all bridges with one state folder: appended line by line, put aside when it is large, at a start and while running.
import { closeSync, constants, fstatSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "../state/private-files.ts";

/** A log file of this size is put aside as `bridge.log.1`; what was there before is gone. */
const MAX_LOG_BYTES = 5_000_000;
// Not blocking, since something else may stand in its place.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** Makes a writer of lines; it throws what the file system throws. */
export function createLogFile(stateDir: string, maxBytes = MAX_LOG_BYTES): (line: string) => void {
  const path = join(stateDir, "bridge.log");
  let hasFolder = false;
  return (line) => {
    if (!hasFolder) makePrivateFolder(stateDir);
    hasFolder = true;
    if (append(path, line) >= maxBytes) putAside(path, maxBytes);
  };
}

// Gives the size of the file.
function append(path: string, line: string): number {
  const file = openSync(path, FLAGS, 0o600);
  try {
    writeSync(file, line);
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

// Looked at again: another bridge may have put it aside just now, and its first lines must not take the place of all before.
function putAside(path: string, maxBytes: number): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= maxBytes) renameSync(path, `${path}.1`);
}
