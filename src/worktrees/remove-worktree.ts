// Removes a worktree with its branch.
import type { Proposal } from "../state/proposal-files.ts";
import { type KeptBranch, removeBranch } from "./branches.ts";
import { judgeUnopened, openOwn } from "./open-proposal.ts";
import type { TreeGitOptions } from "./tree-git.ts";
import { isMoved, removeEntry, removeFiles } from "./worktree-folder.ts";

/** What a removal left. */
export interface Removal {
  /** undefined where the branch is gone. */
  readonly keptBranch: KeptBranch | undefined;
}

/** Where it lies, and how its repository is opened. */
export interface RemovalOptions extends TreeGitOptions {
  readonly folder: string;
}

/** Removes one, as `Worktrees.remove` says. */
export async function removeWorktree(
  options: RemovalOptions,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Removal> {
  const { folder } = options;
  await removeFiles(folder, proposal);
  const keptBranch = await removeItsBranch(options, proposal, signal);
  // Last: by its entry a removal that was cut short is found.
  removeEntry(folder, proposal);
  return { keptBranch };
}

async function removeItsBranch(
  options: RemovalOptions,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<KeptBranch | undefined> {
  const from = proposal.commit ?? proposal.head;
  if (from === undefined) return undefined;
  const git = await openOwn(options, proposal, signal).catch(judgeUnopened);
  if (typeof git !== "object") return git;
  // Where somebody has moved the worktree, they are on the branch.
  const own = isMoved(options.folder, proposal) ? undefined : proposal.id;
  return removeBranch(git, proposal.branch, { from, own }, signal);
}
