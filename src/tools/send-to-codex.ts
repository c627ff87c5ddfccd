import * as z from "zod";
import { CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { messageArgument, sessionIdArgument } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { toSentAnswer } from "./sent-answer.ts";

/** `send_to_codex`: a message for a thread of Codex. */
export const sendToCodexTool = defineTool({
  name: "send_to_codex",
  title: "Send a message to a Codex thread",
  description:
    "Tell a Codex thread something without starting a turn: its running job gets it now, otherwise its next prompt brings it. For an answer, use codex-reply.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "message to a running or idle Codex thread" },
  input: z.strictObject({
    text: messageArgument.describe("The message."),
    threadId: z.string().optional().describe("Its id, or else its sessionId."),
    sessionId: sessionIdArgument.optional().describe("Its name."),
  }),
  output: z.looseObject({ content: z.string(), threadId: z.string().optional() }),
  handle: async ({ text, threadId, sessionId }, { agents, call }) => {
    if (threadId === undefined && sessionId === undefined) {
      throw new BridgeError("INVALID_ARGUMENT", "`threadId` or `sessionId` is missing.");
    }
    const { send } = await agents.open(CODEX.id);
    return toSentAnswer(await send({ text, threadId, sessionId }, call), CODEX.name);
  },
});
