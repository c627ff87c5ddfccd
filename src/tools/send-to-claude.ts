import * as z from "zod";
import { CLAUDE } from "../domain/agents.ts";
import { messageArgument } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { toSentAnswer } from "./sent-answer.ts";

/** `send_to_claude`: a message for the user's session of Claude Code. */
export const sendToClaudeTool = defineTool({
  name: "send_to_claude",
  title: "Send a message to Claude Code",
  description: "Leave a message for the user's Claude Code session. For an answer, use claude.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  meta: { "anthropic/searchHint": "message to the Claude Code session of this project" },
  input: z.strictObject({ text: messageArgument.describe("Message.") }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ text }, { sendToAgent, call }) => toSentAnswer(sendToAgent(CLAUDE.id, text, call), CLAUDE.name),
});
