// The old era (up to 2025-11-25): tools/list and tools/call on the SDK's low-level Server. Validation errors and results are our own.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ErrorCode as RpcErrorCode,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { isRecord } from "../../../domain/guards.ts";
import { readCaller, toHints } from "../../caller.ts";
import { toInstructions, toTitle } from "../../instructions.ts";
import { createProgressReporter, type Progress, type ProgressReporter } from "../../progress.ts";
import type { McpServerOptions } from "../../server-options.ts";
import { describeUnknownTool } from "../../unknown-tool.ts";
import { createAsker } from "./elicitation.ts";
import { createRootsAsker } from "./roots.ts";

// With the SDK's own schema here, it answers malformed params with -32603. The SDK checks a call again and then says -32602.
const AnyCallSchema = z.object({ method: z.literal("tools/call"), params: z.looseObject({}).optional() });

/** Makes the engine of the old era. */
export function createLegacyServer({ version, role = "claude", listing, callTool, logger }: McpServerOptions): Server {
  const server = new Server(
    { name: "codex-bridge", title: toTitle(role), version },
    { capabilities: { tools: {} }, instructions: toInstructions(role) },
  );
  const askRoots = createRootsAsker(server, logger);
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: toHints(listing, { role, name: server.getClientVersion()?.name }),
  }));
  server.setRequestHandler(AnyCallSchema, async (request, extra) => {
    const { params } = CallToolRequestSchema.parse(request);
    const progressToken = params._meta?.progressToken;
    const send = (progress: Progress): Promise<void> =>
      extra
        .sendNotification({
          method: "notifications/progress",
          params: { progressToken: progressToken ?? "", ...progress },
        })
        .catch((error: unknown) => logger.debug({ err: error }, "progress not sent"));
    const client = server.getClientVersion();
    const reporter = progressToken === undefined ? undefined : createProgressReporter({ send });
    const call = {
      signal: extra.signal,
      report: (message: string) => reporter?.report(message),
      canReport: reporter !== undefined,
      canTask: false,
      // As it came: the SDK's schema is not ours.
      caller: readCaller(request.params?.["_meta"], { role, name: client?.name, version: client?.version }),
      askUser: createAsker(server.getClientCapabilities(), extra, logger),
      listRoots: askRoots(extra),
    };
    const called = await withReporter(reporter, extra.signal, () =>
      // The arguments as they came: the SDK's schema drops a key called __proto__.
      callTool(params.name, isRecord(request.params?.["arguments"]) ? request.params["arguments"] : {}, call),
    );
    // A job that the client was not told of is one that nobody could stop.
    if (extra.signal.aborted) called?.task?.drop();
    if (called !== undefined) return called.result;
    throw new McpError(RpcErrorCode.InvalidParams, describeUnknownTool(params.name, listing));
  });
  server.onerror = (error) => logger.warn({ err: error }, "protocol error");
  return server;
}

// Nothing is reported after the answer or after a cancel.
async function withReporter<Result>(
  reporter: ProgressReporter | undefined,
  signal: AbortSignal,
  act: () => Promise<Result>,
): Promise<Result> {
  const stop = (): void => reporter?.stop();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await act();
  } finally {
    stop();
  }
}
