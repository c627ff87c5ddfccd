// What the installed Codex CLI can do, learnt from the binary itself, once per binary.
import { BridgeError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/guards.ts";
import { chooseTrustLevel, type TrustLevel } from "./trust.ts";

/** Runs a short Codex command without network; resolves with its output, whatever the exit code. */
export type RunCodex = (
  args: readonly string[],
) => Promise<{ exitCode: number | undefined; stdout: string; stderr: string }>;

/** What a question to the CLI brought; unsure where it did not answer in time, was cancelled, or failed. */
export interface ProbeAnswer<Value> {
  readonly value: Value;
  readonly isSure: boolean;
}

/** What `codex exec` takes besides what every version takes. */
export interface ExecCapabilities {
  /** `--thread-source`: 0.150 and later. */
  readonly hasThreadSource: boolean;
  /** Trust that a run has to be given, so that the user's config.toml stays as it is. */
  readonly trustLevel: TrustLevel;
}

/** Asks the binary for its options. */
export async function probeExec(run: RunCodex): Promise<ProbeAnswer<ExecCapabilities>> {
  const { exitCode, stdout } = await run(["exec", "--help"]);
  const value = { hasThreadSource: stdout.includes("--thread-source"), trustLevel: chooseTrustLevel(stdout) };
  return { value, isSure: exitCode === 0 };
}

/** One of Codex's own MCP servers that is switched on. */
export interface CodexMcpServer {
  readonly name: string;
  /** Command and arguments of a stdio server; empty for another kind. */
  readonly commandLine: readonly string[];
}

/** Codex's own MCP servers, from `codex mcp list --json` (10 to 17 ms). Throws CONFIG_INVALID where Codex cannot read its config. */
export async function listMcpServers(run: RunCodex): Promise<ProbeAnswer<readonly CodexMcpServer[]>> {
  const { exitCode, stdout, stderr } = await run(["mcp", "list", "--json"]);
  if (exitCode !== 0) {
    // 0.169 says it in the second form here, and in the first one where it runs a turn.
    if (/Error loading config|failed to load .*configuration/i.test(stderr)) {
      const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("WARNING"));
      throw new BridgeError("CONFIG_INVALID", "Codex cannot read its configuration.", {
        agentText: lines.join("\n").slice(0, 600),
      });
    }
    return { value: [], isSure: false };
  }
  const list = parseList(stdout);
  return { value: list.filter((entry) => entry["enabled"] !== false).map(toServer), isSure: true };
}

function parseList(stdout: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(stdout);
    return Array.isArray(value) ? value.filter(isRecord) : [];
  } catch {
    return [];
  }
}

function toServer(entry: Record<string, unknown>): CodexMcpServer {
  const transport = isRecord(entry["transport"]) ? entry["transport"] : {};
  const args = Array.isArray(transport["args"]) ? transport["args"] : [];
  const words = transport["type"] === "stdio" ? [transport["command"], ...args] : [];
  return { name: String(entry["name"]), commandLine: words.filter((word) => typeof word === "string") };
}
