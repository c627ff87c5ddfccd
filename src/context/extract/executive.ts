// Which units make an executive summary: the task, its goal, the state, decisions and next steps.
import type { Role } from "./outline.ts";
import type { ScoredUnit } from "./score-units.ts";

/** In which order the parts of a summary are taken: the best of each first, then more of what there are several of. */
const ROUNDS: readonly Role[] = [
  ...(["task", "goal", "state", "next", "decision", "next", "decision", "decision", "decision", "decision"] as const),
  ...(["next", "decision", "task", "goal", "decision", "state", "decision", "decision"] as const),
];

/** Of the best unit's score, what another one needs. */
const FAIR_SHARE = 0.4;

/** The places of the units that a summary consists of, the most needed first. */
export function rankSummary(units: readonly ScoredUnit[]): number[] {
  const queues = new Map<Role, number[]>();
  const taken = new Set<number>();
  const next = (role: Role): number | undefined => {
    const queue = queues.get(role) ?? toQueue(units, role);
    queues.set(role, queue);
    let at = queue.shift();
    while (at !== undefined && taken.has(at)) at = queue.shift();
    return at;
  };
  for (const role of ROUNDS) {
    const at = next(role);
    if (at !== undefined) taken.add(at);
  }
  return [...taken];
}

function toQueue(units: readonly ScoredUnit[], role: Role): number[] {
  let best = 0;
  for (const { roles } of units) if (roles[role] > best) best = roles[role];
  const least = Math.max(1, best * FAIR_SHARE);
  return units
    .filter(({ roles }) => roles[role] > least)
    .toSorted((a, b) => b.roles[role] - a.roles[role] || a.at - b.at)
    .slice(0, 40)
    .map(({ at }) => at);
}
