// Limits how deep in a chain of agents a call may be: agents that call each other without end use up a quota in minutes.
import { type ChainLink, describeHops } from "../../domain/chain.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { CallContext } from "../requests.ts";

/** Where a call stands in a chain of agents. */
export interface Depth {
  /** Depth of the calling agent; 0 if a person started it. */
  readonly depth: number;
  readonly maxDepth: number;
  /** The processes above that tell the depth, nearest first, in words. */
  readonly chain: readonly string[];
  /** Link of the calling agent; undefined at depth 0, and where only the depth could be found out. */
  readonly link?: ChainLink | undefined;
  /** Why what was found cannot be true, in sentences. */
  readonly problem?: string | undefined;
}

/** Finds where a call stands. Without one it says where the bridge itself stands. */
export type ReadDepth = (call?: Pick<CallContext, "caller">) => Depth;

/** Refuses a call that would make the chain too long. Throws DEPTH_EXCEEDED, and CHAIN_UNKNOWN where its place is not certain. */
export function checkDepth({ depth, maxDepth, chain: above, link, problem }: Depth): void {
  if (depth + 1 >= maxDepth) {
    const processes = above.length === 0 ? "" : ` Chain: this bridge ← ${above.join(" ← ")}.`;
    const hops = link === undefined || link.hops.length < 2 ? "" : ` Its calls: ${describeHops(link.hops)}.`;
    throw new BridgeError(
      "DEPTH_EXCEEDED",
      `This bridge runs below another agent's call (depth ${depth}, limit ${maxDepth}).${processes}${hops}`,
      { details: { depth, maxDepth, chain: above, hops: link?.hops ?? [] } },
    );
  }
  if (problem !== undefined) throw new BridgeError("CHAIN_UNKNOWN", problem, { details: { depth, maxDepth } });
}
