// Which units make an executive summary: the task, its goal, the state, decisions and next steps.
import type { Role } from "./role-words.ts";
import type { Scores } from "./score-units.ts";

/** In which order the parts of a summary are taken: the best of each first, then more of what there are several of. */
const ROUNDS: readonly Role[] = [
  ...(["task", "goal", "state", "next", "decision", "next", "decision", "decision", "decision", "decision"] as const),
  ...(["next", "decision", "task", "goal", "decision", "state", "decision", "decision"] as const),
];

/** Of the best unit's score, what another one needs. */
const FAIR_SHARE = 0.4;

/** The places of the units that a summary consists of, the most needed first. */
export function rankSummary({ roles }: Scores): number[] {
  const queues = new Map<Role, number[]>();
  const taken = new Set<number>();
  const next = (role: Role): number | undefined => {
    const queue = queues.get(role) ?? toQueue(roles[role]);
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

function toQueue(scores: Float64Array): number[] {
  const best = scores.reduce((most, score) => Math.max(most, score), 0);
  const least = Math.max(1, best * FAIR_SHARE);
  return [...scores.keys()]
    .filter((at) => (scores[at] ?? 0) > least)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    .slice(0, 40);
}
