// `codex-bridge serve`: runs the MCP server on stdin and stdout until its client is gone.
import type { App } from "../app/app.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import { isMemoryRole, type Role } from "../domain/role.ts";
import { readListing } from "../mcp/listing.ts";
import { createMcpServer } from "../mcp/server.ts";
import type { ToolListing } from "../mcp/tool-list.ts";
import type { WireResult } from "../mcp/tool-result.ts";
import { createStdioTransport } from "../mcp/transport/stdio.ts";
import { requireFiles } from "../process/file-shortage.ts";
import { type BridgeStart, prepareBridge } from "./bridge-start.ts";
import { installLifecycle } from "./lifecycle.ts";

/** Delay before leftovers and old files are looked for, so that the first answers go out first. An earlier call starts it at once. */
const TIDY_UP_DELAY_MS = 200;
/** Files that may be open at once while the bridge is loaded: it consists of a few dozen pieces. */
const IMPORT_FILES = 48;
/** Of JSON-RPC. A client asks again after it. */
const INTERNAL_ERROR = -32_603;

/** Serves until EOF, EPIPE or a signal. Resolves with the exit code once nothing of ours is left running. */
export function serve(version: string, codexFlags: CodexFlags, role: Role = "claude"): Promise<number> {
  const start = prepareBridge(version);
  const { logger } = start;
  // The handshake does not need the bridge itself, so it is loaded after the first answers.
  let loading: Promise<App> | undefined;
  const loadApp = (): Promise<App> => {
    loading ??= importApp()
      .then(({ createApp }) => createApp({ ...start, codexFlags, role }))
      .catch((error: unknown) => {
        // The next call tries again.
        loading = undefined;
        throw error;
      });
    return loading;
  };
  const server = createMcpServer({
    version,
    role,
    listing: listTools(role, start.env),
    logger,
    callTool: async (...call) => {
      let app: App;
      try {
        app = await loadApp();
      } catch (error) {
        return { result: toNotLoaded(error) };
      }
      return app.callTool(...call);
    },
    answerTask: async (...request) => {
      try {
        return await (await loadApp()).answerTask(...request);
      } catch (error) {
        return { error: { code: INTERNAL_ERROR, message: describeNotLoaded(error) } };
      }
    },
  });
  return new Promise((resolve) => {
    const lifecycle = installLifecycle({ process, close: async () => (await loading)?.close(), exit: resolve, logger });
    const transport = createStdioTransport({
      input: process.stdin,
      output: process.stdout,
      onEnd: () => lifecycle.trigger("client is gone"),
    });
    // Much that is tidied up is not the memory's, and such a server may live for one turn alone.
    if (!isMemoryRole(role)) {
      setTimeout(() => {
        loadApp()
          .then((app) => app.tidyUp())
          .catch((error: unknown) => logger.error({ err: error }, "the bridge cannot be loaded"));
      }, TIDY_UP_DELAY_MS).unref();
    }
    server.connect(transport).catch((error: unknown) => {
      logger.error({ err: error }, "cannot serve");
      resolve(1);
    });
  });
}

// Codex reads the whole list again and again, and `claude` is enough where there is no third agent.
function listTools(role: Role, env: BridgeStart["env"]): readonly ToolListing[] {
  const listing = readListing(role);
  const hasOthers = role !== "codex" || (env["BRIDGE_AGENTS"] ?? "").trim() !== "";
  return hasOthers ? listing : listing.filter(({ name }) => name !== "run_agent");
}

// Written without the table of errors, which is part of what could not be loaded.
function toNotLoaded(error: unknown): WireResult {
  const message = describeNotLoaded(error);
  const text = `[MACHINE_LIMIT] ${message} Ask the user to free what has run out on this machine, then call again.`;
  const told = { code: "MACHINE_LIMIT", message, fault: "environment", retryable: true };
  // Has the fields that the output schemas of all tools require of an error.
  const structuredContent = { threadId: "", outcome: "failed", content: text, error: told };
  return { isError: true, content: [{ type: "text", text }], structuredContent };
}

function describeNotLoaded(error: unknown): string {
  return `The bridge cannot be loaded just now: ${error instanceof Error ? error.message : String(error)}.`;
}

async function importApp(): Promise<typeof import("../app/app.ts")> {
  requireFiles(IMPORT_FILES);
  const { keepHeapSmall } = await import("./heap.ts");
  keepHeapSmall();
  return import("../app/app.ts");
}
