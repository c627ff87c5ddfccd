// Joins what the carriers of a chain say: the environment, the ancestors, the calling thread. The deepest wins; none can make it less.
import type { ChainLink } from "../../../domain/chain.ts";
import type { Depth } from "../depth.ts";

/** What the carriers say. */
export interface Carried {
  /** Depths without a link. */
  readonly depths: readonly number[];
  readonly links: readonly ChainLink[];
  /** Links of turns that bridges above run now: the call belongs to one of them. */
  readonly above?: readonly ChainLink[] | undefined;
  /** Why something that a carrier has is not what a bridge wrote, in sentences. */
  readonly faults: readonly string[];
}

/** The place of a call, from all carriers. */
export function joinPlaces({
  depths,
  links: told,
  above = [],
  faults,
}: Carried): Pick<Depth, "depth" | "link" | "problem"> {
  const running = [...new Set(above.map((link) => link.id))];
  // Several chains at once: which of them it is cannot be known.
  const links = told.length === 0 && running.length === 1 ? above : told;
  const depth = Math.max(0, ...depths, ...links.map((link) => link.depth));
  const deepest = links.toSorted((a, b) => b.depth - a.depth)[0];
  if (deepest === undefined) return { depth, link: undefined, problem: faults[0] };
  const ids = [...new Set(links.map((link) => link.id))];
  const isAbove = running.length === 0 || ids.some((id) => running.includes(id));
  const conflict = ids.length < 2 && isAbove ? undefined : describeConflict([...new Set([...ids, ...running])]);
  const link = {
    ...deepest,
    depth,
    deadline: Math.min(...links.map((other) => other.deadline)),
    hasBudget: links.some((other) => other.hasBudget),
  };
  return { depth, link, problem: faults[0] ?? conflict };
}

function describeConflict(ids: readonly string[]): string {
  return `This call is said to belong to several chains of agents (${ids.slice(0, 3).join(", ")}), so a program between has changed BRIDGE_CHAIN. Nothing is counted for a chain that may be made up.`;
}
