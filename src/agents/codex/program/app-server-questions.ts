// Asks Codex's app server about hooks that nobody has trusted and about MCP servers that do not start. No other command of Codex says it.
import { isRecord } from "../../../domain/guards.ts";

/** Sends lines to `codex app-server` and returns the lines that it prints, until `isDone` accepts one or the time is over. */
export type TalkToAppServer = (lines: readonly string[], isDone: (line: string) => boolean) => Promise<void>;

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
export async function listUntrustedHooks(talk: TalkToAppServer, cwd: string): Promise<UntrustedHook[] | undefined> {
  const result = await ask(talk, "hooks/list", { cwds: [cwd] });
  if (result === undefined) return undefined;
  return toRecords(result["data"])
    .flatMap((layer) => toRecords(layer["hooks"]))
    .filter((hook) => hook["enabled"] === true && !["trusted", "managed"].includes(String(hook["trustStatus"])))
    .map((hook) => ({ event: String(hook["eventName"]), source: String(hook["sourcePath"]) }));
}

/** Starts Codex's own MCP servers and lists those that failed. undefined if this CLI cannot say (0.120 and before). */
export async function listBrokenServers(talk: TalkToAppServer): Promise<BrokenServer[] | undefined> {
  const result = await ask(talk, "mcpServerStatus/list", {});
  const servers = toRecords(result?.["data"]);
  if (result === undefined || servers.some((server) => !("serverInfo" in server))) return undefined;
  return servers
    .filter((server) => typeof server["toolsError"] === "string" || server["serverInfo"] === null)
    .map(({ name, toolsError }) => ({
      name: String(name),
      reason: typeof toolsError === "string" ? toolsError : undefined,
    }));
}

const ASKED = 1;

// undefined if it does not know the question, or does not answer in time.
async function ask(
  talk: TalkToAppServer,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown> | undefined> {
  const clientInfo = { name: "codex-bridge-doctor", title: "codex-bridge doctor", version: "1" };
  const messages = [
    { id: 0, method: "initialize", params: { clientInfo, capabilities: { experimentalApi: true } } },
    { method: "initialized" },
    { id: ASKED, method, params },
  ];
  let result: unknown;
  await talk(
    messages.map((message) => JSON.stringify({ jsonrpc: "2.0", ...message })),
    (line) => {
      const answer = parseLine(line);
      if (answer?.["id"] !== ASKED) return false;
      result = answer["result"];
      return true;
    },
  );
  return isRecord(result) ? result : undefined;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
