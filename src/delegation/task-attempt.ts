// One attempt at a routed task: which thread it goes to, what it says, and its share of the run's time.
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import type { EscalationStep } from "../escalation/policy.ts";
import type { RoutingDecision } from "../routing/route.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import type { Delegation } from "./delegation.ts";
import type { CallContext, TurnAnswer } from "./requests.ts";
import { composePrompt, composeRetry, toStrategy } from "./task-prompts.ts";
import type { TaskRequest } from "./task-requests.ts";

/** What the attempt goes by. */
export interface AttemptPlace {
  /** Step of the escalation path; undefined before any. */
  readonly step: EscalationStep | undefined;
  /** Thread to continue; undefined begins a new one. */
  readonly threadId: string | undefined;
  /** Whether an earlier thread of the call has the caller's name. */
  readonly hasName: boolean;
  /** Code of the newest failure. */
  readonly lastCode: string | undefined;
}

/** A turn that is ready to be sent. */
export interface PlannedTurn {
  /** What of the context does not go along; undefined also where the thread has it already. */
  readonly dropped: string | undefined;
  send(delegation: Delegation, timeoutMs: number, call: CallContext): Promise<TurnAnswer>;
}

/** Plans the turn of an attempt. */
export function planTurn(
  { request, decision, rules }: { request: TaskRequest; decision: RoutingDecision; rules: RulesFile },
  { step, threadId, hasName, lastCode }: AttemptPlace,
): PlannedTurn {
  const { cwd, sessionId } = request;
  const common = {
    model: request.model ?? decision.model,
    reasoningEffort: decision.reasoningEffort,
    sandbox: request.sandbox ?? decision.sandbox,
    silenceMs: decision.silenceMs,
  };
  if (threadId !== undefined) {
    const prompt = composeRetry(request.task, lastCode);
    const send: PlannedTurn["send"] = (delegation, timeoutMs, call) =>
      delegation.reply({ ...common, prompt, threadId, timeoutMs }, call);
    return { dropped: undefined, send };
  }
  const { prompt, dropped } = composePrompt(request, toStrategy(step, decision.contextStrategy, lastCode), rules);
  return {
    dropped,
    send: (delegation, timeoutMs, call) => {
      const turn = { ...common, prompt, sessionId, timeoutMs };
      // The new thread takes over the name that the one before has.
      if (hasName && sessionId !== undefined) return delegation.reply({ ...turn, resetSession: true }, call);
      return delegation.start({ ...turn, cwd, profile: decision.profile }, call);
    },
  };
}

/** A turn ends itself at its deadline, and tells more than an abort does. */
const DEADLINE_SLACK_MS = 500;

/** Ends a turn at a deadline that runs from now, so that the wait for a free place counts too. Throws TURN_TIMED_OUT. */
export async function withDeadline(
  call: CallContext,
  timeoutMs: number,
  act: (call: CallContext) => Promise<TurnAnswer>,
): Promise<TurnAnswer> {
  // AbortSignal.timeout would keep its timer for all that time, however soon the turn ends (seen on Node 22).
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs + DEADLINE_SLACK_MS);
  try {
    return await act({ ...call, signal: AbortSignal.any([call.signal, deadline.signal]) });
  } catch (thrown) {
    if (!deadline.signal.aborted || call.signal.aborted) throw thrown;
    const { threadId } = toBridgeError(thrown);
    throw new BridgeError("TURN_TIMED_OUT", `The run did not end within ${timeoutMs} ms.`, { threadId, cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}
