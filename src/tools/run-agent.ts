import * as z from "zod";
import type { CallContext, TurnEnd } from "../delegation/requests.ts";
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
import { defineTool, type ToolContext } from "./define-tool.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

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
    ...jobArguments,
  }),
  output: turnOutput,
  handle: ({ background = true, title, ...task }, context) => {
    const { agent, prompt, promptFile, cwd, threadId } = task;
    if ((prompt === undefined) === (promptFile === undefined)) {
      throw new BridgeError("INVALID_ARGUMENT", "Pass either `prompt` or `promptFile`.");
    }
    return runAsJob(context, {
      ...{ tool: "run_agent", agent, background, title: title ?? prompt ?? `${agent}: ${promptFile}` },
      ...{ threadId, needsRoots: needsRoots(cwd) },
      act: async (call) => toToolEnd(await run(task, context, call), context.spill),
    });
  },
});

interface Task {
  readonly agent: string;
  readonly prompt?: string | undefined;
  readonly promptFile?: string | undefined;
  readonly cwd?: string | undefined;
  readonly effort?: string | undefined;
  readonly threadId?: string | undefined;
  readonly sessionId?: string | undefined;
}

async function run(task: Task, { agents, readPromptFile }: ToolContext, call: CallContext): Promise<TurnEnd> {
  const { agent, promptFile = "", effort: reasoningEffort, ...rest } = task;
  const prompt = task.prompt ?? promptArgument.parse(await readPromptFile(promptFile, task.cwd, call));
  const request = { ...rest, prompt, reasoningEffort };
  const { delegation } = await agents.open(agent);
  if (task.threadId === undefined && task.sessionId === undefined) return delegation.start(request, call);
  const end = await delegation.reply(request, call);
  const isNew = end.kind === "refused" && end.error.code === "SESSION_NOT_FOUND" && task.threadId === undefined;
  return isNew ? delegation.start(request, call) : end;
}
