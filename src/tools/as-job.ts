// Lets a call of a tool become a job: at once where the caller asks for that, after a while where its client takes a task for an answer, or gives a long call up.
import type { Job, JobEnd, JobOrder, JobPark, Jobs, JobWork, LiveJob } from "../delegation/jobs/job.ts";
import type { CallContext, TurnOptions } from "../delegation/requests.ts";
import { toTitle } from "../delegation/threads/thread-titles.ts";
import type { AgentId } from "../domain/agents.ts";
import { toJobAfter } from "../domain/caller.ts";
import { reportError, toBridgeError, toFailure } from "../domain/errors.ts";
import type { Redact } from "../domain/redact.ts";
import type { FinishedCall, StartedJob, ToolContext } from "./define-tool.ts";
import { type Follow, followInputs, warn } from "./further-input.ts";
import { describeStart } from "./job-notes.ts";
import { toJobEnd } from "./job-result.ts";
import { rememberRoots, toPark } from "./quota.ts";
import { toToolEnd } from "./turn-answer.ts";

/** A call before it runs. */
export interface JobPlan {
  readonly tool: string;
  /** Agent whose threads it works in. */
  readonly agent: AgentId;
  /** Runs it. May throw. */
  readonly act: (call: CallContext) => Promise<FinishedCall>;
  /** Runs another turn of its thread, for input that comes while the job runs. Default: as the agent's reply does. */
  readonly follow?: Follow;
  /** Whether there is a thread that can take further input. Default: yes. */
  readonly takesInput?: boolean;
  /** Whether the caller wants a job at once. */
  readonly background: boolean | undefined;
  /** The caller's title, or else its prompt. */
  readonly title: string;
  /** Thread that it continues, where one is named. */
  readonly threadId?: string | undefined;
  /** The call that goes on after a usage limit, in the thread if there is one. Given where the caller wants to wait for the reset. */
  readonly toOrder?: ((threadId: string | undefined) => JobOrder) | undefined;
  /** Whether the client's directories are needed, because the call names none. */
  readonly needsRoots: boolean;
  /** Fields that an error result of the tool has in addition. */
  readonly errorFields?: Readonly<Record<string, unknown>>;
  /** Fields that the result of a started job has in addition. */
  readonly startedFields?: Readonly<Record<string, unknown>>;
}

/** Whether the client has to be asked where a call works. */
export function needsRoots(cwd: string | undefined): boolean {
  return cwd?.startsWith("/") !== true;
}

/** How long the start of a background job waits for a refusal. A turn that begins ends the wait earlier. */
const REFUSAL_MS = 100;

/**
 * Runs a call, and answers with a job where that is asked for, where it takes long, or where it waits for the reset of a usage limit. Throws what
 * the call throws where it is no job.
 */
export async function runAsJob(context: ToolContext, plan: JobPlan): Promise<FinishedCall | StartedJob> {
  const { call } = context;
  if (plan.background === true) return startInBackground(context, plan);
  const afterMs = findPatience(context);
  if (afterMs === 0 && plan.toOrder === undefined) return plan.act(call);
  return startInCall(context, plan, afterMs === 0 ? undefined : afterMs);
}

/** Ms after which a call becomes a job; 0 means never. The program of an agent gives a long call up, and then its work is lost. */
export function findPatience({
  call,
  taskAfterMs,
  jobAfterMs,
}: Pick<ToolContext, "taskAfterMs" | "jobAfterMs"> & {
  readonly call: Pick<CallContext, "canTask" | "caller">;
}): number {
  if (call.canTask) return taskAfterMs;
  return call.caller === undefined ? 0 : toJobAfter(jobAfterMs, call.caller.limitMs);
}

/** Carries out what a job is to do that was parked. Never throws. */
export function carryOut(context: ToolContext, plan: JobPlan): ReturnType<JobWork> {
  return watchRun(context, plan).work(context.call);
}

async function startInBackground(context: ToolContext, plan: JobPlan): Promise<FinishedCall | StartedJob> {
  const withdrawn = new AbortController();
  const signal = AbortSignal.any([context.call.signal, withdrawn.signal]);
  const call = { ...(plan.needsRoots ? await askRootsNow(context.call) : context.call), signal };
  const run = watchRun(context, plan);
  const live = start(context.jobs, plan, { ...context, call, isQueued: true }, run);
  await nextTick();
  // A call that is refused ends within a moment; then its error is a better answer than a job that has failed. One that is queued tells nothing yet.
  if (run.isRunning()) await first([live.ended, run.begun], REFUSAL_MS);
  if (run.end() !== undefined || signal.aborted) return endOf(live, run, { context, plan });
  try {
    return toStarted(live.keep(), context, plan);
  } catch (thrown) {
    // Nobody would see the job, so it must not run.
    withdrawn.abort();
    await live.ended;
    const error = toBridgeError(thrown);
    throw error.with({ nextStep: `${error.report.nextStep} ${WITHOUT}` });
  }
}

