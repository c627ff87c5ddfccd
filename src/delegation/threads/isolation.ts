// Threads that work in a worktree of the bridge's own: what they may not write, and whether the worktree is still there.
import { BridgeError } from "../../domain/errors.ts";
import { findRealPath } from "../../files/real-path.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import { type Proposal, toLockKey } from "../../state/proposal-files.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";
import { isInsideRoots } from "./directories.ts";
import type { FrameScope } from "./frame-scope.ts";

/** What is looked at. */
export type ProposalFinder = Pick<Worktrees, "findByPath" | "folder">;

/**
 * The scope of a frame in a directory. In a worktree the user's own tree is not to be written, and BRIDGE_ROOTS applies to the tree that the worktree
 * was made from. Throws what the file system throws.
 */
export function isolateScope(scope: FrameScope, cwd: string, worktrees: ProposalFinder | undefined): FrameScope {
  const proposal = worktrees?.findByPath(cwd);
  if (proposal === undefined) return scope;
  const { top, commonDir } = proposal;
  const limits = { ...scope.limits, roots: addWorktree(scope.limits.roots, proposal) };
  return { ...scope, limits, userTrees: [top, commonDir], proposal };
}

/** The roots that a directory is checked against. Throws what the file system throws. */
export function findRoots(roots: readonly string[], cwd: string, worktrees: ProposalFinder | undefined) {
  const proposal = worktrees?.findByPath(cwd);
  return proposal === undefined ? roots : addWorktree(roots, proposal);
}

// Without roots there is no limit.
function addWorktree(roots: readonly string[], { top, worktree }: Proposal): readonly string[] {
  return roots.length > 0 && isInsideRoots(top, roots) ? [...roots, worktree] : roots;
}

/** Whether a directory lies in a worktree whose proposal is open, and is still there. Throws what the file system throws. */
export function isOpenWorktree(worktrees: ProposalFinder, cwd: string): boolean {
  return worktrees.findByPath(cwd)?.state === "open" && findRealPath(cwd) !== undefined;
}

/** The open proposal whose worktree contains a directory. Throws PROPOSAL_NOT_FOUND where it is over or gone. */
export function requireOpen(worktrees: ProposalFinder, cwd: string): Proposal {
  const proposal = worktrees.findByPath(cwd);
  if (proposal?.state === "open" && findRealPath(cwd) !== undefined) return proposal;
  throw new BridgeError("PROPOSAL_NOT_FOUND", `The worktree of this thread is gone: ${describeEnd(proposal)}.`, {
    nextStep: proposal?.state === "open" ? LAND_FIRST : START_AGAIN,
  });
}

const START_AGAIN =
  'Start a new thread with codex, with the needed context in its prompt; add isolation "worktree" for another proposal. To go on with what was said, call codex-reply with onLostThread "rebuild" and the cwd to work in.';
const LAND_FIRST =
  "What was committed is on the branch: codex-land lands it or discards it. For more work start a new thread with codex.";

function describeEnd(proposal: Proposal | undefined): string {
  if (proposal === undefined) return "no proposal is on record for it";
  const { id, branch, state } = proposal;
  if (state === "landed" || state === "discarded") return `proposal ${id} was ${state}`;
  return state === "open"
    ? `its folder was removed, and proposal ${id} is on branch ${branch}`
    : "it was never finished";
}

/** Takes the lock of the proposal in whose worktree a directory lies. Throws SESSION_BUSY. */
export function takeProposal(
  locks: Pick<LockFiles, "take">,
  worktrees: ProposalFinder,
  cwd: string,
): { release(): void } {
  return lockProposal(locks, worktrees.findByPath(cwd)?.id ?? "unknown");
}

/** Takes the lock of a proposal: a turn, a landing and a discarding of it exclude each other. Throws SESSION_BUSY. */
export function lockProposal(locks: Pick<LockFiles, "take">, id: string): { release(): void } {
  const attempt = locks.take(toLockKey(id));
  if (attempt.kind === "taken") return attempt;
  throw new BridgeError("SESSION_BUSY", `A turn runs in the worktree of proposal ${id}, or it is being landed.`, {
    nextStep: "Wait until that has ended, or cancel it. Then call again.",
  });
}
