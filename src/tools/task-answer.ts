// The result of a routed task, for the model and for programs.
import type { OwnAttempt } from "../delegation/tasks/task-attempts.ts";
import { describeAttempt } from "../delegation/tasks/task-prompts.ts";
import type { TaskRequest, TaskResult } from "../delegation/tasks/task-requests.ts";
import { reportError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import type { RoutingDecision } from "../routing/route.ts";
import { toToldName } from "../routing/told-name.ts";
import { toCheckField } from "./check-words.ts";
import type { FinishedCall } from "./define-tool.ts";
import { joinHandoff, toHandoffField } from "./handoff-field.ts";
import { boundProposal, toToolAnswer } from "./turn-answer.ts";

/** Writes the result of a task. */
export function toTaskEnd(
  result: TaskResult,
  request: Pick<TaskRequest, "outputFile" | "expect" | "check">,
  spill: (text: string) => string,
): FinishedCall {
  const { end } = result;
  const shared = {
    outcome: end.outcome,
    decision: toDecision(result.decision),
    ...toHistory(result),
    ...toWarnings(result.decision.warnings),
  };
  switch (end.outcome) {
    case "decided": {
      const decision = { ...shared.decision, ...toGrounds(result.decision) };
      return { structured: { ...shared, decision }, text: describe(result.decision), links: [] };
    }
    case "completed": {
      const warnings = [...result.decision.warnings, ...end.answer.warnings];
      const answer = toToolAnswer({ ...end.answer, warnings }, spill, shared);
      const handoff = joinHandoff(shared.handoff, answer.structured["handoff"]);
      const whole = { ...shared, ...answer.structured, ...(handoff === undefined ? {} : { handoff }) };
      return { ...answer, structured: whole };
    }
    case "handed_back": {
      const warnings = [...result.decision.warnings, ...describeUndone(request, result)];
      const { instructions, cause } = end;
      return {
        structured: { ...shared, ...toLeft(result), ...toWarnings(warnings), instructions, cause },
        text: end.instructions,
        links: [],
      };
    }
    case "needs_human": {
      const { summary, suggestions, cause } = end;
      return {
        structured: { ...shared, ...toLeft(result), summary, suggestions, cause },
        text: `${summary}\nAsk the user: ${suggestions.join(", ")}?`,
        links: [],
      };
    }
    case "failed": {
      const message = describeFailed(end.error.message, end.reason, result);
      const { code, ...extras } = end.error;
      const fields = { ...shared, ...toLeft(result) };
      return { error: reportError(code, message, { ...extras, fields }), cause: end.cause };
    }
    case "cancelled":
      return { error: end.error, cause: end.cause };
    default:
      return assertNever(end);
  }
}

/** Bytes of the diff of a proposal that is not done. */
const DIFF_BYTES = 1_500;

// What the newest attempt left, where the answer is not its own.
function toLeft({ left }: TaskResult): Record<string, unknown> {
  return {
    ...(left?.check === undefined ? {} : { check: toCheckField(left.check) }),
    ...(left?.proposal === undefined ? {} : { proposal: boundProposal(left.proposal, DIFF_BYTES) }),
  };
}

// What the call asked for, and only a completed task has.
function describeUndone(
  { outputFile, expect, check }: Pick<TaskRequest, "outputFile" | "expect" | "check">,
  { attempts, left }: TaskResult,
): string[] {
  const path = left?.outputFile?.path;
  const isTried = attempts.some(({ agent }) => agent === "codex_cli");
  return [
    ...(outputFile !== undefined && path === undefined ? [UNWRITTEN] : []),
    ...(path === undefined ? [] : [`${path} holds the answer of an attempt that did not pass its check.`]),
    ...(expect === undefined ? [] : [UNCHECKED]),
    ...(check === undefined || isTried ? [] : [UNRUN]),
  ];
}

const UNCHECKED = "Nothing was checked by expect: Codex did not do the task.";
const UNWRITTEN = "outputFile was not written: Codex did not do the task.";
const UNRUN = "check was not run: Codex did not do the task. Run it yourself once it is done.";

function describeFailed(message: string, reason: string, { decision, attempts, escalation }: TaskResult): string {
  return [
    message,
    describe(decision),
    ...attempts.map(describeAttempt),
    ...(escalation === undefined ? [] : [describeEscalation(escalation)]),
    `Then: ${reason}.`,
  ].join("\n");
}

function toDecision(decision: RoutingDecision): Record<string, unknown> {
  const { rules, lead: _lead, warnings: _warnings, ...rest } = decision;
  const others = rules
    .filter((rule) => rule.applies && rule.ruleId !== decision.ruleId)
    .map(({ ruleId, agent }) => ({ ruleId: toToldName(ruleId), agent }));
  return {
    ...rest,
    ruleId: decision.ruleId && toToldName(decision.ruleId),
    ...(others.length === 0 ? {} : { runnersUp: others.slice(0, 5) }),
  };
}

// Every condition of the deciding rule, with what it saw. Only in `decide`: `run` does not need the evidence.
function toGrounds({ rules, ruleId }: RoutingDecision): Record<string, unknown> {
  const verdicts = rules.find((rule) => rule.ruleId === ruleId)?.verdicts ?? [];
  if (verdicts.length === 0) return {};
  return { conditions: verdicts.map(({ condition, result, evidence }) => ({ condition, result, evidence })) };
}

function toHistory({ attempts, escalation, dropped, handoff }: TaskResult) {
  return {
    ...(attempts.length === 0 ? {} : { attempts: attempts.map(toEntry) }),
    ...(escalation === undefined
      ? {}
      : { escalation: { policyId: escalation.policyId, ...escalation.step, reason: escalation.reason } }),
    ...(dropped === undefined ? {} : { contextDropped: dropped }),
    ...(handoff === undefined ? {} : { handoff: toHandoffField(handoff) }),
  };
}

function toWarnings(warnings: readonly string[]): { warnings?: readonly string[] } {
  return warnings.length === 0 ? {} : { warnings };
}

function toEntry(attempt: OwnAttempt): Record<string, unknown> {
  const { agent, outcome, code, startedAt, endedAt, threadId, receipt, usage, reason } = attempt;
  return { agent, outcome, code, durationMs: endedAt - startedAt, threadId, receipt, usage, reason };
}

function describeEscalation({ policyId, step, reason }: NonNullable<TaskResult["escalation"]>): string {
  return `Escalation: ${policyId} step ${step.step}, ${step.agent} (${step.strategy}); ${reason}.`;
}

function describe({ agent, ruleId, contextStrategy, sandbox, reasons }: RoutingDecision): string {
  const by = ruleId === undefined ? "default" : `rule ${toToldName(ruleId)}`;
  const where = agent === "codex_cli" ? `; sandbox: ${sandbox ?? "the user's default"}` : "";
  return `${agent} by ${by} (${reasons.join("; ")}); context: ${contextStrategy}${where}.`;
}
