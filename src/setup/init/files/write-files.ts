// Writes the planned files: all of them, or none.
import { linkSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { isThere } from "../../files/paths.ts";
import { toReason } from "../../files/report.ts";
import { toDraftPath } from "../../files/stale-drafts.ts";
import { FileRefusal, readWholeFile, replaceWholeFile, toFileBytes, type WholeFile } from "../../files/whole-file.ts";
import type { PlannedFile } from "./planned-files.ts";

/** A file that a set-up makes. It may hold what only this user should read. */
const MODE = 0o600;
const SHARED_MODE = 0o644;

/** Why nothing was written, worded to follow the path of the file; and what could not be put back. */
export interface WriteFailure {
  readonly path: string;
  readonly reason: string;
  readonly stuck: readonly string[];
}

/** The bytes of a file with a new text. */
export function toBytes(before: WholeFile | undefined, text: string): Buffer {
  return before === undefined ? Buffer.from(text) : toFileBytes(before, text);
}

/** The folders that have to be made for these files, the outer ones first. */
export function listMissingFolders(files: readonly PlannedFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    for (let folder = dirname(path); !isThere(folder) && dirname(folder) !== folder; folder = dirname(folder)) {
      found.add(folder);
    }
  }
  return [...found].sort((a, b) => a.length - b.length);
}

/** Writes them in this order. If one cannot be written, those before it are put back. `isShared` says which new files others may read. */
export function writeFiles(
  files: readonly PlannedFile[],
  folders: readonly string[],
  isShared: (path: string) => boolean,
): WriteFailure | undefined {
  const done: PlannedFile[] = [];
  let path = folders[0] ?? "";
  try {
    for (path of folders) act(() => mkdirSync(path));
    for (const file of files) {
      path = file.path;
      if (file.before === undefined) createFile(path, file.text, isShared(path) ? SHARED_MODE : MODE);
      else replaceWholeFile(file.before, file.text);
      done.push(file);
    }
    return undefined;
  } catch (error) {
    const stuck = done.toReversed().filter((file) => !putBack(file));
    removeFolders(folders);
    return { path, reason: toReason(error), stuck: stuck.map((file) => file.path) };
  }
}

/** Removes those of the folders that are empty. */
export function removeFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody has put something into it, or it is gone.
    }
  }
}

/** Makes a file with its whole text. Throws FileRefusal where one exists, or cannot be made. */
export function createFile(path: string, text: string, mode: number): void {
  const draft = toDraftPath(path);
  try {
    act(() => writeFileSync(draft, text, { flag: "wx", mode }));
    act(() => linkSync(draft, path));
  } finally {
    rmSync(draft, { force: true });
  }
}

function putBack({ path, before, text }: PlannedFile): boolean {
  try {
    const now = readWholeFile(path);
    if (now?.text !== text) return false;
    if (before === undefined) rmSync(path);
    else replaceWholeFile(now, before.text);
    return true;
  } catch {
    return false;
  }
}

function act(work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "EEXIST") throw new FileRefusal("was made by another program meanwhile");
    throw new FileRefusal(`cannot be made (${code})`);
  }
}
