// Asks the client for its directories (MCP roots). Claude Code answers with the one it works in, after EnterWorktree the work tree.
import { fileURLToPath } from "node:url";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ClientCapabilities, ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import type { CallContext } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import { isRecord } from "../domain/guards.ts";
import type { Logger } from "../domain/logger.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Longest wait for the answer: a client that is there answers within milliseconds. */
const ROOTS_TIMEOUT_MS = 2_000;
/** More roots than this are not looked at. */
const MOST_ROOTS = 100;
/** Longest cause of a failed question in the log: the client writes it. */
const CAUSE_CHARACTERS = 500;
/** Not the SDK's own schema: that one is left out of the start. */
const AnyResultSchema = z.looseObject({});

/** Makes the asking for one call; undefined where the client did not declare roots. */
export function createRootsReader(
  client: ClientCapabilities | undefined,
  { sendRequest, signal }: Pick<Extra, "sendRequest" | "signal">,
  logger: Logger,
): CallContext["listRoots"] {
  if (client?.roots === undefined) return undefined;
  return async () => {
    // The SDK never takes its listener off: on the call's own signal, one would stay for each question.
    const own = AbortSignal.any([signal]);
    try {
      const request = { method: "roots/list" as const };
      const { roots } = await sendRequest(request, AnyResultSchema, { timeout: ROOTS_TIMEOUT_MS, signal: own });
      return (Array.isArray(roots) ? roots : []).slice(0, MOST_ROOTS).flatMap(toPath);
    } catch (error) {
      if (!signal.aborted) logger.warn({ cause: cutText(String(error), CAUSE_CHARACTERS) }, "roots not listed");
      return undefined;
    }
  };
}

// Another scheme, another host and what is no address at all name no directory of this machine.
function toPath(root: unknown): string[] {
  const uri = isRecord(root) ? root["uri"] : undefined;
  try {
    return typeof uri === "string" && uri.startsWith("file:") ? [fileURLToPath(uri)] : [];
  } catch {
    return [];
  }
}
