// `codex` and `codex-reply` count failures as `route_task` does, and name the step of the policy that is due. They never retry.
import type { Clock } from "../../domain/clock.ts";
import { type BridgeError, toBridgeError } from "../../domain/errors.ts";
import { decideFirst, decideNext, type EscalationPolicy, type EscalationStep } from "../../escalation/policy.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { CallContext, ReplyRequest, StartRequest, TurnAnswer } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { type AttemptHistory, toTaskKey, toThreadKey } from "./attempt-history.ts";
import { resolvePolicy } from "./escalation-policy.ts";

/** What the counting needs. */
export interface FailureCountOptions {
  /** Rules in force, read after a failure only. Throws RULES_INVALID, and then nothing is counted. */
  readonly readRules: () => { readonly rules: RulesFile };
  readonly history: AttemptHistory;
  /** Directory of the bridge: a prompt without cwd belongs to it. */
  readonly baseDir: string;
  readonly clock: Clock;
}

/** The same use cases; an error that counts also says which step of the escalation path it leads to. */
export function countFailures(delegation: Delegation, options: FailureCountOptions): Delegation {
  const { history, clock, baseDir } = options;

  // Counted per thread where there is one, else per task.
  async function count(
    request: StartRequest & ReplyRequest,
    call: CallContext,
    act: (call: CallContext) => Promise<TurnAnswer>,
  ): Promise<TurnAnswer> {
    const askedAt = clock();
    let startedAt: number | undefined;
    const onTurnStart = (): void => {
      startedAt ??= clock();
    };
    const taskKey = toTaskKey(request.prompt, request.cwd, baseDir);
    try {
      const answer = await act({ ...call, onTurnStart });
      history.clear(toThreadKey(answer.threadId));
      history.clear(taskKey);
      return answer;
    } catch (thrown) {
      const error = toBridgeError(thrown);
      const key = error.report.threadId === undefined ? taskKey : toThreadKey(error.report.threadId);
      // Where no turn began, there was no attempt.
      throw startedAt === undefined ? error : advise(error, key, { startedAt, waitedMs: startedAt - askedAt });
    }
  }

  function advise(
    error: BridgeError,
    key: string,
    { startedAt, waitedMs }: { startedAt: number; waitedMs: number },
  ): BridgeError {
    const policy = readPolicy(options);
    if (policy?.countedCodes.has(error.code) !== true) return error;
    const made = decideFirst(policy, history.read(key), startedAt - waitedMs);
    const step = made.kind === "stop" ? 0 : (made.step?.step ?? 0);
    const { code, threadId } = error.report;
    const times = { startedAt, waitedMs, endedAt: clock() };
    history.append(key, { agent: "codex_cli", outcome: "failed", code, step, ...times, threadId });
    const move = decideNext(policy, history.read(key), clock());
    if (move.kind === "stop" || move.step === undefined) return error;
    const { policyId } = policy;
    // Whoever is to do it themselves, or to ask the user, is not to go on with the thread meanwhile.
    const nextStep = move.step.agent === "codex_cli" ? ` ${error.report.nextStep}` : "";
    return error.with({
      nextStep: `${move.reason}: ${describeStep(move.step, policyId)}${nextStep}`,
      fields: { escalation: { policyId, ...move.step, reason: move.reason } },
    });
  }

  return {
    start: (request, call) => count(request, call, (counted) => delegation.start(request, counted)),
    reply: (request, call) => count(request, call, (counted) => delegation.reply(request, counted)),
  };
}

function readPolicy({ readRules }: FailureCountOptions): EscalationPolicy | undefined {
  try {
    return resolvePolicy(readRules().rules, { ruleId: undefined, agent: "codex_cli", fallbackAgent: undefined });
  } catch {
    // The turn's own error is what matters here; route_task tells of bad rules.
    return undefined;
  }
}

function describeStep({ step, agent, strategy, contextModification }: EscalationStep, policyId: string): string {
  const context = contextModification === "none" ? "" : `, context_modification ${contextModification}`;
  const how = { codex_cli: "let Codex try again", claude_code: "do it yourself now", human: "ask the user now" }[agent];
  return `${policyId} is at step ${step} (${strategy}${context}), so ${how}.`;
}
