// `codex-bridge serve`: the MCP server on stdin and stdout, until its client is gone.
import { homedir } from "node:os";
import { join } from "node:path";
import type { App } from "../app/app.ts";
import { loadSettings } from "../config/load.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import type { Redact } from "../domain/redact.ts";
import { createLogger } from "../logging/logger.ts";
import { LISTING } from "../mcp/listing.ts";
import { createMcpServer } from "../mcp/server.ts";
import type { WireResult } from "../mcp/tool-result.ts";
import { createStdioTransport } from "../mcp/transport/stdio.ts";
import { requireFiles } from "../process/file-shortage.ts";
import { installLifecycle } from "./lifecycle.ts";

/** Leftovers and old files are looked for once the first answers are out; a call that comes earlier starts it itself. */
const TIDY_UP_DELAY_MS = 200;
/** Files that loading the bridge may have open at once: a few dozen pieces, read beside each other. */
const IMPORT_FILES = 48;

/** Serves until EOF, EPIPE or a signal; resolves with the exit code, with nothing of ours left running. */
export function serve(version: string, codexFlags: CodexFlags): Promise<number> {
  const env = { HOME: homedir(), ...process.env };
  const cwd = process.cwd();
  const loaded = loadSettings({ env, cwd });
  const settings = "settings" in loaded ? loaded.settings : undefined;
  const logger = createLogger({
    level: settings?.logLevel ?? "info",
    stateDir: settings?.stateDir,
    env,
    loadRedactor: settings && (() => loadRedactor(env, settings.codexHome)),
  });
  for (const warning of loaded.warnings) logger.warn({}, warning);
  if ("problems" in loaded) logger.error({ problems: loaded.problems }, "settings are wrong: every call will say so");
  const shippedRules = join(import.meta.dirname, "../delegation-rules.json");
  const schemaWorker = join(import.meta.dirname, "schema-worker.mjs");
  const ownPath = join(import.meta.dirname, "bin.js");
  // The bridge itself is loaded once the first answers are out: the handshake does not need it.
  let loading: Promise<App> | undefined;
  const loadApp = (): Promise<App> => {
    loading ??= importApp()
      .then(({ createApp }) => createApp({ loaded, env, cwd, ownPath, shippedRules, schemaWorker, codexFlags, logger }))
      .catch((error: unknown) => {
        // The next call tries again.
        loading = undefined;
        throw error;
      });
    return loading;
  };
  const server = createMcpServer({
    version,
    listing: LISTING,
    logger,
    callTool: async (...call) => {
      let app: App;
      try {
        app = await loadApp();
      } catch (error) {
        return toNotLoaded(error);
      }
      return app.callTool(...call);
    },
  });
  return new Promise((resolve) => {
    const lifecycle = installLifecycle({ process, close: async () => (await loading)?.close(), exit: resolve, logger });
    const transport = createStdioTransport({ input: process.stdin, output: process.stdout });
    server.onclose = () => lifecycle.trigger("client is gone");
    setTimeout(() => {
      loadApp()
        .then((app) => app.tidyUp())
        .catch((error: unknown) => logger.error({ err: error }, "the bridge cannot be loaded"));
    }, TIDY_UP_DELAY_MS).unref();
    server.connect(transport).catch((error: unknown) => {
      logger.error({ err: error }, "cannot serve");
      resolve(1);
    });
  });
}

// Without the table of errors, which is a part of what could not be loaded.
function toNotLoaded(error: unknown): WireResult {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The bridge cannot be loaded just now: ${reason}.`;
  const text = `[MACHINE_LIMIT] ${message} Ask the user to free what has run out on this machine, then call again.`;
  const told = { code: "MACHINE_LIMIT", message, fault: "environment", retryable: true };
  // With what the output schema of any tool asks of an error.
  const structuredContent = { threadId: "", outcome: "failed", error: told };
  return { isError: true, content: [{ type: "text", text }], structuredContent };
}

async function importApp(): Promise<typeof import("../app/app.ts")> {
  requireFiles(IMPORT_FILES);
  return import("../app/app.ts");
}

// Secrets of Codex's own `.env` come up in what is logged, too.
async function loadRedactor(env: Readonly<Record<string, string | undefined>>, codexHome: string): Promise<Redact> {
  const { createEnvFileReader, createHomeRedactor } = await import("../agents/codex/config/env-file.ts");
  return createHomeRedactor(env, createEnvFileReader(codexHome));
}
