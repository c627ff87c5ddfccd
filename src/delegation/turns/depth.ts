// How deep in a chain of agents this bridge runs: agents that call each other without end burn a quota in minutes.
import { BridgeError } from "../../domain/errors.ts";

/** Place of this bridge in a chain of agents. */
export interface Depth {
  /** 0 where a person started the agent that calls. */
  readonly depth: number;
  readonly maxDepth: number;
  /** The chain above, nearest first, in words; empty where the environment itself said the depth. */
  readonly chain: readonly string[];
}

/** A depth from the environment's text; anything but a whole number counts as 0. */
export function parseDepth(text: string | undefined): number {
  return text !== undefined && /^\d{1,3}$/.test(text.trim()) ? Number(text.trim()) : 0;
}

/** Refuses a call that would make the chain too long. Throws DEPTH_EXCEEDED. */
export function checkDepth(place: Depth): void {
  if (place.depth + 1 < place.maxDepth) return;
  const chain = place.chain.length === 0 ? "" : ` Chain: this bridge ← ${place.chain.join(" ← ")}.`;
  throw new BridgeError(
    "DEPTH_EXCEEDED",
    `This bridge runs below another agent's call (depth ${place.depth}, limit ${place.maxDepth}).${chain}`,
    {
      details: { depth: place.depth, maxDepth: place.maxDepth, chain: place.chain },
    },
  );
}
