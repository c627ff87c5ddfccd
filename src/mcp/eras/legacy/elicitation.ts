// Asks the user by a request of ours, as the old era does. Claude Code in print mode cancels a form at once unless a hook answers (docs/claude-code.md#forms).

import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ClientCapabilities, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import type { CallContext, ChoiceAnswer } from "../../../delegation/requests.ts";
import { cutText } from "../../../domain/cut-text.ts";
import type { Logger } from "../../../domain/logger.ts";
import { toAnswer, toForm } from "../../questions/form.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Limit for the cause of a failed question in the log. The client writes it. */
const CAUSE_CHARACTERS = 500;
/** Our own schema: with the SDK's, an answer with a million unknown members becomes an error with a million issues. */
const AnyResultSchema = z.looseObject({});
const UNANSWERED: ChoiceAnswer = { kind: "unanswered" };

/** Makes the function that asks, for one call; undefined if the client did not declare forms. */
export function createAsker(
  client: ClientCapabilities | undefined,
  { sendRequest, signal }: Pick<Extra, "sendRequest" | "signal">,
  logger: Logger,
): CallContext["askUser"] {
  if (client?.elicitation?.form === undefined) return undefined;
  return async (question, withdrawn) => {
    // The SDK never removes its listener (docs/mcp.md#schemas-of-the-sdk), and on an abort it cancels a request that was answered long ago. So
    // each question gets a signal of its own, which ends with it.
    const own = new AbortController();
    const withdraw = (): void => own.abort();
    const reasons = withdrawn === undefined ? [signal] : [signal, withdrawn];
    for (const reason of reasons) {
      if (reason.aborted) return UNANSWERED;
      reason.addEventListener("abort", withdraw, { once: true });
    }
    try {
      const request = { method: "elicitation/create" as const, params: toForm(question) };
      const result = await sendRequest(request, AnyResultSchema, { timeout: question.timeoutMs, signal: own.signal });
      return toAnswer(question, result);
    } catch (error) {
      if (!own.signal.aborted) logger.warn({ cause: cutText(String(error), CAUSE_CHARACTERS) }, "elicitation failed");
      return UNANSWERED;
    } finally {
      for (const reason of reasons) reason.removeEventListener("abort", withdraw);
    }
  };
}
