// Counts the failures of `codex` and `codex-reply` as `route_task` does, and names the step of the policy that is due. Never retries.
import type { Clock } from "../../domain/clock.ts";
import { amendError } from "../../domain/errors.ts";
import { decideFirst, decideNext, type EscalationPolicy, type EscalationStep } from "../../escalation/policy.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { ReplyRequest, StartRequest, TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { type AttemptHistory, toTaskKey, toThreadKey } from "./attempt-history.ts";
import { resolvePolicy } from "./escalation-policy.ts";

type FailedTurn = Exclude<TurnEnd, { readonly kind: "completed" }>;

/** What the counting needs. */
export interface FailureCountOptions {
  /** Rules in force, read only after a failure. When it throws RULES_INVALID, nothing is counted. */
  readonly readRules: () => { readonly rules: RulesFile };
  readonly history: AttemptHistory;
  /** Directory of the bridge. A prompt without cwd belongs to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  /** Name of the agent that runs the turns. */
  readonly agentName: string;
}

/** The same use cases. An error that counts also names the step of the escalation path that is due. */
export function countFailures(delegation: Delegation, options: FailureCountOptions): Delegation {
  const { history, baseDir } = options;

  // Counted for each thread, or for each task if there is no thread.
  function count({ prompt, cwd }: StartRequest | ReplyRequest, end: TurnEnd): TurnEnd {
    const taskKey = toTaskKey(prompt, cwd, baseDir);
    const threadId = end.kind === "completed" ? end.answer.threadId : end.error.threadId;
    const threadKey = threadId === undefined ? undefined : toThreadKey(threadId);
    if (end.kind !== "completed") return advise(end, threadKey ?? taskKey, options);
    if (threadKey !== undefined) history.clear(threadKey);
    history.clear(taskKey);
    return end;
  }

  return {
    start: async (request, call) => count(request, await delegation.start(request, call)),
    reply: async (request, call) => count(request, await delegation.reply(request, call)),
  };
}

// If no turn began, there was no attempt.
function advise(end: FailedTurn, key: string, options: FailureCountOptions): FailedTurn {
  const { history, clock, agentName } = options;
  const { startedAt, waitedMs, error } = end;
  const policy = startedAt === undefined ? undefined : readPolicy(options);
  if (startedAt === undefined || policy?.countedCodes.has(error.code) !== true) return end;
  const made = decideFirst(policy, history.read(key), startedAt - waitedMs);
  const step = made.kind === "stop" ? 0 : (made.step?.step ?? 0);
  const { code, threadId } = error;
  const times = { startedAt, waitedMs, endedAt: clock() };
  history.append(key, { agent: "codex_cli", outcome: "failed", code, step, ...times, threadId });
  const move = decideNext(policy, history.read(key), clock());
  if (move.kind === "stop" || move.step === undefined) return end;
  const { policyId } = policy;
  // A caller that should do the task itself, or ask the user, must not continue the thread meanwhile.
  const then = move.step.agent === "codex_cli" ? ` ${error.nextStep}` : "";
  const nextStep = `${move.reason}: ${describeStep(move.step, policyId, agentName)}${then}`;
  const fields = { escalation: { policyId, ...move.step, reason: move.reason } };
  return { ...end, error: amendError(error, { nextStep, fields }) };
}

function readPolicy({ readRules }: FailureCountOptions): EscalationPolicy | undefined {
  try {
    return resolvePolicy(readRules().rules, { ruleId: undefined, agent: "codex_cli", fallbackAgent: undefined });
  } catch {
    // The turn's own error matters more here; route_task reports bad rules.
    return undefined;
  }
}

function describeStep(
  { step, agent, strategy, contextModification }: EscalationStep,
  policyId: string,
  agentName: string,
): string {
  const context = contextModification === "none" ? "" : `, context_modification ${contextModification}`;
  const how = {
    codex_cli: `let ${agentName} try again`,
    claude_code: "do it yourself now",
    human: "ask the user now",
  }[agent];
  return `${policyId} is at step ${step} (${strategy}${context}), so ${how}.`;
}
