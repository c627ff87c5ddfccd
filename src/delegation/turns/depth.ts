// Limits how deep in a chain of agents this bridge may run: agents that call each other without end use up a quota in minutes.
import { BridgeError } from "../../domain/errors.ts";

/** How deep this bridge runs in a chain of agents. */
export interface Depth {
  /** 0 if a person started the calling agent. */
  readonly depth: number;
  readonly maxDepth: number;
  /** The chain above, nearest first, in words; empty if the environment itself gave the depth. */
  readonly chain: readonly string[];
}

/** A depth from the environment's text; anything but a whole number counts as 0. */
export function parseDepth(text: string | undefined): number {
  return text !== undefined && /^\d{1,3}$/.test(text.trim()) ? Number(text.trim()) : 0;
}

/** Refuses a call that would make the chain too long. Throws DEPTH_EXCEEDED. */
export function checkDepth({ depth, maxDepth, chain: above }: Depth): void {
  if (depth + 1 < maxDepth) return;
  const chain = above.length === 0 ? "" : ` Chain: this bridge ← ${above.join(" ← ")}.`;
  throw new BridgeError(
    "DEPTH_EXCEEDED",
    `This bridge runs below another agent's call (depth ${depth}, limit ${maxDepth}).${chain}`,
    {
      details: { depth, maxDepth, chain: above },
    },
  );
}
