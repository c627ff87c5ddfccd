// Makes the use cases of proposals.
import { lockProposal } from "../threads/isolation.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findProposal, listOpen } from "./find-proposal.ts";
import { close, type LandingOptions, landProposal } from "./land-proposal.ts";
import type { Proposals } from "./proposals.ts";

/** Makes them. */
export function createProposals(parts: DelegationParts, options: LandingOptions): Proposals {
  return {
    find: (id) => findProposal(options, id),
    list: () => listOpen(options),
    compare: async (id, signal) => options.worktrees.compare(findProposal(options, id), signal),
    land: (id, call) => landProposal(parts, options, id, call),
    discard: async (id) => {
      checkDepth(parts.options.readDepth());
      const found = findProposal(options, id);
      const lock = lockProposal(parts.options.locks, found.id);
      try {
        const proposal = { ...findProposal(options, found.id), state: "discarded" as const };
        return { proposal, ...(await close(parts, options.worktrees, proposal)) };
      } finally {
        lock.release();
      }
    },
  };
}
