// What the bridge and a server say of themselves as it starts (docs/codex-cli.md#app-server).
import type { JsonObject } from "../../../domain/json.ts";
import { UnreadableAnswer } from "./server-errors.ts";

/** The params of `initialize`. `version` is the bridge's. */
export function toHello(version: string): JsonObject {
  return {
    clientInfo: { name: "codex-bridge", title: "codex-bridge", version },
    capabilities: { experimentalApi: true },
  };
}

/**
 * The user agent in the answer to `initialize`. Throws UnreadableAnswer for 0.50, which answers it too and knows none of the other methods: it
 * does not name its home.
 */
export function readHello({ userAgent, codexHome }: JsonObject): string {
  if (typeof userAgent === "string" && typeof codexHome === "string") return userAgent;
  throw new UnreadableAnswer("initialize", typeof userAgent === "string" ? userAgent : "it names no user agent");
}

/** Whether a notification says that the server could not read its config and has started with the defaults (0.120 to 0.169). */
export function saysItLostConfig(method: string, { summary }: JsonObject): boolean {
  return method === "configWarning" && typeof summary === "string" && summary.startsWith("Invalid configuration");
}
