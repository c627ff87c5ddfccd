// Which of several attempts at one task is the best. A rule that can be read, not a judgement: nobody looks at the code.
import { hasPassed } from "../../../domain/check.ts";
import type { TurnEnd } from "../../requests.ts";

/** An attempt in its place. */
export interface RankedAttempt {
  /** From 1, in the order in which they were started. */
  readonly number: number;
  readonly end: TurnEnd;
  readonly standing: AttemptStanding;
}

/** How an attempt stands, best first. */
export const STANDINGS = ["check passed", "not checked", "check failed", "no changes", "failed"] as const;

/** One of them. */
export type AttemptStanding = (typeof STANDINGS)[number];

/**
 * The attempts, best first: by their standing, then the one with fewer changed lines, fewer changed files, less time. An attempt whose lines cannot
 * be counted comes after those that can.
 */
export function rankAttempts(ends: readonly TurnEnd[]): RankedAttempt[] {
  return ends
    .map((end, at) => ({ number: at + 1, end, standing: findStanding(end) }))
    .sort((one, other) => compareKeys(toKey(one), toKey(other)));
}

function findStanding(end: TurnEnd): AttemptStanding {
  if (end.kind !== "completed") return "failed";
  const { proposal, check } = end.answer;
  if (proposal === undefined || proposal.files === 0) return "no changes";
  if (check === undefined) return "not checked";
  return hasPassed(check) ? "check passed" : "check failed";
}

function toKey({ number, end, standing }: RankedAttempt): number[] {
  const place = STANDINGS.indexOf(standing);
  if (end.kind !== "completed") return [place, number];
  const { changes, proposal, durationMs } = end.answer;
  const lines = changes.reduce((sum, { added, deleted }) => sum + (added ?? Number.NaN) + (deleted ?? Number.NaN), 0);
  const isCounted = changes.length > 0 && !Number.isNaN(lines);
  return [place, isCounted ? lines : Number.POSITIVE_INFINITY, proposal?.files ?? 0, durationMs, number];
}

function compareKeys(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  // Infinity minus itself is no number, but equal values are passed over.
  return at === -1 ? 0 : (one[at] ?? 0) < (other[at] ?? 0) ? -1 : 1;
}
