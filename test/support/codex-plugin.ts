// Plugins of Codex, installed with the real CLI as a person would.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CLI, type Lab, NATIVE_CODEX } from "./lab.ts";

/** Whether the CLI under test has `codex plugin`: 0.142 and later (docs/codex-cli.md#plugins). */
export const HAS_PLUGINS = CLI.hasFileProfiles;

/** Runs the CLI in the lab's homes; returns what it printed. Throws if it fails. */
export function runCodex(lab: Pick<Lab, "root" | "codexHome">, ...words: string[]): string {
  const env = { HOME: lab.root, CODEX_HOME: lab.codexHome, PATH: process.env["PATH"] ?? "" };
  return execFileSync(NATIVE_CODEX, words, { env, cwd: lab.root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Installs a plugin from the marketplace in this folder. */
export function installPlugin(lab: Pick<Lab, "root" | "codexHome">, marketplace: string, plugin: string): void {
  runCodex(lab, "plugin", "marketplace", "add", marketplace);
  runCodex(lab, "plugin", "add", plugin);
}

/** Installs a plugin `tools` that brings these MCP servers. */
export function installServers(lab: Lab, mcpServers: Readonly<Record<string, unknown>>): void {
  const folder = join(lab.root, "marketplace");
  const write = (path: string, value: unknown): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(value));
  };
  const plugins = [{ name: "tools", source: { source: "local", path: "./tools" } }];
  write(".agents/plugins/marketplace.json", { name: "lab", plugins });
  write("tools/.codex-plugin/plugin.json", { name: "tools", version: "1.0.0", mcpServers: "./.mcp.json" });
  write("tools/.mcp.json", { mcpServers });
  installPlugin(lab, folder, "tools@lab");
}
