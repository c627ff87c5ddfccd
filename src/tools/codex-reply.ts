import * as z from "zod";
import { promptArgument, sandboxArgument, sessionIdArgument, turnArguments } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

/** `codex-reply`: continues a thread. */
export const codexReplyTool = defineTool({
  name: "codex-reply",
  title: "Continue a Codex thread",
  description:
    "Send a further prompt to a Codex thread, which remembers its earlier turns; works after restarts too. The thread keeps its directory and sandbox.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Next prompt."),
    threadId: z.string().optional().describe("From an earlier result. This or sessionId is required."),
    sessionId: sessionIdArgument.optional().describe("Name given to codex."),
    conversationId: z.string().optional().describe("Deprecated: threadId."),
    sandbox: sandboxArgument.optional().describe("Narrower sandbox, for good."),
    ...turnArguments,
    onLostThread: z
      .enum(["error", "rebuild"])
      .optional()
      .describe("If the thread cannot go on: error (default), or a new one told what is left of it."),
    resetSession: z.boolean().optional().describe("With sessionId: start a new thread under this name."),
    cwd: z.string().optional().describe("For rebuild or resetSession: where the new thread works."),
  }),
  output: turnOutput,
  handle: async ({ conversationId, ...args }, { delegation, call, spill }) =>
    toToolEnd(await delegation.reply({ ...args, threadId: args.threadId ?? conversationId }, call), spill),
});
