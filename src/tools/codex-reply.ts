import * as z from "zod";
import { CODEX } from "../domain/agents.ts";
import {
  checkArgument,
  commitArgument,
  expectArgument,
  jobArguments,
  onQuotaArgument,
  outputArguments,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots } from "./as-job.ts";
import { contextArgument } from "./context-argument.ts";
import { checkFailover, failoverArguments, followTask, runReply } from "./failover.ts";
import { handOn, handoffArgument, toFiles } from "./handoff.ts";
import { defineJobTool } from "./job-tool.ts";
import { offerWait, toGoOn } from "./quota.ts";
import { turnOutput } from "./turn-answer.ts";

/** `codex-reply`: continues a thread. */
export const codexReplyTool = defineJobTool({
  name: "codex-reply",
  title: "Continue a Codex thread",
  description: "Continue a Codex thread, also after a restart. It keeps its directory and sandbox.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Next prompt."),
    threadId: z.string().optional().describe("Required without sessionId."),
    sessionId: sessionIdArgument.optional().describe("Name given to codex."),
    conversationId: z.string().optional().describe("Deprecated."),
    sandbox: sandboxArgument.optional().describe("Narrower, for good; the user is asked for wider."),
    ...turnArguments,
    onLostThread: z
      .enum(["error", "rebuild"])
      .optional()
      .describe("If the thread is lost: error (default), or a new one from what is left."),
    resetSession: z.boolean().optional().describe("With sessionId: start it anew."),
    cwd: z.string().optional().describe("For rebuild or resetSession."),
    commit: commitArgument.describe("See codex."),
    check: checkArgument.optional().describe("See codex."),
    expect: expectArgument,
    context: contextArgument.describe("See codex."),
    handoff: handoffArgument.describe("See codex."),
    ...outputArguments,
    ...jobArguments,
    onQuota: onQuotaArgument.describe("See codex."),
    failover: failoverArguments.failover.describe("See codex."),
    failoverFrom: failoverArguments.failoverFrom.describe("See codex."),
  }),
  output: turnOutput,
  plan: (given, context) => {
    const {
      conversationId,
      background,
      title,
      onQuota,
      failover,
      failoverFrom,
      context: handed,
      handoff,
      ...args
    } = given;
    const handing = { failover, failoverFrom };
    checkFailover(handing, context.agents, CODEX.id);
    const request = { ...args, ...toFiles(handoff), threadId: args.threadId ?? conversationId };
    const { prompt, threadId, cwd } = request;
    const mayMove = request.resetSession === true || request.onLostThread === "rebuild";
    const again = { tool: "codex-reply", args: { ...given, background: undefined } };
    const toOrder = (begun: string | undefined) =>
      begun === undefined ? again : toGoOn(begun, given, request.onLostThread === "rebuild" ? { cwd } : undefined);
    return {
      ...{ tool: "codex-reply", agent: CODEX.id, background, title: title ?? prompt, threadId },
      needsRoots: mayMove && needsRoots(cwd),
      act: async (call) => {
        const { prompt: composed, tell } = await handOn(context, CODEX.id, { prompt, context: handed, handoff });
        const end = await runReply(context, CODEX.id, { ...request, prompt: composed }, handing, call);
        return offerWait(tell(end), onQuota);
      },
      follow: followTask(context, CODEX.id, request),
      toOrder: onQuota && toOrder,
    };
  },
});
