// Finds new files that are known files under another name: a moved file keeps its inode, whatever is written to it afterwards.
import { statSync } from "node:fs";
import { look } from "../file-state.ts";
import { type BytePath, toFilePath } from "./byte-path.ts";
import type { RunGit } from "./git-program.ts";
import { listIndexEntries } from "./index-entries.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** What differs from the index of the last snapshot. */
export interface ListedPaths {
  readonly known: readonly BytePath[];
  readonly added: readonly BytePath[];
}

/**
 * The added paths whose file stood at one of the known paths at the last snapshot. Call it before the index is brought up to date. Git is asked
 * only where an added file is older than that index. Throws GitError.
 */
export async function findMoved(
  { repository: { top }, indexFile }: Pick<SnapshotStore, "repository" | "indexFile">,
  git: RunGit,
  { known, added }: ListedPaths,
): Promise<ReadonlySet<BytePath>> {
  if (known.length === 0) return new Set();
  const indexedAt = statSync(indexFile, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  const inodes = new Map<BytePath, number>();
  for (const path of added) {
    const stat = look(toFilePath(top, path));
    if (stat?.isFile() === true && stat.birthtimeMs < indexedAt) inodes.set(path, toIndexInode(stat.ino));
  }
  if (inodes.size === 0) return new Set();
  const isKnown = new Set(known);
  const entries = (await listIndexEntries(git)).filter(({ path }) => isKnown.has(path));
  const left = new Set(entries.map(({ inode }) => inode));
  return new Set([...inodes].filter(([, inode]) => left.has(inode)).map(([path]) => path));
}

// The index has 32 bits of it.
const toIndexInode = (inode: number): number => inode % 2 ** 32;
