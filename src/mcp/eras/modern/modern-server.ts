// The new era (2026-07-28): stateless requests, each with an envelope. Ours, since the SDK that speaks it costs a third of the start.
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { isRecord } from "../../../domain/guards.ts";
import { toHints } from "../../caller.ts";
import { toInstructions, toTitle } from "../../instructions.ts";
import type { McpServerOptions } from "../../server-options.ts";
import type { MessageTaker } from "../era-split.ts";
import { type Envelope, MODERN_VERSION, readEnvelope, TASKS_EXTENSION } from "./envelope.ts";
import { createOpenRequests, type OpenRequest, type RpcAnswer } from "./open-requests.ts";
import { createToolCalls } from "./tool-calls.ts";

const METHOD_NOT_FOUND = -32_601;
const MISSING_CAPABILITY = -32_021;
const TASKS = { extensions: { [TASKS_EXTENSION]: {} } };
/** Another version of the bridge has another list, and costs a client one request. */
const NOT_CACHED = { ttlMs: 0, cacheScope: "private" };

const UNDECLARED = {
  code: MISSING_CAPABILITY,
  message: `This request does not declare the extension ${TASKS_EXTENSION}`,
  data: { requiredCapabilities: TASKS },
};

/** Makes the engine of the new era for one connection. */
export function createModernServer(
  options: McpServerOptions,
  send: (message: JSONRPCMessage) => Promise<void>,
): MessageTaker {
  const { version, role = "claude", listing, logger } = options;
  const serverInfo = { name: "codex-bridge", title: toTitle(role), version };
  const calls = createToolCalls(options);
  const discovered = {
    supportedVersions: [MODERN_VERSION],
    capabilities: { tools: {}, ...TASKS },
    instructions: toInstructions(role),
    ...NOT_CACHED,
  };

  function answer(request: OpenRequest, envelope: Envelope): RpcAnswer | Promise<RpcAnswer> {
    switch (request.method) {
      case "server/discover":
        return { result: discovered };
      case "tools/list":
        return { result: { tools: toHints(listing, { role, name: envelope.clientName }), ...NOT_CACHED } };
      case "tools/call":
        return calls.answer(request, envelope);
      case "tasks/get":
      case "tasks/cancel":
      case "tasks/update":
        return envelope.hasTasks ? options.answerTask(request.method, request.params) : { error: UNDECLARED };
      default:
        return { error: { code: METHOD_NOT_FOUND, message: "Method not found" } };
    }
  }

  const requests = createOpenRequests({
    send,
    logger,
    answer: async (request) => {
      const envelope = readEnvelope(request.params);
      if ("error" in envelope) return envelope;
      const told = await answer(request, envelope);
      if ("error" in told) return told;
      const own = told.result["_meta"];
      const _meta = { ...(isRecord(own) ? own : {}), "io.modelcontextprotocol/serverInfo": serverInfo };
      return { result: { resultType: "complete", ...told.result, _meta } };
    },
  });
  return {
    take: requests.take,
    close: () => {
      requests.close();
      calls.close();
    },
  };
}
