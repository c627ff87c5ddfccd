import * as z from "zod";
import { describeAttempt } from "../delegation/tasks/task-prompts.ts";
import type { TaskRequest, TaskResult } from "../delegation/tasks/task-requests.ts";
import { CODEX } from "../domain/agents.ts";
import { reportError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import type { Attempt } from "../domain/task.ts";
import type { RoutingDecision } from "../routing/route.ts";
import { toToldName } from "../routing/told-name.ts";
import {
  expectArgument,
  jobArguments,
  outputArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots, replaceOutput, runAsJob } from "./as-job.ts";
import { defineTool, type FinishedCall } from "./define-tool.ts";
import { toToolAnswer, turnFields } from "./turn-answer.ts";

/** `route_task`: decides by rules who should do a task, and has Codex do the tasks that are Codex's. */
export const routeTaskTool = defineTool({
  name: "route_task",
  title: "Route a task by the user's rules",
  description:
    "Decide by the user's delegation rules whether you or Codex should do a task. In mode run, Codex also does it, with retries and escalation. `handed_back`: do the task yourself as instructed. `needs_human`: ask the user. Codex sees only task and context.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  errorFields: { outcome: "failed" },
  input: z.strictObject({
    task: promptArgument.describe("The task, self-contained."),
    context: z
      .string()
      .refine((text) => text.isWellFormed(), "must be well-formed text")
      .optional()
      .describe("What you already know. The rules decide how much Codex gets."),
    taskType: z.string().optional().describe("Kind of task in the rules' words, e.g. algorithmic, strategic."),
    contextTokens: z.int().min(0).optional().describe("Tokens of context that the task needs. Default: measured."),
    complexity: z.number().min(0).max(1).optional().describe("0 to 1."),
    requiresFileSystem: z.boolean().optional().describe("Whether it reads, writes or runs files."),
    mode: z.enum(["decide", "run"]).optional().describe("Only decide, or run it too. Default: the user's setting."),
    cwd: z.string().optional().describe("Working directory."),
    sandbox: sandboxArgument.optional().describe("As in codex."),
    model: turnArguments.model,
    sessionId: sessionIdArgument.optional().describe("Your own name for the thread."),
    timeoutMs: turnArguments.timeoutMs.describe(
      "Time limit for the whole run, in ms. Waiting for the user does not count.",
    ),
    expect: expectArgument,
    outputFile: outputArguments.outputFile.describe("As in codex."),
    overwrite: outputArguments.overwrite.describe("As in codex."),
    ...jobArguments,
  }),
  output: z.looseObject({
    outcome: z.enum(["started", "decided", "completed", "handed_back", "needs_human", "failed"]),
    decision: z.looseObject({}).optional(),
    attempts: z.array(z.looseObject({})).optional(),
    escalation: z.looseObject({}).optional(),
    ...turnFields,
    threadId: z.string().optional(),
    content: z.string().optional(),
    instructions: z.string().optional(),
    summary: z.string().optional(),
    suggestions: z.array(z.string()).optional(),
    cause: z.string().optional(),
  }),
  handle: ({ background, title, ...request }, context) => {
    const { task, cwd } = request;
    return runAsJob(context, {
      ...{ tool: "route_task", agent: CODEX.id, background, title: title ?? task, needsRoots: needsRoots(cwd) },
      ...{ errorFields: { outcome: "failed" }, startedFields: { outcome: "started" } },
      act: async (call) => toEnd(await context.tasks.run(request, call), request, context.spill),
      follow: replaceOutput(context, CODEX.id, request),
    });
  },
});

function toEnd(
  result: TaskResult,
  { outputFile, expect }: Pick<TaskRequest, "outputFile" | "expect">,
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
      return { ...answer, structured: { ...shared, ...answer.structured } };
    }
    case "handed_back": {
      const warnings = [
        ...result.decision.warnings,
        ...(outputFile === undefined ? [] : [UNWRITTEN]),
        ...(expect === undefined ? [] : [UNCHECKED]),
      ];
      return {
        structured: { ...shared, ...toWarnings(warnings), instructions: end.instructions, cause: end.cause },
        text: end.instructions,
        links: [],
      };
    }
    case "needs_human": {
      const { summary, suggestions, cause } = end;
      return {
        structured: { ...shared, summary, suggestions, cause },
        text: `${summary}\nAsk the user: ${suggestions.join(", ")}?`,
        links: [],
      };
    }
    case "failed": {
      const message = describeFailed(end.error.message, end.reason, result);
      const { code, ...extras } = end.error;
      return { error: reportError(code, message, { ...extras, fields: shared }), cause: end.cause };
    }
    case "cancelled":
      return { error: end.error, cause: end.cause };
    default:
      return assertNever(end);
  }
}

const UNCHECKED = "Nothing was checked by expect: Codex did not do the task.";
const UNWRITTEN = "outputFile was not written: Codex did not do the task.";

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

function toHistory({ attempts, escalation, dropped }: TaskResult): Record<string, unknown> {
  return {
    ...(attempts.length === 0 ? {} : { attempts: attempts.map(toEntry) }),
    ...(escalation === undefined
      ? {}
      : { escalation: { policyId: escalation.policyId, ...escalation.step, reason: escalation.reason } }),
    ...(dropped === undefined ? {} : { contextDropped: dropped }),
  };
}

function toWarnings(warnings: readonly string[]): { warnings?: readonly string[] } {
  return warnings.length === 0 ? {} : { warnings };
}

function toEntry({ agent, outcome, code, startedAt, endedAt, threadId, reason }: Attempt): Record<string, unknown> {
  return { agent, outcome, code, durationMs: endedAt - startedAt, threadId, reason };
}

function describeEscalation({ policyId, step, reason }: NonNullable<TaskResult["escalation"]>): string {
  return `Escalation: ${policyId} step ${step.step}, ${step.agent} (${step.strategy}); ${reason}.`;
}

function describe({ agent, ruleId, contextStrategy, sandbox, reasons }: RoutingDecision): string {
  const by = ruleId === undefined ? "default" : `rule ${toToldName(ruleId)}`;
  const where = agent === "codex_cli" ? `; sandbox: ${sandbox ?? "the user's default"}` : "";
  return `${agent} by ${by} (${reasons.join("; ")}); context: ${contextStrategy}${where}.`;
}
