import * as z from "zod";
import type { GoOn } from "../delegation/failover/reply-task.ts";
import type { CallContext } from "../delegation/requests.ts";
import { BridgeError } from "../domain/errors.ts";
import {
  jobArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
  wordArgument,
} from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool, type FinishedCall, type ToolContext } from "./define-tool.ts";
import { checkFailover, type FailoverAsked, failoverArguments, followTask, runReply, runTask } from "./failover.ts";
import { type HandoffAsked, handOn, handoffArgument, toFiles } from "./handoff.ts";
import { turnOutput } from "./turn-answer.ts";

/** `run_agent`: a turn of any agent that the bridge knows. */
export const runAgentTool = defineTool({
  name: "run_agent",
  title: "Give a task to any agent",
  description:
    "Give a task to any agent of this machine by name: codex, claude or one that the user configured. It cannot see this conversation. In the background unless background is false.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "run a task with another coding agent: Codex, Claude Code, Gemini, any ACP agent" },
  input: z.strictObject({
    agent: wordArgument.describe("Name: codex, claude, or a configured one."),
    prompt: promptArgument.optional().describe("Task with all context."),
    promptFile: z.string().min(1).optional().describe("File with the task, in place of prompt."),
    cwd: z.string().optional().describe("Working directory."),
    model: turnArguments.model,
    effort: turnArguments.reasoningEffort,
    sandbox: sandboxArgument.optional().describe("What it may write."),
    threadId: z.string().optional().describe("Thread of this agent to continue."),
    sessionId: sessionIdArgument.optional().describe("Name of the thread; one of this name is continued."),
    timeoutMs: turnArguments.timeoutMs,
    handoff: handoffArgument,
    ...jobArguments,
    failover: failoverArguments.failover.describe("On failure, or near a usage limit: others."),
    failoverFrom: failoverArguments.failoverFrom,
  }),
  output: turnOutput,
  handle: ({ background = true, title, failover, failoverFrom, ...task }, context) => {
    const { agent, prompt, promptFile, cwd, threadId } = task;
    if ((prompt === undefined) === (promptFile === undefined)) {
      throw new BridgeError("INVALID_ARGUMENT", "Pass either `prompt` or `promptFile`.");
    }
    const handing = { failover, failoverFrom };
    checkFailover(handing, context.agents, agent);
    return runAsJob(context, {
      ...{ tool: "run_agent", agent, background, title: title ?? prompt ?? `${agent}: ${promptFile}` },
      ...{ threadId, needsRoots: needsRoots(cwd) },
      act: (call) => run(task, context, handing, call),
      follow: followTask(context, agent, {}),
    });
  },
});

interface Task {
  readonly agent: string;
  readonly prompt?: string | undefined;
  readonly promptFile?: string | undefined;
  readonly cwd?: string | undefined;
  readonly effort?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly threadId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly handoff?: HandoffAsked;
}

async function run(task: Task, context: ToolContext, handing: FailoverAsked, call: CallContext): Promise<FinishedCall> {
  const { promptFile = "", effort: reasoningEffort, agent, handoff, ...rest } = task;
  const asked = task.prompt ?? promptArgument.parse(await context.readPromptFile(promptFile, task.cwd, call));
  const { prompt, tell } = await handOn(context, agent, { prompt: asked, handoff });
  const request = { ...rest, ...toFiles(handoff), prompt, reasoningEffort };
  if (task.threadId === undefined && task.sessionId === undefined) {
    return tell(await runTask(context, agent, { request }, handing, call));
  }
  // A name that no thread has is that of a new one.
  const goOn: GoOn = (asked) => async (delegation, context, mayRelay) => {
    const end = await delegation.reply({ ...asked, mayRelay }, context);
    const isNew = end.kind === "refused" && end.error.code === "SESSION_NOT_FOUND" && asked.threadId === undefined;
    return isNew ? delegation.start({ ...asked, mayRelay }, context) : end;
  };
  return tell(await runReply(context, agent, request, handing, call, goOn));
}
