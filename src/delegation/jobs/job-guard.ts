// Whether the agent that makes a call may act on a job. What an agent tells a job is done with what the job may do, and a cancel undoes its work.
import { describeWidening } from "../../domain/sandbox.ts";
import type { CallContext } from "../requests.ts";
import { type FindCallerLimit, toCallerDenied } from "../threads/caller-limit.ts";
import { checkDepth, type ReadDepth } from "../turns/depth.ts";
import type { Job } from "./job.ts";

/** What is done to a job: it is told something (further input, an answer), or cancelled. */
export type JobAct = "tell" | "cancel";

/**
 * Checks an act. Throws SANDBOX_DENIED for a job that may do more than the calling agent, and DEPTH_EXCEEDED or CHAIN_UNKNOWN for another bridge's job
 * where the call belongs to a turn that is too deep.
 */
export type CheckJobAct = (job: Job, call: Pick<CallContext, "caller">, act: JobAct) => Promise<void>;

/** Makes the check. */
export function createJobGuard({
  findCallerLimit,
  readDepth,
}: {
  readonly findCallerLimit: FindCallerLimit;
  readonly readDepth: ReadDepth;
}): CheckJobAct {
  return async (job, { caller }, act) => {
    if (!job.isOwn) checkDepth(readDepth({ caller }));
    const limit = await findCallerLimit(caller);
    if (limit === undefined) return;
    // An agent may have become narrower since it started the job; it may end that job all the same.
    if (act === "cancel" && isStarter(job, caller)) return;
    const theirs = job.caller && (await findCallerLimit(job.caller));
    if (theirs !== undefined && describeWidening(theirs.policy, limit.policy).length === 0) return;
    const what = act === "cancel" ? "it cancels no job" : "it gives no input to a job";
    const error = toCallerDenied(limit, `${what} that may do more`);
    throw act === "tell"
      ? error
      : error.with({ nextStep: `The user can cancel it: \`codex-bridge jobs --cancel ${job.id}\`.` });
  };
}

function isStarter({ caller: starter }: Job, caller: CallContext["caller"]): boolean {
  return starter?.threadId !== undefined && starter.agent === caller?.agent && starter.threadId === caller.threadId;
}
