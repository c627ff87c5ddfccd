// Writing the bridge's own files: mode 0600 in folders of mode 0700, whole or not at all.
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { forEachInSlices } from "../domain/slices.ts";

/** Writes a file atomically: a reader sees the old text or the new one. Throws what the file system throws. */
export function writePrivateFile(path: string, text: string | Buffer): void {
  const draft = writeDraft(path, text);
  try {
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

/** Writes a file where there is none; false where there is one. It appears with its text, and only one of many that try at once makes it. */
export function createPrivateFile(path: string, text: string): boolean {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (toFileErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes what writers that are gone have left half done in a folder: drafts last written before `before` (epoch ms), since a pid says nothing of a writer in another container. */
export function sweepDrafts(
  folder: string,
  before: number,
  isGone: (pid: number) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  return forEachInSlices(
    listFolder(folder),
    (name) => {
      const pid = Number(DRAFT_NAME.exec(name)?.[1] ?? Number.NaN);
      const path = join(folder, name);
      if (!Number.isNaN(pid) && isOldFile(path, before) && isGone(pid)) removeQuietly(path);
    },
    signal,
  );
}

/** The code of what the file system throws, e.g. `ENOENT`. */
export function toFileErrorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/**
 * Makes a folder, and those above it that are missing, for this user alone. Throws what the file system throws.
 * Not by `mkdir`'s own way of making those above: where the system says ENOENT of a folder that is there (`/proc/x`), Node never comes back.
 */
export function makePrivateFolder(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    if (toFileErrorCode(error) !== "ENOENT" || dirname(path) === path) throw error;
    makePrivateFolder(dirname(path));
    makeOne(path);
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    // mkdir's mode is cut by the umask, never widened; an odd umask could leave us without access.
    chmodSync(path, 0o700);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** What a sweep of a folder may be told. */
export interface SweepOptions {
  /** May call the removal or leave it, for files that somebody else may be about to write. */
  readonly guard?: (name: string, remove: () => void) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Removes the files of a folder that were last written before `before` (epoch ms), in slices; missing ones do not matter. */
export function sweepFolder(
  folder: string,
  before: number,
  { guard = (_name, remove) => remove(), signal }: SweepOptions = {},
): Promise<void> {
  return forEachInSlices(
    listFolder(folder),
    (name) => {
      const path = join(folder, name);
      if (!isOldFile(path, before)) return;
      guard(name, () => {
        if (isOldFile(path, before)) removeQuietly(path);
      });
    },
    signal,
  );
}

/** Whether a file was last written before `before` (epoch ms). */
export function isOldFile(path: string, before: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.mtimeMs < before;
}

/** Removes a file where that is possible: what is left is met again by the next sweep. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Another bridge was faster, or the folder cannot be written.
  }
}

/** Names in a folder; empty where it is missing. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const DRAFT_NAME = /\.(\d+)(?:\.[0-9a-f]+)?\.tmp$/;
/** Two bridges in two containers may have one pid: without this they would write into each other's drafts. */
const OWN_TAG = randomBytes(6).toString("hex");

function writeDraft(path: string, text: string | Buffer): string {
  makePrivateFolder(dirname(path));
  const draft = `${path}.${process.pid}.${OWN_TAG}.tmp`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    return draft;
  } catch (error) {
    // On a full disk half of it may be there.
    removeQuietly(draft);
    throw error;
  }
}
