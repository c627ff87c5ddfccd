// One attempt at a routed task: its thread, its prompt, and its share of the time.
import type { KeepWhole } from "../../context/fit-items.ts";
import type { HandoffReport } from "../../context/shape-items.ts";
import type { CheckResult } from "../../domain/check.ts";
import { type ErrorReport, reportError } from "../../domain/errors.ts";
import type { Attempt } from "../../domain/task.ts";
import type { EscalationStep } from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { CallContext, TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { composeContext, composeMend, composeRetry, composeTask, NO_CONTEXT, toStrategy } from "./task-prompts.ts";
import type { TaskRequest } from "./task-requests.ts";
import type { TaskThread } from "./task-thread.ts";

/** What an attempt is planned from. */
export interface AttemptPlan {
  /** Step of the escalation path; undefined before the path began. */
  readonly step: EscalationStep | undefined;
  /** Where it works. */
  readonly thread: Pick<TaskThread, "threadId" | "hasName" | "hasWritten" | "place">;
  /** The newest attempt that counts. */
  readonly last: Attempt | undefined;
  /** The check of the attempt of this call before it. */
  readonly check: CheckResult | undefined;
  /** Whether it is the first attempt of its call: the thread that it continues has not seen this call's context. */
  readonly isFirst: boolean;
  /** As in TurnOptions. */
  readonly mayRelay: boolean;
}

/** A turn that is ready to run. */
export interface PlannedTurn {
  /** What of the context is not sent; undefined also where the thread has it already. */
  readonly dropped: string | undefined;
  /** What became of the context; undefined where none is sent. */
  readonly handoff: HandoffReport | undefined;
  send(delegation: Delegation, timeoutMs: number, call: CallContext): Promise<TurnEnd>;
}

/** Plans the turn of an attempt. */
export function planTurn(
  {
    request,
    decision,
    rules,
    keep,
  }: { request: TaskRequest; decision: RoutingDecision; rules: RulesFile; keep: KeepWhole | undefined },
  { step, thread, last, check, isFirst, mayRelay }: AttemptPlan,
): PlannedTurn {
  const { cwd, sessionId, outputFile, overwrite, isolation } = request;
  const { threadId, hasName, hasWritten, place } = thread;
  const strategy = toStrategy(step, decision.contextStrategy, last?.code);
  const common = {
    model: request.model ?? decision.model,
    reasoningEffort: decision.reasoningEffort,
    mayRelay,
    sandbox: request.sandbox,
    sandboxWish: decision.sandbox ?? (isolation === undefined ? undefined : "workspace-write"),
    silenceMs: decision.silenceMs,
    expect: request.expect,
    handoff: request.handoff && { ...request.handoff, strategy },
    readsOrigin: place !== undefined,
    check: request.check,
    outputFile,
    // The file of an attempt whose check failed is this call's own.
    overwrite: hasWritten || overwrite,
  } as const;
  const failed = last?.code === "CHECK_FAILED" ? (check ?? last.cause) : undefined;
  if (threadId !== undefined) {
    const retry = failed === undefined ? composeRetry(request.task, last?.code) : composeMend(request.task, failed);
    const context = isFirst ? composeContext(request, { strategy, rules: rules.routing_config, keep }) : NO_CONTEXT;
    // A thread that has read the document knows it.
    const handoff = isFirst ? common.handoff : common.handoff && { ...common.handoff, read: undefined };
    const send: PlannedTurn["send"] = (delegation, timeoutMs, call) =>
      delegation.reply({ ...common, handoff, prompt: composeTask(retry, context), threadId, timeoutMs }, call);
    return { dropped: context.dropped, handoff: context.report, send };
  }
  const context = composeContext(request, { strategy, rules: rules.routing_config, keep });
  return {
    dropped: context.dropped,
    handoff: context.report,
    send: (delegation, timeoutMs, call) => {
      const turn = { ...common, prompt: composeTask(request.task, context), sessionId, timeoutMs };
      // The new thread takes over the name of the one before.
      if (hasName && sessionId !== undefined) return delegation.reply({ ...turn, resetSession: true }, call);
      // The work of the attempts before is in their worktree, so the new thread goes on there.
      const where = place === undefined ? { cwd, isolation } : { cwd: place.cwd };
      return delegation.start({ ...turn, ...where, profile: decision.profile }, call);
    },
  };
}

/** Sends a turn. It may wait `timeoutMs` for a free slot, and has `timeoutMs` again once it runs. */
export async function sendTurn(
  turn: PlannedTurn,
  options: { readonly delegation: Delegation; readonly call: CallContext; readonly timeoutMs: number },
): Promise<TurnEnd> {
  const { delegation, call, timeoutMs } = options;
  // AbortSignal.timeout would keep its timer for the whole time, however soon the turn ends (seen on Node 22).
  const wait = new AbortController();
  const timer = setTimeout(() => {
    if (call.isDetached?.() !== true) wait.abort();
  }, timeoutMs);
  const signal = AbortSignal.any([call.signal, wait.signal]);
  const onTurnStart = (): void => clearTimeout(timer);
  const end = await turn.send(delegation, timeoutMs, { ...call, signal, onTurnStart });
  clearTimeout(timer);
  const isLate = wait.signal.aborted && !call.signal.aborted && end.startedAt === undefined;
  return isLate && end.kind === "refused" ? { ...end, error: toWaitError(end.error, timeoutMs) } : end;
}

function toWaitError({ threadId }: ErrorReport, timeoutMs: number): ErrorReport {
  const message = `No turn slot was free within ${timeoutMs} ms. Nothing was started, and this does not count as a failure.`;
  return reportError("WAIT_TIMED_OUT", message, { threadId });
}
