// Takes a snapshot of a repository's working tree: every file that git does not ignore, tracked or not.

import { createHash } from "node:crypto";
import { accessSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { look } from "../file-state.ts";
import { type BytePath, joinRecords, splitRecords, toFilePath } from "./byte-path.ts";
import { GitError, type RunGit } from "./git-program.ts";
import { dropIndex, seedIndex } from "./seed-index.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** A file that is known but not stored: it cannot be restored. */
export interface UnstoredFile {
  readonly path: BytePath;
  /** Bytes. */
  readonly size: number;
  /** Tells two states of the file apart. */
  readonly mark: string;
}

/** A snapshot. */
export interface GitSnapshot {
  readonly kind: "git";
  readonly store: SnapshotStore;
  /** When it was begun, epoch ms. */
  readonly startedAt: number;
  /** Id of the tree of all stored files. */
  readonly tree: string;
  readonly unstored: readonly UnstoredFile[];
  /** Repositories within this one, which no snapshot covers. */
  readonly nested: readonly BytePath[];
}

/** An untracked file that is larger is not stored. */
export const LARGE_BYTES = 5 * 1_048_576;
/** More files than this have hardly been changed by a turn: an ignore rule was. */
const MOST_NEW = 50_000;
/** New files with more bytes in all are not stored either. */
const MOST_NEW_BYTES = 268_435_456;
/** A known file that has grown beyond this is no longer stored. */
const HUGE_BYTES = 104_857_600;
/** A file may vanish while it is read; an index may name what is gone. */
const TRIES = 3;

/** Takes a snapshot. Throws GitError, or what the file system throws. The caller must not take two at once of one store. */
export async function takeGitSnapshot(store: SnapshotStore, signal: AbortSignal): Promise<GitSnapshot> {
  const startedAt = Date.now();
  await seedIndex(store, signal);
  const git = store.toGit(signal);
  for (let left = TRIES; ; left -= 1) {
    try {
      return await takeOnce(store, git, startedAt);
    } catch (error) {
      if (left <= 1 || signal.aborted || !(error instanceof GitError)) throw error;
      if (left === 2) dropIndex(store);
    }
  }
}

async function takeOnce(store: SnapshotStore, git: RunGit, startedAt: number): Promise<GitSnapshot> {
  const found = sortFiles(store.repository.top, await listChanged(git));
  const count = found.gone.length + found.there.length;
  if (count > MOST_NEW) throw new GitError("ls-files", `${count} files are new or changed`);
  if (found.gone.length > 0) {
    await git(["update-index", "-z", "--force-remove", "--stdin"], joinRecords(found.gone));
  }
  if (found.there.length > 0) {
    await git(["update-index", "-z", "--add", "--replace", "--stdin"], joinRecords(found.there));
  }
  const tree = (await git(["write-tree"])).toString("latin1").trim();
  return { kind: "git", store, startedAt, tree, unstored: found.unstored, nested: found.nested };
}

interface Listed {
  readonly path: BytePath;
  readonly isNew: boolean;
}

// Files that differ from the index of the last snapshot.
async function listChanged(git: RunGit): Promise<Listed[]> {
  const records = splitRecords(await git(["ls-files", "-z", "-t", "-m", "-d", "-o", "--exclude-standard"]));
  const isNew = new Map<BytePath, boolean>();
  // `R a` (removed) comes beside `C a` (changed); `? a` is new.
  for (const record of records) isNew.set(record.slice(2), record.startsWith("?"));
  return [...isNew].map(([path, isNew]) => ({ path, isNew }));
}

interface SortedFiles {
  /** To be taken from the index. */
  readonly gone: BytePath[];
  /** To be read into it. */
  readonly there: BytePath[];
  readonly unstored: UnstoredFile[];
  readonly nested: BytePath[];
}

function sortFiles(top: string, listed: readonly Listed[]): SortedFiles {
  const sorted: SortedFiles = { gone: [], there: [], unstored: [], nested: [] };
  const isLinked = createLinkFinder(top);
  let newBytes = 0;
  const isTooLarge = (size: number, isNew: boolean): boolean => {
    if (!isNew) return size > HUGE_BYTES;
    if (size > LARGE_BYTES || newBytes + size > MOST_NEW_BYTES) return true;
    newBytes += size;
    return false;
  };
  for (const { path, isNew } of listed) {
    if (path.endsWith("/")) {
      sorted.nested.push(path);
      continue;
    }
    const file = toFilePath(top, path);
    const stat = isLinked(path) ? undefined : look(file);
    const isStored = stat?.isFile() === true || stat?.isSymbolicLink() === true;
    if (stat === undefined || !isStored) {
      if (!isNew) sorted.gone.push(path);
    } else if (stat.isFile() && (isTooLarge(stat.size, isNew) || !isReadable(file))) {
      sorted.unstored.push({ path, size: stat.size, mark: markFile(file, stat.mtimeMs) });
      if (!isNew) sorted.gone.push(path);
    } else {
      sorted.there.push(path);
    }
  }
  return sorted;
}

// Whether a folder above the file is a link now: then the file is somewhere else.
function createLinkFinder(top: string): (path: BytePath) => boolean {
  const known = new Map<BytePath, boolean>([["", false]]);
  const isLink = (folder: BytePath): boolean => {
    const seen = known.get(folder);
    if (seen !== undefined) return seen;
    const stat = look(toFilePath(top, folder));
    const answer = isLink(toParent(folder)) || stat?.isSymbolicLink() === true;
    known.set(folder, answer);
    return answer;
  };
  return (path) => isLink(toParent(path));
}

const toParent = (path: BytePath): BytePath => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function isReadable(file: Buffer): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const PIECE_BYTES = 65_536;

// Its beginning and its end; where they cannot be read, its time.
function markFile(path: Buffer, mtimeMs: number): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const { size } = fstatSync(file);
      const hash = createHash("sha256").update(String(size));
      for (const from of [0, Math.max(0, size - PIECE_BYTES)]) {
        const piece = Buffer.alloc(PIECE_BYTES);
        hash.update(piece.subarray(0, readSync(file, piece, 0, PIECE_BYTES, from)));
      }
      return hash.digest("hex");
    } finally {
      closeSync(file);
    }
  } catch {
    return `mtime ${mtimeMs}`;
  }
}
