// What a call does that met a usage limit and whose caller wants to wait for the reset (`onQuota`).
import type { JobEnd, JobOrder, JobPark } from "../delegation/jobs/job.ts";
import type { CallContext } from "../delegation/requests.ts";
import { CODEX } from "../domain/agents.ts";
import { amendError, type ErrorReport } from "../domain/errors.ts";
import { isRecord } from "../domain/guards.ts";
import type { Expectation } from "../validation/expectation.ts";
import type { FinishedCall } from "./define-tool.ts";

/** What a call is parked with. */
export interface Parking {
  /** Absent where the caller does not want to wait. */
  readonly toOrder: ((threadId: string | undefined) => JobOrder) | undefined;
  /** What the client named as its directories, if it was asked. */
  readonly roots: () => readonly string[] | undefined;
  /** The agent that calls. */
  readonly caller: CallContext["caller"];
  /** Writes the end of a job that is not parked after all. */
  readonly finish: (end: FinishedCall) => JobEnd;
}

/** The job of a call that met a usage limit, to be parked; undefined for any other end. */
export function toPark(end: FinishedCall, { toOrder, roots, caller, finish }: Parking): JobPark | undefined {
  if (toOrder === undefined || !("error" in end) || end.error.code !== "USAGE_LIMIT") return undefined;
  const { error } = end;
  const { threadId, nextStep } = error;
  return {
    state: "parked",
    threadId,
    resetsAt: findReset(error),
    order: { ...toOrder(hasPrompt(error) ? threadId : undefined), roots: roots(), caller },
    otherwise: (why) =>
      finish({ ...end, error: amendError(error, { nextStep: `${nextStep} It does not go on by itself: ${why}.` }) }),
  };
}

// Codex goes on with it. The error may be that of an agent to which the task was handed in vain: by its thread, the work comes back to Codex.
function findReset({ details }: ErrorReport): number | undefined {
  const handOvers = Array.isArray(details["failover"]) ? details["failover"].filter(isRecord) : [];
  const last = handOvers.at(-1);
  if (last === undefined || last["to"] === CODEX.id) return toTime(details["resetsAt"]);
  return toTime(handOvers.findLast(({ from }) => from === CODEX.id)?.["resetsAt"]);
}

/** The end of a call whose caller did not ask to wait. If a usage limit with a known reset stopped its thread, the error says how to have it go on. */
export function offerWait(end: FinishedCall, onQuota: "wait" | undefined): FinishedCall {
  if (onQuota !== undefined || !("error" in end) || end.error.code !== "USAGE_LIMIT") return end;
  const { threadId, details, fields, nextStep } = end.error;
  // The user's policy may say that somebody else does the task now.
  const isDecided = fields["escalation"] !== undefined;
  if (isDecided || toTime(details["resetsAt"]) === undefined) return end;
  const isSent = hasPrompt(end.error);
  if (isSent && threadId === undefined) return end;
  return { ...end, error: amendError(end.error, { nextStep: `${nextStep} ${isSent ? OFFER : OFFER_AGAIN}` }) };
}

// A prompt that was not sent has to be given once more; otherwise Codex has it, and goes on with it.
function hasPrompt({ details }: ErrorReport): boolean {
  return details["wasSent"] !== false;
}

const OFFER_AGAIN = 'To have that done without you, make the same call now with onQuota "wait".';
const OFFER = 'To have that done without you, call codex-reply now with this threadId and onQuota "wait".';

function toTime(text: unknown): number | undefined {
  const time = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** Keeps what the client answers when it is asked for its directories: nobody can be asked when the job goes on. */
export function rememberRoots({ listRoots }: Pick<CallContext, "listRoots">): {
  readonly listRoots: CallContext["listRoots"];
  readonly roots: () => readonly string[] | undefined;
} {
  let named: readonly string[] | undefined;
  const remember = async (): Promise<readonly string[] | undefined> => {
    named = await listRoots?.();
    return named;
  };
  return { listRoots: listRoots && remember, roots: () => named };
}

/** Arguments of a turn that hold when its thread goes on. */
interface GoingOn {
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  readonly check?: string | undefined;
  readonly commit?: string | boolean | undefined;
  readonly expect?: Expectation | undefined;
  readonly timeoutMs?: number | undefined;
  readonly outputFile?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly title?: string | undefined;
  readonly handoff?: { readonly write?: string | undefined } | undefined;
}

const GO_ON =
  "A usage limit stopped your last turn. The limit has been reset. Go on with the task of that turn where you stopped.";

/**
 * The order to go on in a thread. Codex has the prompt and the images of the stopped turn (docs/codex-cli.md#usage-limits). With `rebuild`, a thread
 * that is lost meanwhile is replaced, in that directory.
 */
export function toGoOn(threadId: string, args: GoingOn, rebuild?: { readonly cwd: string | undefined }): JobOrder {
  const { model, reasoningEffort, outputSchema, check, commit, expect, timeoutMs, outputFile, overwrite, title } = args;
  // The thread has the document already.
  const write = args.handoff?.write;
  const handoff = write === undefined ? undefined : { write };
  const lost = rebuild === undefined ? {} : { onLostThread: "rebuild", cwd: rebuild.cwd };
  const kept = {
    model,
    reasoningEffort,
    outputSchema,
    check,
    commit,
    expect,
    timeoutMs,
    outputFile,
    overwrite,
    title,
    handoff,
  };
  return { tool: "codex-reply", args: { ...kept, ...lost, threadId, prompt: GO_ON, onQuota: "wait" } };
}
