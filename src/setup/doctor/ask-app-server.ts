// Asks a `codex app-server` of its own one question. Afterwards the program and all that it started are ended.
import { nanoid } from "nanoid";
import type { AskAppServer } from "../../agents/codex/program/app-server-questions.ts";
import { startAppServer } from "../../agents/codex-app-server/server/server-process.ts";
import type { ServerLaunch } from "../../agents/codex-app-server/server/server-types.ts";
import type { JsonObject } from "../../domain/json.ts";
import { SILENT_LOGGER } from "../../domain/logger.ts";
import type { RunLedger } from "../../process/run-ledger.ts";

/** Time limit for a question. Codex gives MCP servers ten seconds to start, unless the user sets another time. */
const ASK_TIMEOUT_MS = 30_000;
/** Time in which Codex ends its MCP servers by itself. */
const EXIT_GRACE_MS = 2_000;

const HELLO: JsonObject = {
  clientInfo: { name: "codex-bridge-doctor", title: "codex-bridge doctor", version: "1" },
  capabilities: { experimentalApi: true },
};

/** Makes a function that asks. Each question is a run in the ledger, so one that hangs leaves nothing running. */
export function createAsk(launch: Omit<ServerLaunch, "stamp">, ledger: RunLedger): AskAppServer {
  const parts = { ledger, newId: nanoid, hello: HELLO, onGlobal: () => {}, logger: SILENT_LOGGER };
  return async (method, params) => {
    try {
      const server = await startAppServer({ ...launch, stamp: "" }, parts, new AbortController().signal);
      try {
        return await server.connection.request(method, params, { timeoutMs: ASK_TIMEOUT_MS });
      } finally {
        await server.end(EXIT_GRACE_MS);
      }
    } catch {
      return undefined;
    }
  };
}
