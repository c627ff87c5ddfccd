// Writes the bridge's own files: atomically, with mode 0600 in folders of mode 0700.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { forEachInSlices } from "../domain/slices.ts";

/** Writes a file atomically: a reader sees either the old text or the new one. Throws what the file system throws. */
export function writePrivateFile(path: string, text: string | Buffer): void {
  const draft = writeDraft(path, text);
  try {
    renameSync(draft, path);
  } catch (error) {
    removeQuietly(draft);
    throw error;
  }
}

/** Creates a file with its whole text; returns false where it exists. Of several callers at once only one succeeds. Throws what the file system throws. */
export function createPrivateFile(path: string, text: string): boolean {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (toFileErrorCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    removeFile(draft);
  }
}

/**
 * Removes the drafts that dead writers left in a folder. Only those last written before `before` (epoch ms): the writer may live in another
 * container, where its pid means another process.
 */
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

/** The code of a file system error, such as `ENOENT`; undefined for another value. */
export function toFileErrorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/**
 * Creates a folder and its missing parents, for this user alone. Throws what the file system throws.
 * It does not use `recursive: true`: Node loops for ever where the system answers ENOENT although the parent exists (`/proc/x`).
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
    // The umask can remove bits from mkdir's mode: an unusual one would leave this process without access.
    chmodSync(path, 0o700);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}

/** Options of sweepFolder. */
export interface SweepOptions {
  /** Decides whether a file is removed, by calling `remove` or not. For files that another bridge may be about to write. */
  readonly guard?: (name: string, remove: () => void) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Removes the files of a folder that were last written before `before` (epoch ms), in slices. Ignores files that are gone by then. */
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

/** Has sweeps count the age of a file from `time` (epoch ms) instead of its last write. Throws what the file system throws. */
export function keepUntil(path: string, time: number): void {
  utimesSync(path, new Date(time), new Date(time));
}

/** Removes a file, if there is one. Throws what the file system throws. It looks half as often as `rmSync`, and a turn removes several. */
export function removeFile(path: string): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
  } catch (error) {
    // Somebody else was quicker.
    if (toFileErrorCode(error) !== "ENOENT") throw error;
  }
}

/** Removes a file if possible. Otherwise the next sweep finds it again. */
export function removeQuietly(path: string): void {
  try {
    removeFile(path);
  } catch {
    // Another bridge has removed it, or the folder cannot be written.
  }
}

/** Names in a folder; empty where the folder is missing or cannot be read. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const DRAFT_NAME = /\.(\d+)(?:\.[0-9a-f]+)?\.tmp$/;
/** Bridges in different containers may have the same pid; this keeps their drafts apart. */
const OWN_TAG = randomBytes(6).toString("hex");

function writeDraft(path: string, text: string | Buffer): string {
  const draft = `${path}.${process.pid}.${OWN_TAG}.tmp`;
  try {
    writeInFolder(draft, text);
    return draft;
  } catch (error) {
    // On a full disk a part of it may have been written.
    removeQuietly(draft);
    throw error;
  }
}

// The folder is nearly always there.
function writeInFolder(path: string, text: string | Buffer): void {
  const write = (): void => writeFileSync(path, text, { mode: 0o600 });
  try {
    write();
  } catch (error) {
    if (toFileErrorCode(error) !== "ENOENT") throw error;
    makePrivateFolder(dirname(path));
    write();
  }
}
