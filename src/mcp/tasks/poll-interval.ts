import type { Job } from "../../delegation/jobs/job.ts";

/** Pace around a question; Claude Code asks no faster (docs/claude-code.md#tasks). */
const QUESTION_MS = 250;
const ACTIVE_MS = 1_000;
/** Claude Code asks no slower. */
const QUIET_MS = 30_000;
/** How long a question counts as new. */
const NEW_QUESTION_MS = 5_000;
/** An end is seen at most this share of the quiet time late. */
const SHARE = 1 / 20;

/** Ms until a client should ask for a job again; `quietMs` is how long nothing has changed. Slower, the longer that is. */
export function toPollInterval({ state, waitsUntil }: Pick<Job, "state" | "waitsUntil">, quietMs: number): number {
  if (waitsUntil !== undefined) return QUIET_MS;
  if (state === "waiting" && quietMs < NEW_QUESTION_MS) return QUESTION_MS;
  return Math.round(Math.min(QUIET_MS, Math.max(ACTIVE_MS, quietMs * SHARE)));
}
