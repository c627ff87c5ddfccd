// Writes the records of jobs that are parked, and of those that are not any more.
import { ERROR_TRAITS, type ErrorCode } from "../../domain/error-codes.ts";
import { toLocalTime } from "../../domain/local-time.ts";
import type { StoredJob } from "../../state/job-files.ts";
import { describeWayOn, dropOpen } from "./job-record.ts";

/** The record of a job that is parked now. Input that it has not taken yet stays. */
export function toParkedRecord(
  record: StoredJob,
  { threadId, until, now }: { readonly threadId: string | undefined; readonly until: number; readonly now: number },
): StoredJob {
  return {
    ...record,
    ...{
      state: "parked",
      outlives: undefined,
      position: undefined,
      question: undefined,
      threadId: threadId ?? record.threadId,
    },
    ...{ parkedUntil: until, parkings: (record.parkings ?? 0) + 1, updatedAt: now },
    activity: `waits for quota, ${toLocalTime(until, now)}`,
  };
}

/** The record of a parked job that a bridge has taken. `steers` is what its first prompt does not contain. */
export function toClaimedRecord(
  record: StoredJob,
  { now, ...runner }: { readonly now: number } & Pick<StoredJob, "owner" | "outlives" | "steers">,
): StoredJob {
  const activity = "Goes on after the usage limit";
  return { ...record, ...runner, state: "queued", parkedUntil: undefined, activity, updatedAt: now };
}

/** The record of a job that was cancelled while it was parked. */
export function toCancelledRecord(record: StoredJob, now: number): StoredJob {
  const text = "[CANCELLED] The job was cancelled while it waited for the reset of a usage limit.";
  return toEnd(record, "CANCELLED", { state: "cancelled", text, now });
}

/** The record of a parked job that cannot be started. */
export function toUnstartedRecord(record: StoredJob, now: number, why: "late" | "lost"): StoredJob {
  const reason =
    why === "late"
      ? "no bridge of its project was there for too long after the reset"
      : "the file that says how it goes on is gone or damaged";
  const message = `[JOB_INTERRUPTED] The job ${JSON.stringify(record.title)} waited for the reset of a usage limit and was not started: ${reason}.`;
  return toEnd(record, "JOB_INTERRUPTED", { state: "failed", text: `${message} ${describeWayOn(record)}`, now });
}

function toEnd(
  record: StoredJob,
  code: ErrorCode,
  { state, text, now }: { readonly text: string; readonly now: number } & Pick<StoredJob, "state">,
): StoredJob {
  const { threadId = "" } = record;
  const whole = threadId === "" ? text : `${text} threadId: ${threadId}`;
  const { fault, retryable } = ERROR_TRAITS[code];
  const error = { code, message: text, fault, retryable };
  // These are the fields that the output schemas of all tools require of an error.
  const structured = { threadId, outcome: "failed", content: whole, error };
  const result = { isError: true, text: whole, structured };
  return { ...dropOpen(record), state, result, updatedAt: now, endedAt: now };
}
