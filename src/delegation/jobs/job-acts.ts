// What is asked of a job of this bridge, and how the answers of its owner read.
import { assertNever } from "../../domain/guards.ts";
import type { CancelAnswer, Jobs } from "./job.ts";
import type { JobAsk, JobReply } from "./job-requests.ts";
import type { RunningJob } from "./running-job.ts";

/** Longest wait of a cancel for the job's end. Ending a turn's processes takes a fraction of it. */
const CANCEL_MS = 3_000;

/** Cancels a job of this bridge, and waits for its end. */
export async function cancelHere(job: RunningJob): Promise<Exclude<CancelAnswer, "unknown">> {
  job.cancel();
  const end = await within(job.ended, CANCEL_MS);
  if (end === undefined) return "requested";
  return end.state === "cancelled" ? "cancelled" : "ended";
}

/** Does what another bridge asks. */
export async function actFor(
  job: RunningJob,
  ask: JobAsk,
  { outlives }: { readonly outlives?: boolean },
): Promise<Exclude<JobReply, "unheard">> {
  switch (ask.kind) {
    case "cancel":
      return cancelHere(job);
    case "steer":
      return job.steer(ask.text);
    case "answer":
      // It cannot be known here whether a person gave this answer. A runner has to believe it: it has no client of its own, and the key of
      // the question shows that the form was for this one.
      return job.answer(ask.key, ask.answer, outlives === true ? (ask.by ?? "model") : "model");
    default:
      return assertNever(ask);
  }
}

/** The answer to the caller. */
export function toCancelAnswer(reply: JobReply | "unknown"): CancelAnswer {
  return reply === "unknown" || reply === "cancelled" || reply === "ended" ? reply : "requested";
}

/** The answer to the caller. */
export function toSteerAnswer(reply: JobReply | "unknown"): Awaited<ReturnType<Jobs["steer"]>> {
  if (reply === "unknown" || reply === "delivered") return reply;
  return reply === "ended" || reply === "cancelled" ? "ended" : "queued";
}

/** The answer to the caller. */
export function toAnswerAnswer(reply: JobReply | "unknown"): Awaited<ReturnType<Jobs["answer"]>> {
  return reply === "unknown" || reply === "taken" || reply === "forbidden" ? reply : "late";
}

async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
