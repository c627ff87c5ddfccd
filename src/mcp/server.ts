// The MCP server: tools/list and tools/call on the SDK's low-level Server. Validation errors and results are written by us.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ErrorCode as RpcErrorCode,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import type { Tool, ToolContext } from "../tools/define-tool.ts";
import { createProgressReporter } from "./progress.ts";
import { toToolListing } from "./tool-list.ts";
import { toErrorResult, toResult, type WireResult } from "./tool-result.ts";

/** What the server is built from. */
export interface McpServerOptions {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  /** What every handler may use; throws a BridgeError where the bridge is not able to work. */
  readonly context: () => Omit<ToolContext, "call">;
  readonly logger: Logger;
}

// With the SDK's own schema here, malformed params are answered as -32603; the SDK checks a call again, and then says -32602.
const AnyCallSchema = z.object({ method: z.literal("tools/call"), params: z.looseObject({}).optional() });

/** Makes a server; connect it to a transport to serve. */
export function createMcpServer(options: McpServerOptions): Server {
  const server = new Server(
    { name: options.name, title: "Codex", version: options.version },
    { capabilities: { tools: {} }, instructions: options.instructions },
  );
  const tools = new Map(options.tools.map((tool) => [tool.name, tool]));
  const listing = { tools: options.tools.map(toToolListing) };
  server.setRequestHandler(ListToolsRequestSchema, () => listing);
  server.setRequestHandler(AnyCallSchema, async (request, extra) => {
    const { params } = CallToolRequestSchema.parse(request);
    const tool = tools.get(params.name);
    if (tool === undefined) {
      const name = params.name.slice(0, 100);
      throw new McpError(RpcErrorCode.InvalidParams, `Unknown tool: ${name}. Tools: ${[...tools.keys()].join(", ")}`);
    }
    const token = params._meta?.progressToken;
    const reporter =
      token === undefined
        ? undefined
        : createProgressReporter({
            send: (progress) => {
              extra
                .sendNotification({ method: "notifications/progress", params: { progressToken: token, ...progress } })
                .catch((error: unknown) => options.logger.debug({ err: error }, "progress not sent"));
            },
          });
    const stop = (): void => reporter?.stop();
    if (extra.signal.aborted) stop();
    extra.signal.addEventListener("abort", stop, { once: true });
    try {
      const report = (message: string): void => reporter?.report(message);
      return await callTool(tool, params.arguments, { signal: extra.signal, report }, options);
    } finally {
      stop();
    }
  });
  server.onerror = (error) => options.logger.warn({ err: error }, "protocol error");
  return server;
}

async function callTool(
  tool: Tool,
  args: Readonly<Record<string, unknown>> | undefined,
  call: ToolContext["call"],
  options: McpServerOptions,
): Promise<WireResult> {
  try {
    return toResult(await tool.run(dropNulls(args ?? {}), { ...options.context(), call }));
  } catch (error) {
    const result = toErrorResult(error, listArguments(tool));
    const isOwn = error instanceof BridgeError || error instanceof z.ZodError;
    if (isOwn)
      options.logger.info({ answer: result.content, err: error.cause, tool: tool.name }, "call answered with an error");
    else options.logger.error({ err: error, tool: tool.name }, "call failed");
    return result;
  }
}

// null for an optional argument means absent.
function dropNulls(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function listArguments(tool: Tool): string[] {
  return tool.input instanceof z.ZodObject ? Object.keys(tool.input.shape) : [];
}
