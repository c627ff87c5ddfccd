// Questions to the user as MCP elicitation forms. Claude Code in print mode cancels them at once unless a hook answers (facts 7).

import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  type ClientCapabilities,
  ElicitResultSchema,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";
import type { CallContext, ChoiceAnswer, ChoiceQuestion } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import type { Logger } from "../domain/logger.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Longest message of a form, in characters: a dialog is no place for a log. */
const MESSAGE_CHARACTERS = 1_000;

/** Makes the asking for one call; undefined where the client did not declare forms. */
export function createAsker(
  client: ClientCapabilities | undefined,
  { sendRequest, signal }: Pick<Extra, "sendRequest" | "signal">,
  logger: Logger,
): CallContext["askUser"] {
  if (client?.elicitation?.form === undefined) return undefined;
  return async (question) => {
    try {
      const request = { method: "elicitation/create" as const, params: toForm(question) };
      const result = await sendRequest(request, ElicitResultSchema, { timeout: question.timeoutMs, signal });
      return toAnswer(question, result.action, result.content?.["decision"]);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, "elicitation failed");
      return { kind: "unanswered" };
    }
  };
}

function toForm({ message, choices }: ChoiceQuestion) {
  const text = cutText(message, MESSAGE_CHARACTERS);
  return {
    mode: "form" as const,
    message: text.toWellFormed(),
    requestedSchema: {
      type: "object" as const,
      properties: {
        decision: {
          type: "string" as const,
          title: "Decision",
          oneOf: choices.map(({ id, title }) => ({ const: id, title })),
        },
      },
      required: ["decision"],
    },
  };
}

// The client is to check its answer by the schema; one that does not is not believed.
function toAnswer({ choices }: ChoiceQuestion, action: string, decision: unknown): ChoiceAnswer {
  if (action === "decline") return { kind: "declined" };
  const choice = choices.find(({ id }) => action === "accept" && id === decision);
  return choice === undefined ? { kind: "unanswered" } : { kind: "chosen", id: choice.id };
}
