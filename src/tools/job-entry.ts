// A job as the two job tools show it.
import type { Job } from "../delegation/jobs/job.ts";
import { isQuietLine } from "../delegation/turns/progress/progress.ts";
import { cutText } from "../domain/cut-text.ts";
import { BridgeError } from "../domain/errors.ts";

const ACTIVITY_CHARACTERS = 200;
const QUESTION_CHARACTERS = 2_000;
/** Ids in an error message. */
const MOST_NAMED = 5;
const ID_CHARACTERS = 40;

/** The job with the fields that say something. Times are ISO 8601, durations ms. */
export function toJobEntry(job: Job, now: number): Record<string, unknown> {
  const { id, tool, title, state, threadId, position, activity, startedAt, endedAt, waitsUntil } = job;
  const isOver = endedAt !== undefined;
  const entry = {
    ...{ jobId: id, tool, title, state, threadId, position },
    activity: isOver || activity === undefined ? undefined : cutText(activity, ACTIVITY_CHARACTERS),
    question: toQuestion(job),
    waitsUntil: waitsUntil === undefined ? undefined : new Date(waitsUntil).toISOString(),
    startedAt: startedAt === undefined ? undefined : new Date(startedAt).toISOString(),
    durationMs: startedAt === undefined ? undefined : Math.max(0, (endedAt ?? now) - startedAt),
  };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

/** What a queued job does: its place is 1 for the next. */
export function describeQueued(position: number | undefined): string {
  return position === undefined ? "waits" : `waits, place ${position}`;
}

function toQuestion({ question }: Job): Record<string, unknown> | undefined {
  if (question === undefined) return undefined;
  const { key, kind } = question;
  const { message, choices, fields } = question.question;
  // A decision is a person's, so its choices are not offered to a model.
  const offered = kind === "input" ? (fields === undefined ? { choices } : { fields }) : {};
  return { key, kind, message: cutText(message, QUESTION_CHARACTERS), ...offered };
}

/** Whether its caller has something to do or to know: a result, a question, a usage limit, or that the job has gone quiet. */
export function needsAttention(job: Job): boolean {
  return job.endedAt !== undefined || job.state === "waiting" || isQuiet(job);
}

/** Whether it stands still and its caller can do nothing about that: a wait does not end twice for the same reason. */
export function isStill(job: Job): boolean {
  return isQuiet(job) || job.waitsUntil !== undefined;
}

/** Whether nothing has come from the agent of a running job for a while. */
export function isQuiet({ state, activity }: Job): boolean {
  return state === "running" && activity !== undefined && isQuietLine(activity);
}

/** The error for ids that no job of this project has. */
export function toUnknownJob(ids: readonly string[]): BridgeError {
  const named = ids.slice(0, MOST_NAMED).map((id) => JSON.stringify(cutText(id, ID_CHARACTERS)));
  return new BridgeError("JOB_NOT_FOUND", `This project has no job ${named.join(", ")}.`);
}
