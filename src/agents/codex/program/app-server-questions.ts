// Asks Codex's app server about hooks that nobody has trusted and about MCP servers that do not start. No other command of Codex says it.
import { isRecord } from "../../../domain/guards.ts";
import type { JsonObject } from "../../../domain/json.ts";

/** Asks `codex app-server`. Resolves with undefined if it does not know the question, or does not answer. Never rejects. */
export type AskAppServer = (method: string, params: JsonObject) => Promise<JsonObject | undefined>;

/** A hook that Codex ignores because nobody has trusted its current form. */
export interface UntrustedHook {
  readonly event: string;
  /** The file that defines it. */
  readonly source: string;
}

/** An MCP server of Codex that did not start, with Codex's explanation if it gives one (0.169). */
export interface BrokenServer {
  readonly name: string;
  readonly reason: string | undefined;
}

/** Lists the hooks that apply in a directory, without running any. undefined if this CLI cannot say (0.120 and before). */
export async function listUntrustedHooks(ask: AskAppServer, cwd: string): Promise<UntrustedHook[] | undefined> {
  const result = await ask("hooks/list", { cwds: [cwd] });
  if (result === undefined) return undefined;
  return toRecords(result["data"])
    .flatMap((layer) => toRecords(layer["hooks"]))
    .filter((hook) => hook["enabled"] === true && !["trusted", "managed"].includes(String(hook["trustStatus"])))
    .map((hook) => ({ event: String(hook["eventName"]), source: String(hook["sourcePath"]) }));
}

/** Starts Codex's own MCP servers and lists those that failed. undefined if this CLI cannot say (0.120 and before). */
export async function listBrokenServers(ask: AskAppServer): Promise<BrokenServer[] | undefined> {
  const result = await ask("mcpServerStatus/list", {});
  const servers = toRecords(result?.["data"]);
  if (result === undefined || servers.some((server) => !("serverInfo" in server))) return undefined;
  return servers
    .filter((server) => typeof server["toolsError"] === "string" || server["serverInfo"] === null)
    .map(({ name, toolsError }) => ({
      name: String(name),
      reason: typeof toolsError === "string" ? toolsError : undefined,
    }));
}

function toRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
