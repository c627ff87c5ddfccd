// The bridge in this process, spoken to by the SDK's client: what a tool call really answers.
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ElicitRequestSchema, type ElicitResult, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { createApp } from "../../src/app/app.ts";
import type { Jobs } from "../../src/delegation/jobs/job.ts";
import { type CodexFlags, NO_FLAGS } from "../../src/domain/codex-flags.ts";
import { type Logger, SILENT_LOGGER } from "../../src/domain/logger.ts";
import type { Role } from "../../src/domain/role.ts";
import { readListing } from "../../src/mcp/listing.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { buildValidationWorker } from "./validation-worker.ts";

export interface ToolResult {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: Record<string, unknown> & { threadId: string; content: string };
}

export interface TestBridge {
  readonly client: Client;
  /** The bridge's jobs, beside the tools. */
  readonly jobs: Jobs;
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<ToolResult>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
  /** `_meta` of the call. */
  readonly meta?: Record<string, unknown>;
}

/** What a bridge is started with. */
export interface BridgeOptions {
  env: Record<string, string>;
  cwd: string;
  ownPath?: string;
  codexFlags?: CodexFlags;
  role?: Role;
  logger?: Logger;
  /** Answers forms; without it the client declares none. */
  onForm?: (message: string) => ElicitResult | Promise<ElicitResult>;
  /** Addresses of the client's directories; without it the client declares none. */
  onRoots?: () => string[] | Promise<string[]>;
}

/** Starts a bridge with an environment made for it. */
export async function startBridge(options: BridgeOptions): Promise<TestBridge> {
  const { role = "claude" } = options;
  const app = createApp({
    version: "0.0.0-test",
    role,
    loaded: loadSettings(options),
    env: options.env,
    cwd: options.cwd,
    ownPath: options.ownPath ?? "/nowhere/dist/bin.js",
    codexFlags: options.codexFlags ?? NO_FLAGS,
    shippedRules: join(import.meta.dirname, "../../delegation-rules.json"),
    validationWorker: buildValidationWorker(),
    logger: options.logger ?? SILENT_LOGGER,
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer({
    version: "0.0.0-test",
    role,
    listing: readListing(role),
    callTool: app.callTool,
    answerTask: app.answerTask,
    logger: SILENT_LOGGER,
  });
  await server.connect(there);
  const { onForm, onRoots } = options;
  const capabilities = {
    ...(onForm === undefined ? {} : { elicitation: {} }),
    ...(onRoots === undefined ? {} : { roots: { listChanged: true } }),
  };
  const client = new Client({ name: "test", version: "1" }, { capabilities });
  if (onForm !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => onForm(params.message));
  if (onRoots !== undefined) {
    client.setRequestHandler(ListRootsRequestSchema, async () => ({
      roots: (await onRoots()).map((uri) => ({ uri })),
    }));
  }
  await client.connect(here);
  // The client checks results against output schemas only for tools that it has listed.
  await client.listTools();
  return {
    client,
    get jobs() {
      if (app.jobs === undefined) throw new Error("there are no jobs with these settings");
      return app.jobs;
    },
    call: (name, args, call) => callTool(client, name, args, call),
    close: async () => {
      await app.close();
      await client.close();
    },
  };
}

export async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown>,
  call: CallOptions = {},
): Promise<ToolResult> {
  const params = { name, arguments: args, ...(call.meta === undefined ? {} : { _meta: call.meta }) };
  const result = await client.callTool(params, undefined, {
    timeout: 120_000,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    ...(call.onProgress === undefined ? {} : { onprogress: (progress) => call.onProgress?.(progress.message ?? "") }),
  });
  const content = result.content as { type: string; text?: string }[];
  return {
    isError: result.isError === true,
    text: content.flatMap((block) => block.text ?? []).join("\n"),
    structured: result.structuredContent as ToolResult["structured"],
  };
}
