// What a commit must keep though no snapshot covers it: submodules, and files that a sparse checkout leaves out. Without these, a merge of the
// proposal's branch would remove them.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../files/small-file.ts";
import { look } from "../receipts/file-state.ts";
import { type BytePath, joinRecords, splitRecords, toFilePath } from "../receipts/snapshots/byte-path.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import { MOST_INDEX_BYTES } from "../receipts/snapshots/index-entries.ts";
import { writePrivateFile } from "../state/private-files.ts";
import type { TreeGit } from "./tree-git.ts";

/** An entry of an index or of a tree. */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
  readonly path: BytePath;
}

export const GITLINK = "160000";

/** A copy of the user's index at `path`, which git can read; false if there is none. */
export async function copyIndex(git: TreeGit, path: string, signal: AbortSignal): Promise<boolean> {
  const { repository } = git.store;
  try {
    writePrivateFile(path, readSmallFile(join(repository.gitDir, "index"), MOST_INDEX_BYTES));
    // A split index names a second file, which is not here.
    await git.on({ workTree: repository.top, indexFile: path }, signal)(["ls-files", "-z"]);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    if (signal.aborted) throw error;
    return false;
  }
}

/** The entries to keep, by the index at `indexFile`. Throws GitError. */
export async function listKept(git: TreeGit, indexFile: string, signal: AbortSignal): Promise<TreeEntry[]> {
  const { top } = git.store.repository;
  const output = await git.on({ workTree: top, indexFile }, signal)(["ls-files", "-z", "-t", "-s"]);
  return splitRecords(output).flatMap((record) => {
    // `TAG MODE OID STAGE`, a tab, the path. `S` stands for what a sparse checkout leaves out.
    const [, tag, mode = "", oid = "", stage, path = ""] = /^(.) (\d{6}) ([0-9a-f]+) (\d)\t(.*)$/s.exec(record) ?? [];
    if (stage !== "0") return [];
    const isKept = mode === GITLINK ? isSubmodule(top, path) : tag === "S" && look(toFilePath(top, path)) === undefined;
    return isKept ? [{ mode, oid, path }] : [];
  });
}

// The user may have put files in its place.
function isSubmodule(top: string, path: BytePath): boolean {
  const folder = toFilePath(top, path);
  const stat = look(folder);
  return stat === undefined || (stat.isDirectory() && existsSync(Buffer.concat([folder, Buffer.from("/.git")])));
}

/** A tree with these entries alone; undefined for none. Throws GitError. */
export async function writeKept(
  git: TreeGit,
  entries: readonly TreeEntry[],
  indexFile: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (entries.length === 0) return undefined;
  rmSync(indexFile, { force: true });
  try {
    return await addEntries(git, entries, indexFile, signal);
  } finally {
    rmSync(indexFile, { force: true });
  }
}

/** Adds entries to an index and writes its tree. Throws GitError. */
export async function addEntries(
  git: TreeGit,
  entries: readonly TreeEntry[],
  indexFile: string,
  signal: AbortSignal,
): Promise<string> {
  const run = git.on({ workTree: git.store.repository.top, indexFile }, signal);
  const lines = entries.map(({ mode, oid, path }) => `${mode} ${oid} 0\t${path}`);
  if (lines.length > 0) await run(["update-index", "-z", "--replace", "--index-info"], joinRecords(lines));
  // The contents of what a sparse or partial clone leaves out may not be here.
  return (await run(["write-tree", "--missing-ok"])).toString("latin1").trim();
}

/** The entries of a tree; none for undefined. Throws GitError. */
export async function listTree(git: TreeGit, tree: string | undefined, signal: AbortSignal): Promise<TreeEntry[]> {
  if (tree === undefined) return [];
  const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
  return splitRecords(await run(["ls-tree", "-r", "-z", tree])).map((record) => {
    const [, mode = "", oid = "", path = ""] = /^(\d{6}) \w+ ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
    if (oid === "") throw new GitError("ls-tree", `unknown line ${JSON.stringify(record.slice(0, 100))}`);
    return { mode, oid, path };
  });
}
