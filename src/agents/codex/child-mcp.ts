// Which of Codex's own MCP servers a Codex that the bridge starts must do without.
import { existsSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import type { CodexMcpServer } from "./capabilities.ts";

/** What the user wants of Codex's own MCP servers. */
export interface ChildMcpPolicy {
  /** `none` leaves all out. */
  readonly mode: "inherit" | "none";
  /** Whether this bridge itself may stay among them. */
  readonly allowNested: boolean;
  /** Path of the running bridge program. */
  readonly ownPath: string;
}

/** Names to switch off. `-c mcp_servers.<name>.enabled` takes plain names only: CONFIG_INVALID where another one has to go. */
export function findServersToDisable(servers: readonly CodexMcpServer[], policy: ChildMcpPolicy): string[] {
  const doomed = servers.filter(
    (server) => policy.mode === "none" || (!policy.allowNested && runsBridge(server, policy.ownPath)),
  );
  const odd = doomed.find((server) => !/^[A-Za-z0-9_-]+$/.test(server.name));
  if (odd !== undefined) {
    throw new BridgeError(
      "CONFIG_INVALID",
      `Codex's MCP server "${odd.name}" cannot be switched off because of its name.`,
      {
        nextStep: "Ask the user to rename it in config.toml to letters, digits, - and _, or to remove it.",
      },
    );
  }
  return doomed.map((server) => server.name);
}

function runsBridge(server: CodexMcpServer, ownPath: string): boolean {
  return server.commandLine.some((word) => /^codex-bridge(@.*)?$/.test(basename(word)) || isSameFile(word, ownPath));
}

function isSameFile(word: string, ownPath: string): boolean {
  return word.includes("/") && existsSync(word) && existsSync(ownPath) && realpathSync(word) === realpathSync(ownPath);
}
