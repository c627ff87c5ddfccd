/** Time limit that a turn gets at least, even if its preparation took almost all of the deadline. */
const LEAST_TURN_MS = 500;

/** What is left of a turn's deadline since `startedAt` (of `clock`), in ms. A slow preparation must not double it. */
export function leftOf(deadlineMs: number, startedAt: number, clock: () => number): number {
  return Math.max(LEAST_TURN_MS, deadlineMs - (clock() - startedAt));
}
