// The first index of a bridge for a repository. It is a copy, so that the first snapshot need not read every file.
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../../files/small-file.ts";
import { isOldFile, writePrivateFile } from "../../state/private-files.ts";
import { look } from "../file-state.ts";
import { type BytePath, joinRecords, splitRecords, toFilePath } from "./byte-path.ts";
import { toPermissionsFile } from "./file-permissions.ts";
import type { RunGit } from "./git-program.ts";
import { type IndexEntry, listIndexEntries, MOST_INDEX_BYTES } from "./index-entries.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Begins with an empty index: the one that is there names contents that are gone, say. */
export function dropIndex(store: SnapshotStore): void {
  rmSync(store.indexFile, { force: true });
}

/** Makes the index where it is missing. Without a copy git reads every file once. Never rejects but by an abort. */
export async function seedIndex(store: SnapshotStore, signal: AbortSignal): Promise<void> {
  // A git that was killed leaves its lock. No other one uses this index.
  rmSync(`${store.indexFile}.lock`, { force: true });
  if (existsSync(store.indexFile)) return;
  const other = findNewest(store.folder);
  try {
    if (other !== undefined) {
      copyFileSync(other, store.indexFile);
      copyTime(other, store.indexFile);
      copyIfThere(toPermissionsFile(other), toPermissionsFile(store.indexFile));
      removeOld(store.folder, other);
      return;
    }
    // Somebody may have put a FIFO there, or a file of a terabyte.
    const path = join(store.repository.gitDir, "index");
    writePrivateFile(store.indexFile, readSmallFile(path, MOST_INDEX_BYTES));
    copyTime(path, store.indexFile);
    await correctEntries(store, signal);
  } catch {
    // A split index, a damaged one, none yet: whatever the reason, an empty index is right too.
    rmSync(store.indexFile, { force: true });
    signal.throwIfAborted();
  }
}

// Another bridge's index for the same repository.
function findNewest(folder: string): string | undefined {
  const files = readdirSync(folder).filter((name) => name.startsWith("index-") && !name.endsWith(".lock"));
  const dated = files.map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }));
  return dated.sort((one, two) => two.at - one.at)[0]?.path;
}

const OLD_MS = 86_400_000;

// Of bridges that are gone. One that lives makes its index again.
function removeOld(folder: string, newest: string): void {
  for (const name of readdirSync(folder).filter((name) => name.startsWith("index-"))) {
    const path = join(folder, name);
    if (path === newest || !isOldFile(path, Date.now() - OLD_MS)) continue;
    for (const old of [path, toPermissionsFile(path)]) rmSync(old, { force: true });
  }
}

// Without them every file is looked at once.
function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) copyFileSync(from, to);
}

// By the time of the index git knows which files may have changed since without a trace in their own times.
function copyTime(from: string, to: string): void {
  const { atime, mtime } = statSync(from);
  utimesSync(to, atime, mtime);
}

const GITLINK = "160000";
/** Flags of entries whose files git would not look at, or leave out: assume-unchanged, intent-to-add. */
const ODD_FLAGS = 0x8000 | 0x2000_0000;
const SKIP_WORKTREE = 0x4000_0000;

// An entry of the user's index can differ from the file byte by byte, where a filter or a line-end setting stands between them. Such an entry loses
// the file's times, so that git reads the file.
async function correctEntries(store: SnapshotStore, signal: AbortSignal): Promise<void> {
  const git = store.toGit(signal);
  const entries = await listIndexEntries(git);
  const sizes = await readSizes(git, entries);
  const filtered = await findFiltered(store, entries, signal);
  const lines = entries.flatMap((entry, index) => {
    const { mode, oid, path, flags, size } = entry;
    // Repositories in it are not part of it, and an entry of a merge is three.
    if (mode === GITLINK || !entry.isMerged) return [toRemoval(entry)];
    // Left out of a sparse checkout, unless it is there all the same. Git would not look at one that comes there later.
    const isSkipped = (flags & SKIP_WORKTREE) !== 0;
    if (isSkipped && look(toFilePath(store.repository.top, path)) === undefined) return [toRemoval(entry)];
    const isPlain = !isSkipped && (flags & ODD_FLAGS) === 0 && size === sizes[index] && !filtered.has(path);
    return isPlain ? [] : [`${mode} ${oid} 0\t${path}`];
  });
  if (lines.length > 0) await git(["update-index", "-z", "--index-info"], joinRecords(lines));
}

const toRemoval = ({ oid, path }: IndexEntry): string => `0 ${"0".repeat(oid.length)} 0\t${path}`;

async function readSizes(git: RunGit, entries: readonly IndexEntry[]): Promise<(number | undefined)[]> {
  const asked = Buffer.from(entries.map(({ oid }) => `${oid}\n`).join(""));
  const lines = (await git(["cat-file", "--batch-check=%(objectsize)"], asked)).toString("latin1").split("\n");
  // An object that is missing is told with words.
  return entries.map((_, index) => (/^\d+$/.test(lines[index] ?? "") ? Number(lines[index]) : undefined));
}

async function findFiltered(
  store: SnapshotStore,
  entries: readonly IndexEntry[],
  signal: AbortSignal,
): Promise<Set<BytePath>> {
  const paths = joinRecords(entries.map(({ path }) => path));
  const told = splitRecords(await store.askAttributes(["check-attr", "-z", "--stdin", "filter"], signal, paths));
  const filtered = new Set<BytePath>();
  // Records: path, attribute, value.
  for (let at = 0; at + 2 < told.length; at += 3) {
    if (told[at + 2] !== "unspecified") filtered.add(told[at] ?? "");
  }
  return filtered;
}
