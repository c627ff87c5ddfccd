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
import { needsRoots, replaceOutput } from "./as-job.ts";
import { defineJobTool } from "./job-tool.ts";
import { offerWait, toGoOn } from "./quota.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

/** `codex-reply`: continues a thread. */
export const codexReplyTool = defineJobTool({
  name: "codex-reply",
  title: "Continue a Codex thread",
  description:
    "Continue a Codex thread with another prompt. It remembers its turns, also after a restart, and keeps its directory and sandbox.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Next prompt."),
    threadId: z.string().optional().describe("Required unless sessionId is given."),
    sessionId: sessionIdArgument.optional().describe("Name that was given to codex."),
    conversationId: z.string().optional().describe("Deprecated."),
    sandbox: sandboxArgument.optional().describe("Narrower, for good; the user is asked for wider."),
    ...turnArguments,
    onLostThread: z
      .enum(["error", "rebuild"])
      .optional()
      .describe("If the thread cannot continue: error (default), or a new thread from what is left."),
    resetSession: z.boolean().optional().describe("With sessionId: start it anew."),
    cwd: z.string().optional().describe("For rebuild or resetSession."),
    commit: commitArgument.describe("See codex."),
    check: checkArgument.optional().describe("See codex."),
    expect: expectArgument,
    ...outputArguments,
    ...jobArguments,
    onQuota: onQuotaArgument.describe("See codex."),
  }),
  output: turnOutput,
  plan: (given, context) => {
    const { conversationId, background, title, onQuota, ...args } = given;
    const request = { ...args, threadId: args.threadId ?? conversationId };
    const { prompt, threadId, cwd } = request;
    const mayMove = request.resetSession === true || request.onLostThread === "rebuild";
    const again = { tool: "codex-reply", args: { ...given, background: undefined } };
    const toOrder = (begun: string | undefined) =>
      begun === undefined ? again : toGoOn(begun, given, request.onLostThread === "rebuild" ? { cwd } : undefined);
    return {
      ...{ tool: "codex-reply", agent: CODEX.id, background, title: title ?? prompt, threadId },
      needsRoots: mayMove && needsRoots(cwd),
      act: async (call) => {
        const { delegation } = await context.agents.open(CODEX.id);
        return offerWait(toToolEnd(await delegation.reply(request, call), context.spill), onQuota);
      },
      follow: replaceOutput(context, CODEX.id, request),
      toOrder: onQuota && toOrder,
    };
  },
});
