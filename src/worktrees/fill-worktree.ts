// Writes the files of a worktree: those of a snapshot, byte by byte, and what git needs to show there what it shows to the user.
import { constants, copyFileSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toPrintableLine } from "../domain/printable.ts";
import { findRealPath } from "../files/real-path.ts";
import { type BytePath, toFilePath, toReadablePath } from "../receipts/snapshots/byte-path.ts";
import type { GitSnapshot, UnstoredFile } from "../receipts/snapshots/git-snapshot.ts";
import { listFolder } from "../state/private-files.ts";
import type { Proposal, ProposalFiles } from "../state/proposal-files.ts";
import { copyIndex, GITLINK, listKept, type TreeEntry, writeKept } from "./kept-entries.ts";
import type { TreeGit } from "./tree-git.ts";
import { putIndex, toEntryPath } from "./worktree-folder.ts";

/** What was made of it. */
export interface FilledTree {
  /** As the proposal's. */
  readonly keptTree: string | undefined;
  readonly warnings: readonly string[];
}

/** The index by which the bridge sees what changes in a worktree. */
export function toIndexPath(git: TreeGit, id: string): string {
  return join(git.store.folder, `${id}${INDEX_SUFFIX}`);
}

const INDEX_SUFFIX = ".index";

/** Whether a store has the trees of a proposal that is not over, or may not be, or whose worktree was kept. Never throws. */
export function hasOpenProposal(files: Pick<ProposalFiles, "find">, store: string): boolean {
  const names = listFolder(store).filter((name) => name.endsWith(INDEX_SUFFIX));
  return names.some((name) => {
    try {
      const stored = files.find(undefined, name.slice(0, -INDEX_SUFFIX.length));
      if (stored.kind !== "record") return stored.kind !== "absent";
      const { state, worktree } = stored.value;
      return state === "open" || state === "making" || lstatSync(worktree, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return true;
    }
  });
}

/** Files that are not stored are copied up to this many bytes in all. */
const MOST_COPIED = 2_147_483_648;

/** Fills the folder of a worktree, which has its entry already. Throws GitError, and what the file system throws. */
export async function fillWorktree(
  git: TreeGit,
  { id, worktree, commonDir, head }: Pick<Proposal, "id" | "worktree" | "commonDir" | "head">,
  snapshot: GitSnapshot,
  signal: AbortSignal,
): Promise<FilledTree> {
  const { top } = git.store.repository;
  const run = git.on({ workTree: worktree, indexFile: toIndexPath(git, id) }, signal);
  await run(["read-tree", "-u", "--reset", snapshot.tree]);
  const left = copyUnstored({ top, worktree }, snapshot.unstored);
  const copy = join(git.store.folder, `${id}.user-index`);
  try {
    const hasIndex = (await copyIndex(git, copy, signal)) || (await readHeadIndex(git, copy, head, signal));
    const kept = hasIndex ? await listKept(git, copy, signal) : [];
    makeSubmoduleFolders(worktree, kept);
    const keptTree = await writeKept(git, kept, join(git.store.folder, `${id}.kept-index`), signal);
    if (hasIndex) await giveIndex(git, { copy, worktree, entry: toEntryPath({ commonDir, id }) }, signal);
    return { keptTree, warnings: describeMissing(snapshot, left) };
  } finally {
    rmSync(copy, { force: true });
  }
}

interface IndexToGive {
  readonly copy: string;
  readonly worktree: string;
  readonly entry: string;
}

// An index that cannot be copied, or none: that of HEAD is the next best. Gives false before the first commit.
async function readHeadIndex(git: TreeGit, copy: string, head: string | undefined, signal: AbortSignal) {
  if (head === undefined) return false;
  await git.on({ workTree: git.store.repository.top, indexFile: copy }, signal)(["read-tree", head]);
  return true;
}

// What the user has staged is staged there too. The times of the files are noted: in the sandbox git cannot, and would read each file each time.
async function giveIndex(git: TreeGit, given: IndexToGive, signal: AbortSignal): Promise<void> {
  const { copy, worktree, entry } = given;
  const run = git.on({ workTree: worktree, indexFile: copy }, signal);
  // It exits with 1 where a file differs from the index.
  await run(["update-index", "-q", "--really-refresh"]).catch(() => {});
  signal.throwIfAborted();
  putIndex(entry, readFileSync(copy));
}

// An empty folder, as in a clone without its submodules.
function makeSubmoduleFolders(worktree: string, kept: readonly TreeEntry[]): void {
  for (const { path } of kept.filter(({ mode }) => mode === GITLINK)) {
    mkdirSync(toFilePath(worktree, path), { recursive: true });
  }
}

// Gives those that could not be copied.
function copyUnstored(
  { top, worktree }: { readonly top: string; readonly worktree: string },
  unstored: readonly UnstoredFile[],
): BytePath[] {
  let bytes = 0;
  return unstored.flatMap(({ path, size }) => {
    bytes += size;
    if (bytes > MOST_COPIED) return [path];
    try {
      const target = toFilePath(worktree, path);
      mkdirSync(target.subarray(0, target.lastIndexOf("/")), { recursive: true });
      copyFileSync(toFilePath(top, path), target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      return [];
    } catch {
      return [path];
    }
  });
}

const MOST_NAMED = 5;

function describeMissing({ nested, unread }: GitSnapshot, left: readonly BytePath[]): string[] {
  const say = (what: string, paths: readonly BytePath[]): string[] => {
    if (paths.length === 0) return [];
    const names = paths.slice(0, MOST_NAMED).map((path) => toPrintableLine(toReadablePath(path)));
    return [`The worktree lacks ${what}: ${names.join(", ")}${paths.length > MOST_NAMED ? ", …" : ""}.`];
  };
  return [
    ...say("the git repositories within this one", nested),
    ...say("what is in folders that cannot be read", unread),
    ...say("files that could not be copied", left),
  ];
}

/** Makes a directory below a worktree where a snapshot has none, such as one that git ignores. Gives its real path; undefined if a link leads out. */
export function makeWorkingDirectory(worktree: string, below: string): string | undefined {
  const path = join(worktree, below);
  mkdirSync(path, { recursive: true });
  return findRealPath(path) === path ? path : undefined;
}
