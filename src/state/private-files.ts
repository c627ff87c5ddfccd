// Writing the bridge's own files: mode 0600 in folders of mode 0700, whole or not at all.
import { chmodSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file atomically: a reader sees the old text or the new one. Throws what the file system throws. */
export function writePrivateFile(path: string, text: string | Buffer): void {
  renameSync(writeDraft(path, text), path);
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

/** Removes what writers that are gone have left half done in a folder. */
export function sweepDrafts(folder: string, isGone: (pid: number) => boolean): void {
  for (const name of listFolder(folder)) {
    const pid = Number(DRAFT_NAME.exec(name)?.[1] ?? Number.NaN);
    if (!Number.isNaN(pid) && isGone(pid)) removeQuietly(join(folder, name));
  }
}

/** The code of what the file system throws, e.g. `ENOENT`. */
export function toFileErrorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Makes a folder, and those above it that are missing, for this user alone. */
export function makePrivateFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  // mkdir's mode is cut by the umask, never widened; an odd umask could leave us without access.
  if (made !== undefined) chmodSync(path, 0o700);
}

/**
 * Removes the files of a folder that were last written before `before` (epoch ms); missing ones do not matter.
 * `guard` may call the removal or leave it, for files that somebody else may be about to write.
 */
export function sweepFolder(
  folder: string,
  before: number,
  guard: (name: string, remove: () => void) => void = (_name, remove) => remove(),
): void {
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    if (isOldFile(path, before)) {
      guard(name, () => {
        if (isOldFile(path, before)) removeQuietly(path);
      });
    }
  }
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

const DRAFT_NAME = /\.(\d+)\.tmp$/;

function writeDraft(path: string, text: string | Buffer): string {
  makePrivateFolder(dirname(path));
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  return draft;
}
