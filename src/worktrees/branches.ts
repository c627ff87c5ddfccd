// The user's branches: where HEAD is, and the branch of a proposal.
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { GitError } from "../receipts/snapshots/git-program.ts";
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

/** Removes a branch if it is still at `from`. Returns false if it has moved. Throws as `moveBranch` does. */
export async function removeBranch(git: TreeGit, branch: string, from: string, signal: AbortSignal): Promise<boolean> {
  const now = await readBranch(git, branch, signal);
  if (now === undefined) return true;
  if (now !== from) return false;
  refuseBranchLinks(git.store.repository.commonDir, branch);
  await git.onBranches(signal)(["update-ref", "--no-deref", "-d", `refs/heads/${branch}`, from]);
  return true;
}

/** A piece of a branch's name from the first words of a prompt. */
export function toSlug(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  const slug = words.join("-").slice(0, SLUG_CHARACTERS).replace(/-+$/, "");
  return slug === "" ? "task" : slug;
}

const SLUG_CHARACTERS = 40;
