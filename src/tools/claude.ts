import * as z from "zod";
import { CLAUDE } from "../domain/agents.ts";
import {
  checkArgument,
  commitArgument,
  expectArgument,
  jobArguments,
  longTextArgument,
  outputArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool } from "./define-tool.ts";
import { checkFailover, failoverArguments, followTask, runTask } from "./failover.ts";
import { handOn, handoffArgument, toFiles } from "./handoff.ts";
import { turnOutput } from "./turn-answer.ts";

/** `claude`: starts a thread of Claude Code. */
export const claudeTool = defineTool({
  name: "claude",
  title: "Start a Claude Code thread",
  description:
    "Give a task to Claude Code, another coding agent: a second opinion, a hard bug, work. Returns a threadId for claude-reply.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "give a task to another Claude Code, start a thread of it" },
  input: z.strictObject({
    prompt: promptArgument.describe("Task with all context."),
    cwd: z.string().optional().describe("Default: the session's."),
    sandbox: sandboxArgument.optional().describe("What it may write. Default: read-only."),
    ...turnArguments,
    sessionId: sessionIdArgument.optional().describe("Name for the thread."),
    "developer-instructions": longTextArgument.optional().describe("Standing instructions."),
    isolation: z.literal("worktree").optional().describe("Work in a git worktree."),
    commit: commitArgument.describe("Commit its changes: message or true."),
    check: checkArgument.optional().describe("Command run afterwards."),
    expect: expectArgument,
    handoff: handoffArgument,
    ...outputArguments,
    ...jobArguments,
    ...failoverArguments,
    failover: failoverArguments.failover.describe("On failure, or near a usage limit: codex."),
  }),
  output: turnOutput,
  handle: ({ background, title, "developer-instructions": developerInstructions, ...rest }, context) => {
    const { failover, failoverFrom, handoff, ...frame } = rest;
    const handing = { failover, failoverFrom };
    const request = { ...frame, ...toFiles(handoff), developerInstructions };
    checkFailover(handing, context.agents, CLAUDE.id);
    return runAsJob(context, {
      ...{ tool: "claude", agent: CLAUDE.id, background, title: title ?? request.prompt },
      needsRoots: needsRoots(request.cwd),
      act: async (call) => {
        const { prompt, tell } = await handOn(context, CLAUDE.id, { prompt: request.prompt, handoff });
        return tell(await runTask(context, CLAUDE.id, { request: { ...request, prompt } }, handing, call));
      },
      follow: followTask(context, CLAUDE.id, request),
    });
  },
});
