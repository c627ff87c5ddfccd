// Opens the repository of a proposal, which may have gone, or may be another one by now.
import { BridgeError } from "../domain/errors.ts";
import type { Proposal } from "../state/proposal-files.ts";
import type { KeptBranch } from "./branches.ts";
import { openTreeGit, type TreeGit, type TreeGitOptions } from "./tree-git.ts";

/** Where the repository and the store of a proposal are. */
export type ProposalPlace = Pick<Proposal, "id" | "top" | "commonDir" | "store">;

/** Opens it. Throws as `openTreeGit` does, and PROPOSAL_NOT_FOUND where the directory belongs to another repository now. */
export async function openOwn(
  options: TreeGitOptions,
  { id, top, commonDir, store }: ProposalPlace,
  signal: AbortSignal,
): Promise<TreeGit> {
  const git = await openTreeGit({ ...options, name: store }, top, signal, `proposal ${id}`).catch(toOwnError);
  const { repository } = git.store;
  if (repository.top === top && repository.commonDir === commonDir) return git;
  throw new BridgeError("PROPOSAL_NOT_FOUND", `${top} is not the repository of proposal ${id} any more.`);
}

// The next step of a turn that cannot be isolated does not fit here.
function toOwnError(error: unknown): never {
  if (!(error instanceof BridgeError) || error.code !== "NOT_A_GIT_REPO") throw error;
  throw error.with({
    nextStep:
      "Bring the repository back and call again, or take what is wanted from the worktree and discard the proposal.",
  });
}

/** What the error means for the branch: without its repository there is none. */
export function judgeUnopened(error: unknown): Extract<KeptBranch, "unopened"> | undefined {
  const isGone = error instanceof BridgeError && ["NOT_A_GIT_REPO", "PROPOSAL_NOT_FOUND"].includes(error.code);
  return isGone ? undefined : "unopened";
}
