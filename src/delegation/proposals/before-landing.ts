// What is looked at before a proposal is landed: its repository, its worktree, its commit.
import { lstatSync } from "node:fs";
import { BridgeError } from "../../domain/errors.ts";
import type { Proposal } from "../../state/proposal-files.ts";
import { readHead } from "../../worktrees/branches.ts";
import type { TreeGit } from "../../worktrees/tree-git.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";

/** Git on the user's repository, which may have been moved, or made anew, since. Throws PROPOSAL_NOT_FOUND. */
export async function openUsers(worktrees: Worktrees, proposal: Proposal, signal: AbortSignal): Promise<TreeGit> {
  const { id, top, tree } = proposal;
  if (lstatSync(top, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new BridgeError("PROPOSAL_NOT_FOUND", `The directory of proposal ${id} is gone: ${top}.`);
  }
  const git = await worktrees.open(proposal, signal);
  try {
    await git.on({ workTree: top, indexFile: "" }, signal)(["cat-file", "-e", `${tree}^{tree}`]);
  } catch (error) {
    signal.throwIfAborted();
    throw new BridgeError("PROPOSAL_NOT_FOUND", `The commit of proposal ${id} is gone.`, { cause: error });
  }
  return git;
}

/** What is landed is what was shown: what has changed since is committed, and refused this once. Throws LAND_CONFLICT. */
export async function refuseUnseen(worktrees: Worktrees, proposal: Proposal, signal: AbortSignal): Promise<void> {
  if (lstatSync(proposal.worktree, { throwIfNoEntry: false }) === undefined) return;
  const { hasChanged, diffStat } = await worktrees.commit(proposal, undefined, signal);
  if (!hasChanged) return;
  throw new BridgeError(
    "LAND_CONFLICT",
    `The worktree has changed since the newest turn. Proposal ${proposal.id} is up to date now: ${diffStat}. Nothing was landed.`,
    {
      details: { diffStat },
      nextStep: `Look at it (\`git show ${proposal.branch}\`), then call codex-land again.`,
    },
  );
}

/** The error for a proposal in which nothing is. */
export function refuseEmpty({ id }: Proposal): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `Proposal ${id} changes no files, so there is nothing to land.`, {
    nextStep: "Continue its thread with codex-reply, or call codex-land with discard true.",
  });
}

/** A warning if the user is on another branch by now. */
export async function describeMoved(git: TreeGit, { headBranch }: Proposal, signal: AbortSignal): Promise<string[]> {
  const { branch } = await readHead(git, signal);
  if (branch === headBranch) return [];
  const say = (name: string | undefined): string => (name === undefined ? "no branch" : `branch ${name}`);
  return [`The proposal began on ${say(headBranch)}; it was landed on ${say(branch)}.`];
}
