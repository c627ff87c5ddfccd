import * as z from "zod";
import { toItems } from "../context/context-item.ts";
import { CODEX } from "../domain/agents.ts";
import {
  checkArgument,
  expectArgument,
  jobArguments,
  outputArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots, replaceOutput, runAsJob } from "./as-job.ts";
import { contextArgument } from "./context-argument.ts";
import { defineTool } from "./define-tool.ts";
import { addRelay, handoffArgument, relayThread, toFiles } from "./handoff.ts";
import { toTaskEnd } from "./task-answer.ts";
import { turnFields } from "./turn-answer.ts";

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
    context: contextArgument.describe("What you already know. The rules decide how much Codex gets."),
    taskType: z.string().optional().describe("Kind of task in the rules' words."),
    contextTokens: z.int().min(0).optional().describe("Tokens of context. Default: measured."),
    complexity: z.number().min(0).max(1).optional().describe("0 to 1."),
    requiresFileSystem: z.boolean().optional().describe("Whether it needs files."),
    mode: z.enum(["decide", "run"]).optional().describe("Only decide, or run it too. Default: the user's setting."),
    cwd: z.string().optional().describe("Working directory."),
    sandbox: sandboxArgument.optional().describe("As in codex."),
    model: turnArguments.model,
    sessionId: sessionIdArgument.optional().describe("Your own name for the thread."),
    timeoutMs: turnArguments.timeoutMs.describe("Time limit in ms, without waits for the user."),
    expect: expectArgument,
    outputFile: outputArguments.outputFile.describe("As in codex."),
    overwrite: outputArguments.overwrite.describe("As in codex."),
    check: checkArgument.optional().describe("Run after each try; a try fails with it."),
    handoff: handoffArgument,
    isolation: z.literal("worktree").optional().describe("As in codex."),
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
  handle: ({ background, title, handoff, ...request }, context) => {
    const { task, cwd } = request;
    return runAsJob(context, {
      ...{ tool: "route_task", agent: CODEX.id, background, title: title ?? task, needsRoots: needsRoots(cwd) },
      ...{ errorFields: { outcome: "failed" }, startedFields: { outcome: "started" } },
      act: async (call) => {
        const relay = await relayThread(context, CODEX.id, { prompt: task, handoff });
        const handed = relay === undefined ? request.context : [...toItems(request.context), ...relay.items];
        const asked = { ...request, context: handed, ...toFiles(handoff) };
        return addRelay(toTaskEnd(await context.tasks.run(asked, call), asked, context.spill), relay);
      },
      follow: replaceOutput(context, CODEX.id, request),
    });
  },
});
