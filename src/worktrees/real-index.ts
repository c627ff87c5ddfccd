// The user's own index: read, and given entries as a commit of some paths gives them.
import { join } from "node:path";
import { type BytePath, joinRecords, splitRecords } from "../receipts/snapshots/byte-path.ts";
import type { TreeEntry } from "./kept-entries.ts";
import type { TreeGit } from "./tree-git.ts";

/** An entry. One of an unfinished merge is in it more than once. */
export interface IndexEntry extends TreeEntry {
  readonly isMerged: boolean;
}

/** The entries of an index; none for undefined. Throws GitError. */
export async function listIndex(
  git: TreeGit,
  indexFile: string | undefined,
  signal: AbortSignal,
): Promise<Map<BytePath, IndexEntry>> {
  if (indexFile === undefined) return new Map();
  const run = git.on({ workTree: git.store.repository.top, indexFile }, signal);
  const entries = splitRecords(await run(["ls-files", "-s", "-z"])).flatMap((record): [BytePath, IndexEntry][] => {
    const [, mode = "", oid = "", stage, path] = /^(\d{6}) ([0-9a-f]+) (\d)\t(.*)$/s.exec(record) ?? [];
    return path === undefined ? [] : [[path, { mode, oid, path, isMerged: stage === "0" }]];
  });
  return new Map(entries);
}

/** Puts entries into the user's index; mode `0` removes one. Git locks it meanwhile. Throws GitError. */
export async function writeEntries(git: TreeGit, entries: readonly TreeEntry[], signal: AbortSignal): Promise<void> {
  const { top, gitDir } = git.store.repository;
  const run = git.on({ workTree: top, indexFile: join(gitDir, "index") }, signal);
  const lines = entries.map(({ mode, oid, path }) => `${mode} ${oid} 0\t${path}`);
  await run(["-c", "core.untrackedCache=keep", "update-index", "-z", "--replace", "--index-info"], joinRecords(lines));
}
