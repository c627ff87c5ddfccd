import * as z from "zod";
import { CLAUDE } from "../domain/agents.ts";
import {
  checkArgument,
  commitArgument,
  expectArgument,
  jobArguments,
  outputArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool } from "./define-tool.ts";
import { checkFailover, failoverArguments, followTask, runReply } from "./failover.ts";
import { handOn, handoffArgument, toFiles } from "./handoff.ts";
import { turnOutput } from "./turn-answer.ts";

/** `claude-reply`: continues a thread of Claude Code. */
export const claudeReplyTool = defineTool({
  name: "claude-reply",
  title: "Continue a Claude Code thread",
  description: "Continue a Claude Code thread, also after a restart.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "continue a thread of Claude Code" },
  input: z.strictObject({
    prompt: promptArgument.describe("Next prompt."),
    threadId: z.string().optional().describe("Required without sessionId."),
    sessionId: sessionIdArgument.optional().describe("Name that was given to claude."),
    sandbox: sandboxArgument.optional().describe("Narrower, for good; the user is asked for wider."),
    ...turnArguments,
    onLostThread: z.enum(["error", "rebuild"]).optional().describe("If it is lost: rebuild makes a new one."),
    resetSession: z.boolean().optional().describe("With sessionId: start it anew."),
    cwd: z.string().optional().describe("For rebuild or resetSession."),
    commit: commitArgument.describe("See claude."),
    check: checkArgument.optional().describe("See claude."),
    expect: expectArgument,
    handoff: handoffArgument,
    ...outputArguments,
    ...jobArguments,
    failover: failoverArguments.failover.describe("See claude."),
    failoverFrom: failoverArguments.failoverFrom.describe("See claude."),
  }),
  output: turnOutput,
  handle: ({ background, title, failover, failoverFrom, handoff, ...args }, context) => {
    const request = { ...args, ...toFiles(handoff) };
    const handing = { failover, failoverFrom };
    checkFailover(handing, context.agents, CLAUDE.id);
    const { prompt, threadId, cwd } = request;
    const mayMove = request.resetSession === true || request.onLostThread === "rebuild";
    return runAsJob(context, {
      ...{ tool: "claude-reply", agent: CLAUDE.id, background, title: title ?? prompt, threadId },
      needsRoots: mayMove && needsRoots(cwd),
      act: async (call) => {
        const { prompt: composed, tell } = await handOn(context, CLAUDE.id, { prompt, handoff });
        return tell(await runReply(context, CLAUDE.id, { ...request, prompt: composed }, handing, call));
      },
      follow: followTask(context, CLAUDE.id, request),
    });
  },
});
