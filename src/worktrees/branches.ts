// The user's branches: where HEAD is, and the branch of a proposal.
import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { readSmallText, readSmallTextIfAny } from "../files/small-file.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import { refuseBranchLinks } from "./links-out.ts";
import type { TreeGit } from "./tree-git.ts";

/** Where the user's HEAD is. */
export interface HeadPlace {
  /** undefined for a detached HEAD. */
  readonly branch: string | undefined;
  /** undefined before the first commit. */
  readonly commit: string | undefined;
}

/** Reads it. */
export async function readHead(git: TreeGit, signal: AbortSignal): Promise<HeadPlace> {
  const text = readSmallTextIfAny(join(git.store.repository.gitDir, "HEAD")) ?? "";
  const branch = /^ref: refs\/heads\/(.+)/.exec(text)?.[1];
  const commit = branch === undefined ? text.trim() : await readBranch(git, branch, signal);
  return { branch, commit: commit === "" ? undefined : commit };
}

/** The commit of a branch; undefined if there is no such branch. */
export async function readBranch(git: TreeGit, branch: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const found = await git.onBranches(signal)(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}^{commit}`]);
    return found.toString("latin1").trim();
  } catch (error) {
    if (error instanceof GitError && !signal.aborted) return undefined;
    throw error;
  }
}

/** Moves a branch. `from` is where it must be; undefined if it must not exist. Throws GitError, and ISOLATION_FAILED where a link leads out. */
export async function moveBranch(
  git: TreeGit,
  branch: string,
  { to, from }: { readonly to: string; readonly from: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  refuseBranchLinks(git.store.repository.commonDir, branch);
  const none = "0".repeat(to.length);
  await git.onBranches(signal)(["update-ref", "--no-deref", `refs/heads/${branch}`, to, from ?? none]);
}

/** Why a branch was not removed: it has other commits, somebody has it checked out, or its repository could not be opened. */
export type KeptBranch = "moved" | "checked-out" | "unopened";

/**
 * Removes a branch if it is still at `from` and no HEAD names it, but that of the entry `own`; else says why it was kept. Throws as `moveBranch` does, and
 * what the file system throws.
 */
export async function removeBranch(
  git: TreeGit,
  branch: string,
  { from, own }: { readonly from: string; readonly own: string | undefined },
  signal: AbortSignal,
): Promise<KeptBranch | undefined> {
  const now = await readBranch(git, branch, signal);
  if (now === undefined) return undefined;
  if (now !== from) return "moved";
  if (isCheckedOut(git.store.repository.commonDir, branch, own)) return "checked-out";
  refuseBranchLinks(git.store.repository.commonDir, branch);
  await git.onBranches(signal)(["update-ref", "--no-deref", "-d", `refs/heads/${branch}`, from]);
  return undefined;
}

// In the repository itself or one of its worktrees. Without its branch a working tree would show all of its files as new.
function isCheckedOut(commonDir: string, branch: string, own: string | undefined): boolean {
  const entries = join(commonDir, "worktrees");
  const names = existsSync(entries) ? readdirSync(entries).filter((name) => name !== own) : [];
  return [commonDir, ...names.map((name) => join(entries, name))].some((gitDir) => isNamedIn(gitDir, branch));
}

/** A rebase and a bisection take the branch off HEAD, and go back to it at their end. */
const NAMING = ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"];

function isNamedIn(gitDir: string, branch: string): boolean {
  const refs = [`ref: refs/heads/${branch}`, `refs/heads/${branch}`, branch];
  return NAMING.some((name) => {
    const path = join(gitDir, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    // Old versions of git can make HEAD a link to the branch.
    return refs.includes((stat.isSymbolicLink() ? readlinkSync(path) : readSmallText(path)).trim());
  });
}

/** A piece of a branch's name from the first words of a prompt. */
export function toSlug(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const slug = words.join("-").slice(0, SLUG_CHARACTERS).replace(/-+$/, "");
  return slug === "" ? "task" : slug;
}

const SLUG_CHARACTERS = 40;
