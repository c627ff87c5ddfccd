// The end of a proposal: its worktree goes, unless something would be lost with it that nobody has seen named.
import { lstatSync } from "node:fs";
import { BridgeError } from "../../domain/errors.ts";
import { listNames } from "../../domain/list-names.ts";
import { sayThrown } from "../../domain/printable.ts";
import type { Proposal } from "../../state/proposal-files.ts";
import type { LeftOut } from "../../worktrees/left-out.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";
import type { CallContext } from "../requests.ts";
import { lockProposal } from "../threads/isolation.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findProposal, type ProposalSearch } from "./find-proposal.ts";
import type { Discarded } from "./proposals.ts";

/** More are not told to programs. */
const MOST_LISTED = 20;

/** How a proposal ended. */
export interface ProposalEnd {
  readonly proposal: Proposal;
  /** Paths for which the worktree was kept, with its branch; empty where it is removed. */
  readonly leftOut: readonly string[];
  /** What git ignores by the user's own rules, and went with the worktree. */
  readonly ignored: readonly string[];
  readonly keptBranch: Discarded["keptBranch"];
  readonly warnings: readonly string[];
}

/** Closes one that has been landed. Never throws. */
export async function closeLanded(
  parts: DelegationParts,
  worktrees: Worktrees,
  landed: Proposal,
): Promise<ProposalEnd> {
  const { unheld, mark, ignored } = await worktrees.findLeftOut(landed, new AbortController().signal);
  const proposal = { ...landed, seen: unheld.length === 0 ? undefined : mark };
  if (unheld.length === 0) return { leftOut: [], ...(await close(parts, worktrees, proposal, ignored)) };
  const warnings = keepRecord(parts, worktrees, proposal);
  return { proposal, leftOut: unheld, ignored: [], keptBranch: "not-removed", warnings };
}

function keepRecord({ options: { logger } }: DelegationParts, worktrees: Worktrees, proposal: Proposal): string[] {
  try {
    worktrees.update(proposal);
    return [];
  } catch (error) {
    logger.error({ err: error, id: proposal.id }, "a proposal was not closed");
    return ["The proposal could not be marked as landed, so it is still listed as open."];
  }
}

/** Discards one, as `Proposals.discard` says. */
export async function discardProposal(
  parts: DelegationParts,
  options: ProposalSearch & { readonly worktrees: Worktrees },
  id: string | undefined,
  call: CallContext,
): Promise<Discarded> {
  const { signal } = call;
  checkDepth(parts.options.readDepth(call));
  const found = findProposal(options, id, hasWorktree);
  const lock = lockProposal(parts.options.locks, found.id);
  try {
    const proposal = findProposal(options, found.id, hasWorktree);
    const left = await options.worktrees.findLeftOut(proposal, signal);
    const isNamed = left.changed.length === 0 && (left.mark === "" || left.mark === proposal.seen);
    if (!isNamed) {
      options.worktrees.update({ ...left.proposal, seen: left.mark });
      throw refuseUnnamed(left);
    }
    return await close(parts, options.worktrees, { ...left.proposal, state: "discarded" }, left.ignored);
  } catch (error) {
    if (!signal.aborted || error instanceof BridgeError) throw error;
    throw new BridgeError("CANCELLED", "The call was cancelled before anything was removed.", { cause: error });
  } finally {
    lock.release();
  }
}

// A landing keeps a worktree in which something was left out.
function hasWorktree({ state, worktree }: Proposal): boolean {
  return state === "landed" && lstatSync(worktree, { throwIfNoEntry: false }) !== undefined;
}

// As with a landing, what was not shown is refused once.
function refuseUnnamed({ proposal, changed, unheld }: LeftOut): BridgeError {
  const { id, branch, commit, worktree } = proposal;
  const lost = unheld.length === 0 ? "" : ` These are on no branch: ${listNames(unheld)}.`;
  const edits =
    changed.length === 0
      ? ""
      : ` These changed after the newest turn: ${listNames(changed)}. They are commit ${(commit ?? "").slice(0, 12)} on ${branch} now.`;
  return new BridgeError("LAND_CONFLICT", `Nothing of proposal ${id} was removed.${lost}${edits}`, {
    details: { leftOut: [...unheld, ...changed].slice(0, MOST_LISTED), branch, worktree },
    nextStep: `Take what is wanted from ${worktree}. Then call codex-land with discard true again, which removes all of it.`,
  });
}

// Its record first, so that what is left of it is known to be over. Never throws.
async function close(
  { options: { logger } }: DelegationParts,
  worktrees: Worktrees,
  proposal: Proposal,
  ignored: readonly string[],
): Promise<Omit<ProposalEnd, "leftOut">> {
  try {
    worktrees.update(proposal);
    const { keptBranch } = await worktrees.remove(proposal, new AbortController().signal);
    return { proposal, ignored, keptBranch, warnings: [] };
  } catch (error) {
    logger.error({ err: error, id: proposal.id }, "a worktree was not removed");
    const reason = sayThrown(error);
    const words = `The worktree could not be removed (${reason}); \`codex-bridge doctor --fix\` does it: ${proposal.worktree}.`;
    return { proposal, ignored: [], keptBranch: "not-removed", warnings: [words] };
  }
}