const WITHOUT = "Nothing is running. Without background: true the call is answered without a record.";

async function startInCall(
  context: ToolContext,
  plan: JobPlan,
  limitMs: number | undefined,
): Promise<FinishedCall | StartedJob> {
  const { jobs, call, logger } = context;
  const run = watchRun(context, plan);
  const live = start(jobs, plan, { ...context, isQueued: false }, run);
  await first([live.ended], limitMs);
  // A cancel that came before the answer ends the work itself.
  if (run.end() !== undefined || call.signal.aborted) return endOf(live, run, { context, plan });
  try {
    return toStarted(live.keep(), context, plan);
  } catch (thrown) {
    const { error, cause } = toFailure(thrown);
    logger.warn({ tool: plan.tool, err: cause ?? thrown }, "a call could not become a job, so it is waited for");
    const end = await endOf(live, run, { context, plan });
    const warning = `This call could not go on in the background, so it was waited for: ${error.message}`;
    return "error" in end || "job" in end ? end : warn(end, warning);
  }
}

interface Run {
  readonly work: JobWork;
  /** Resolves when a turn begins. */
  readonly begun: Promise<void>;
  readonly isRunning: () => boolean;
  /** How the call ended; undefined before. */
  readonly end: () => FinishedCall | undefined;
}

// The work of a job that also keeps the end as its own call would have been answered.
function watchRun(
  context: ToolContext,
  { tool, agent, title, act, errorFields, toOrder, follow = replaceOutput(context, agent, {}) }: JobPlan,
): Run {
  const { spill, redact, logger } = context;
  let end: FinishedCall | undefined;
  let isRunning = false;
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const finish = (finished: FinishedCall): JobEnd => {
    end = finished;
    return toJobEnd(finished, { tool, title: toTitle(title, redact), errorFields, spill, redact, logger });
  };
  const work = async (call: CallContext): Promise<JobEnd | JobPark> => {
    isRunning = true;
    const onTurnStart = (): void => {
      begin();
      call.onTurnStart?.();
    };
    const { listRoots, roots } = rememberRoots(call);
    try {
      end = await followInputs(await act({ ...call, onTurnStart, listRoots }), call, { follow, spill });
    } catch (thrown) {
      end = toFailure(thrown);
    }
    return toPark(end, { toOrder, roots, caller: call.caller, finish }) ?? finish(end);
  };
  return { work, begun, isRunning: () => isRunning, end: () => end };
}

/**
 * Further input for a call that may write its message to a file: the file then has the newest message. A file that the call did not write, and
 * may not replace, is somebody else's. `check` and `expect` hold for each turn.
 */
export function replaceOutput(
  { agents, spill }: ToolContext,
  agent: AgentId,
  { outputFile, overwrite, check, expect }: Pick<TurnOptions, "outputFile" | "overwrite" | "check" | "expect">,
): Follow {
  return async (request, call, { structured }) => {
    const isOurs = overwrite === true || structured["outputFile"] !== undefined;
    const output = outputFile === undefined || !isOurs ? {} : { outputFile, overwrite: true };
    const { delegation } = await agents.open(agent);
    return toToolEnd(await delegation.reply({ ...request, ...output, check, expect }, call), spill);
  };
}

function start(
  jobs: Jobs,
  { tool, title, threadId, takesInput = true }: JobPlan,
  { call, isQueued, redact }: { readonly call: CallContext; readonly isQueued: boolean; readonly redact: Redact },
  { work }: Run,
): LiveJob {
  // What is no thread id is refused by the work; it must not get into a record.
  const named = threadId !== undefined && /^[\w-]{1,100}$/.test(threadId) ? threadId : undefined;
  return jobs.create({ tool, title: toTitle(title, redact), threadId: named, call, takesInput, isQueued }, work);
}

async function endOf(
  live: LiveJob,
  run: Run,
  { context, plan }: { readonly context: ToolContext; readonly plan: JobPlan },
): Promise<FinishedCall | StartedJob> {
  const { state } = await live.ended;
  if (state === "parked") return toStarted(live.keep(), context, plan);
  // Without an end it was cancelled before it ran.
  return run.end() ?? { error: reportError("CANCELLED", "The call was cancelled before it began.") };
}

function toStarted(job: Job, context: ToolContext, { background, startedFields = {} }: JobPlan): StartedJob {
  const { call, outlives = false, startWarning: warning } = context;
  return {
    job,
    note: describeStart(job, { isTask: call.canTask, isAsked: background === true, outlives, warning }),
    fields: startedFields,
  };
}

// Once the request is answered, its client cannot be asked any more.
async function askRootsNow(call: CallContext): Promise<CallContext> {
  if (call.listRoots === undefined) return call;
  const roots = await call.listRoots();
  return { ...call, listRoots: async () => roots };
}

// Without a limit it waits for the first end.
async function first(ends: readonly Promise<unknown>[], limitMs: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    if (limitMs !== undefined) timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([...ends, late]);
  clearTimeout(timer);
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
