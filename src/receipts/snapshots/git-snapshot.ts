// Takes a snapshot of a repository's working tree: every file that git does not ignore, tracked or not.

import { accessSync, constants, type Stats } from "node:fs";
import { look } from "../file-state.ts";
import { type FileSample, sampleFile } from "../sample-file.ts";
import { type BytePath, joinRecords, splitRecords, toFilePath } from "./byte-path.ts";
import {
  changePermissions,
  type FilePermissions,
  findUnnoticed,
  keepPermissions,
  readPermissions,
} from "./file-permissions.ts";
import { GitError } from "./git-error.ts";
import type { RunGit } from "./git-program.ts";
import { findMoved } from "./moved-files.ts";
import { isRefusedName } from "./refused-names.ts";
import { dropIndex, seedIndex } from "./seed-index.ts";
import type { SnapshotStore } from "./snapshot-store.ts";
import { findUnreadFolders } from "./unread-folders.ts";

/** A file that is known but not stored: it cannot be restored. */
export interface UnstoredFile {
  readonly path: BytePath;
  /** Bytes. */
  readonly size: number;
  /** undefined where it cannot be read. */
  readonly sample: FileSample | undefined;
  readonly ctimeMs: number;
}

/** A snapshot. */
export interface GitSnapshot {
  readonly kind: "git";
  readonly store: SnapshotStore;
  /** When it was begun, epoch ms. */
  readonly startedAt: number;
  /** Id of the tree of all stored files. */
  readonly tree: string;
  readonly permissions: FilePermissions;
  /** Paths that are new since the last snapshot, of files that stood elsewhere in it. */
  readonly moved: ReadonlySet<BytePath>;
  readonly unstored: readonly UnstoredFile[];
  /** Repositories within this one, which no snapshot covers. */
  readonly nested: readonly BytePath[];
  /** Folders that cannot be read: what the tree has of them is what it had before. */
  readonly unread: readonly BytePath[];
}

/** An untracked file that is larger is not stored. */
export const LARGE_BYTES = 5 * 1_048_576;
/** More files than this have hardly been changed by a turn: an ignore rule was. */
const MOST_NEW = 50_000;
/** New files with more bytes in all are not stored either. */
const MOST_NEW_BYTES = 268_435_456;
/** A known file that has grown beyond this is no longer stored. */
const HUGE_BYTES = 104_857_600;
/** A file may vanish while it is read, or become a folder; an index may name what is gone. */
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
  const { known, seen } = await readPermissions(store, git);
  const { listed, hasWarned } = await listChanged(git);
  const added = listed.filter(({ isNew }) => isNew).map(({ path }) => path);
  if (added.length > MOST_NEW) throw new GitError("ls-files", `${added.length} files are new`);
  const changed = listed.filter(({ isNew }) => !isNew).map(({ path }) => path);
  const moved = await findMoved(store, git, { known: changed, added });
  const isListed = new Set(listed.map(({ path }) => path));
  const unnoticed = findUnnoticed(known, seen).filter((path) => !isListed.has(path));
  const also = unnoticed.map((path) => ({ path, isNew: false }));
  const found = sortFiles(store.repository.top, [...listed, ...also]);
  const permissions = changePermissions(known, new Map([...seen, ...found.seen]), startedAt);
  // Before the index: a file that it takes for unchanged is not looked at again.
  keepPermissions(store, known, permissions);
  // Git would not read again what it takes for unchanged.
  const gone = [...found.gone, ...unnoticed];
  if (gone.length > 0) {
    await git(["update-index", "-z", "--force-remove", "--stdin"], joinRecords(gone));
  }
  if (found.there.length > 0) {
    const bulk = found.there.length < MANY ? [] : await toBulkOptions(git);
    await git([...bulk, "update-index", "-z", "--add", "--replace", "--stdin"], joinRecords(found.there));
  }
  // Git lists nothing new in a folder while its index has a file of that name.
  if (found.gone.some((path) => look(toFilePath(store.repository.top, path))?.isDirectory())) {
    throw new GitError("ls-files", "a folder took the place of a file while the files were read");
  }
  const tree = (await git(["write-tree"])).toString("latin1").trim();
  const unread = hasWarned ? await findUnreadFolders(store.repository.top) : [];
  const { unstored, nested } = found;
  return { kind: "git", store, startedAt, tree, permissions, moved, unstored, nested, unread };
}

interface Listed {
  readonly path: BytePath;
  readonly isNew: boolean;
}

// Files that differ from the index of the last snapshot, be it only by their times. git's `ls-files -m` leaves those out whose content is the same,
// and so a change of permissions.
async function listChanged(git: RunGit) {
  let hasWarned = false;
  const warn = (): void => {
    hasWarned = true;
  };
  const [changed, added] = await Promise.all([
    git(["diff-files", "-z", "--name-status"], undefined, undefined, warn),
    git(["ls-files", "-z", "-o", "--exclude-standard"], undefined, undefined, warn),
  ]);
  // Records: status, path.
  const known = splitRecords(changed).filter((_, index) => index % 2 === 1);
  const listed: Listed[] = [
    ...known.map((path) => ({ path, isNew: false })),
    ...splitRecords(added).map((path) => ({ path, isNew: true })),
  ];
  return { listed, hasWarned };
}

/** From this many files on, one pack is written faster than a file for each. */
const MANY = 100;

// Git streams what it takes for a big file into a pack, one for all of a command since 2.38; before, one for each file.
async function toBulkOptions(git: RunGit): Promise<string[]> {
  const [, major, minor] = /(\d+)\.(\d+)/.exec((await git(["version"])).toString("latin1")) ?? [];
  const isOld = Number(major) < 2 || (Number(major) === 2 && Number(minor) < 38);
  return isOld ? [] : ["-c", "core.bigFileThreshold=1"];
}

interface SortedFiles {
  /** To be taken from the index. */
  readonly gone: BytePath[];
  /** To be read into it. */
  readonly there: BytePath[];
  readonly unstored: UnstoredFile[];
  readonly nested: BytePath[];
  /** Of those that are gone or there. */
  readonly seen: Map<BytePath, Stats | undefined>;
}

function sortFiles(top: string, listed: readonly Listed[]): SortedFiles {
  const sorted: SortedFiles = { gone: [], there: [], unstored: [], nested: [], seen: new Map() };
  const isLinked = createLinkFinder(top);
  let newBytes = 0;
  const isTooLarge = (size: number, isNew: boolean): boolean => {
    if (!isNew) return size > HUGE_BYTES;
    if (size > LARGE_BYTES || newBytes + size > MOST_NEW_BYTES) return true;
    newBytes += size;
    return false;
  };
  const isHidden = (file: Buffer, { size }: Stats, isNew: boolean): boolean =>
    isTooLarge(size, isNew) || !isReadable(file);
  for (const { path, isNew } of listed) {
    if (path.endsWith("/")) {
      sorted.nested.push(path);
      continue;
    }
    const file = toFilePath(top, path);
    const stat = isLinked(path) ? undefined : look(file);
    sorted.seen.set(path, stat?.isFile() === true ? stat : undefined);
    const isStored = stat?.isFile() === true || stat?.isSymbolicLink() === true;
    if (stat === undefined || !isStored) {
      if (!isNew) sorted.gone.push(path);
    } else if (isRefusedName(path, stat.isSymbolicLink()) || (stat.isFile() && isHidden(file, stat, isNew))) {
      const { size, ctimeMs } = stat;
      sorted.unstored.push({ path, size, ctimeMs, sample: sampleFile(file) });
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
