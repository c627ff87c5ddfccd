// What the installed Codex CLI can do, learnt from the binary itself, once per binary.
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/guards.ts";
import { readCodexWords } from "./codex-words.ts";
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

/** What `codex exec` takes besides what every version takes. Told by its help; the versions are where that was observed. */
export interface ExecCapabilities {
  /** `--thread-source`: 0.150 and later. */
  readonly hasThreadSource: boolean;
  /** Trust that a run has to be given, so that the user's config.toml stays as it is. */
  readonly trustLevel: TrustLevel;
  /** Developer instructions and a compact prompt take effect: 0.120 and later. */
  readonly takesInstructions: boolean;
  /** Config key of a file with base instructions; given with every turn, since 0.50 forgets it on a resume. */
  readonly baseInstructionsKey: string;
  /** `-i` can be relied on: 0.120 and later; 0.50 sends images as a turn of their own, and at times waits for ever after it. */
  readonly takesImages: boolean;
  /** A resume of an unknown thread fails: 0.120 and later; 0.50 starts a new thread. */
  readonly refusesUnknownThreads: boolean;
  /** The usage of a resumed thread is its running total: 0.120 and later; 0.50 tells the turn's own. */
  readonly tellsRunningUsage: boolean;
  /** Commands see what `shell_environment_policy.exclude` names all the same, through a snapshot of the shell: 0.120 to 0.150. */
  readonly snapshotsShell: boolean;
  /** `-p x` layers `x.config.toml` of Codex's home: 0.142 and later; before, it is `[profiles.x]` of config.toml. */
  readonly hasFileProfiles: boolean;
  /** `--ignore-rules`: 0.142 and later. It leaves out the rules of Codex's home and of projects, not the machine's. */
  readonly ignoresRules: boolean;
  /** Holds permission profiles: 0.142 and later; 0.120 does not keep their denied reads, 0.50 passes them over. */
  readonly hasPermissionProfiles: boolean;
}

/** Asks the binary for its options. */
export async function probeExec(run: RunCodex): Promise<ProbeAnswer<ExecCapabilities>> {
  const { exitCode, stdout } = await run(["exec", "--help"]);
  return { value: readExecHelp(stdout), isSure: exitCode === 0 };
}

/** Whether this CLI knows command rules: 0.50 does not, 0.120 does. Where it does not answer, it is taken to. */
export async function knowsRules(run: RunCodex): Promise<boolean> {
  const { exitCode, stdout } = await run(["execpolicy", "--help"]);
  return exitCode !== 0 || stdout.includes("codex execpolicy");
}

/** What the help of `codex exec` tells. */
export function readExecHelp(help: string): ExecCapabilities {
  // The option came with 0.120, and with it what else changed between 0.50 and 0.120.
  const isLater = help.includes("--ephemeral");
  return {
    hasThreadSource: help.includes("--thread-source"),
    trustLevel: chooseTrustLevel(help),
    takesInstructions: isLater,
    baseInstructionsKey: isLater ? "model_instructions_file" : "experimental_instructions_file",
    takesImages: isLater,
    refusesUnknownThreads: isLater,
    tellsRunningUsage: isLater,
    snapshotsShell: isLater && !help.includes("--worktree"),
    hasFileProfiles: help.includes(".config.toml on top"),
    ignoresRules: help.includes("--ignore-rules"),
    hasPermissionProfiles: help.includes("--ignore-user-config"),
  };
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
      throw new BridgeError("CONFIG_INVALID", "Codex cannot read its configuration.", {
        agentText: cutText(readCodexWords(stderr), 600),
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
