// The ends of a task, in the words that its caller gets.
import type { CheckResult } from "../../domain/check.ts";
import { type Failure, reportError } from "../../domain/errors.ts";
import type { Attempt, AttemptPlace } from "../../domain/task.ts";
import type { EscalationStep } from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { CallContext, TurnAnswer } from "../requests.ts";
import { blameRule } from "./task-errors.ts";
import { instructAfter, toStrategy } from "./task-prompts.ts";
import type { TaskEnd, TaskRequest } from "./task-requests.ts";
import { describeNarrowSandbox } from "./task-sandbox.ts";
import { describeLastFailure, summarizeFailures } from "./task-summary.ts";

/** One task. */
export interface TaskInput {
  readonly request: TaskRequest;
  readonly decision: RoutingDecision;
  readonly rules: RulesFile;
  readonly call: CallContext;
  /** Name of the agent that the rules can give it to, for sentences. */
  readonly agentName: string;
}

/** The agent has done it. */
export function toCompleted(input: TaskInput, answer: TurnAnswer): TaskEnd {
  const warnings = [...describeNarrowSandbox(input, answer.sandbox.mode), ...answer.warnings];
  return { outcome: "completed", answer: { ...answer, warnings } };
}

/** What was tried of a task that is handed back. */
interface TriedAttempts {
  readonly failures: readonly Attempt[];
  /** The check of the newest attempt of this call, where one ran. */
  readonly check: CheckResult | undefined;
  /** The worktrees of the attempts whose proposals are open. */
  readonly places: readonly AttemptPlace[];
}

/** Claude should do it. */
export function toHandedBack(
  { request, decision, agentName }: TaskInput,
  reason: string,
  step: EscalationStep,
  { failures, check, places }: TriedAttempts,
): TaskEnd {
  const last = describeLastFailure(failures);
  const strategy = toStrategy(step, decision.contextStrategy, undefined);
  const cause = last === undefined ? reason : `${reason}; last error: ${last}`;
  const { task, context } = request;
  const instructions = instructAfter({
    agentName,
    task,
    context,
    reason: cause,
    step,
    strategy,
    attempts: failures,
    check,
    places,
  });
  return { outcome: "handed_back", instructions, cause };
}

/** The user should decide, and could not be asked or did not answer. */
export function toNeedsHuman(summary: string, failures: readonly Attempt[]): TaskEnd {
  const suggestions = ["try again", "let Claude do it", "stop"];
  return { outcome: "needs_human", summary, suggestions, cause: describeLastFailure(failures) ?? "" };
}

/** The user stopped it. */
export function toStopped(input: TaskInput, summary: string): TaskEnd {
  const error = reportError("STOPPED_BY_USER", `The user stopped this task. ${summary}`);
  return toFailed(input, "stopped by the user", [], { error });
}

/** No other attempt is made. `last` is the newest failure of this call. */
export function toFailed(
  input: TaskInput,
  reason: string,
  failures: readonly Attempt[],
  last: Failure | undefined,
): TaskEnd {
  const failure = last ?? {
    error: reportError("TURN_FAILED", summarizeFailures(input.agentName, input.request.task, failures)),
  };
  return { outcome: "failed", ...failure, reason: `${reason}${blameRule(failure.error, input)}` };
}
