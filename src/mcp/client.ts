// A client for our own server, used by the demo. It starts the server as Claude Code would.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { isRecord } from "../domain/guards.ts";

/** A server to start. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A tool result, as the demo shows it. */
export interface CallResult {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: Readonly<Record<string, unknown>>;
}

/** A connection to a started server. */
export interface BridgeClient {
  readonly toolNames: readonly string[];
  call(
    name: string,
    args: Readonly<Record<string, unknown>>,
    onProgress: (message: string) => void,
  ): Promise<CallResult>;
  /** Ends the server. */
  close(): Promise<void>;
}

/** As the SDK has it. */
const CONNECT_TIMEOUT_MS = 60_000;
/** Time limit for one call of the demo. */
const CALL_TIMEOUT_MS = 600_000;

/** Starts a server and initializes the connection. `limitMs` is for each of its two answers. */
export async function connectClient(
  server: ServerCommand,
  version: string,
  limitMs = CONNECT_TIMEOUT_MS,
): Promise<BridgeClient> {
  const client = new Client({ name: "codex-bridge-demo", version });
  await client.connect(
    new StdioClientTransport({ ...server, args: [...server.args], env: { ...server.env }, stderr: "ignore" }),
    { timeout: limitMs },
  );
  const { tools } = await client.listTools(undefined, { timeout: limitMs }).catch(async (error: unknown) => {
    await client.close();
    throw error;
  });
  return {
    toolNames: tools.map((tool) => tool.name),
    call: async (name, args, onProgress) => {
      const result = await client.callTool({ name, arguments: { ...args } }, undefined, {
        timeout: CALL_TIMEOUT_MS,
        resetTimeoutOnProgress: true,
        onprogress: (progress) => onProgress(progress.message ?? ""),
      });
      return {
        isError: result.isError === true,
        text: toText(result.content),
        structured: isRecord(result.structuredContent) ? result.structuredContent : {},
      };
    },
    close: () => client.close(),
  };
}

function toText(content: unknown): string {
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [];
  return blocks.map((block) => (typeof block["text"] === "string" ? block["text"] : "")).join("\n");
}
