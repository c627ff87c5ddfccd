// Makes the use cases of proposals.
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { discardProposal } from "./close-proposal.ts";
import { findProposal, listOpen } from "./find-proposal.ts";
import { type LandingOptions, landProposal } from "./land-proposal.ts";
import type { Proposals } from "./proposals.ts";

/** Makes them. */
export function createProposals(parts: DelegationParts, options: LandingOptions): Proposals {
  return {
    find: (id) => findProposal(options, id),
    list: () => listOpen(options),
    compare: async (id, signal) => options.worktrees.compare(findProposal(options, id), signal),
    land: (id, call) => landProposal(parts, options, id, call),
    discard: (id, call) => discardProposal(parts, options, id, call),
  };
}
