// Finds out what the installed Codex CLI can do, by asking the binary. Callers cache the answers for each binary.
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { chooseTrustLevel, type TrustLevel } from "../config/trust.ts";
import { readCodexWords } from "./codex-words.ts";

/** Output of a short Codex command. It has no exit code if the command was ended, died of a signal or could not be started. */
export interface CodexOutput {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was ended before it answered: by the time limit, or because the turn was cancelled. */
  readonly wasEnded: boolean;
  readonly signal: string | undefined;
  readonly spawnError: Error | undefined;
}

/** Runs a short Codex command without network. Resolves with its output, whatever the exit code. */
export type RunCodex = (args: readonly string[]) => Promise<CodexOutput>;

/** The answer to a question to the CLI. There is no value if it did not answer in time, was cancelled, failed, or said something unexpected. */
export type ProbeAnswer<Value> =
  | { readonly isSure: true; readonly value: Value }
  | { readonly isSure: false; readonly output: CodexOutput };

/** What `codex exec` of this version can do and others cannot, judged by its help. The versions are those in which it was observed. */
export interface ExecCapabilities {
  /** `--thread-source`: 0.150 and later. */
  readonly hasThreadSource: boolean;
  /** Trust that a run must be given, so that Codex leaves the user's config.toml alone (docs/codex-cli.md#trust). */
  readonly trustLevel: TrustLevel;
  /** Reads a project's own `.codex` if the project is trusted: 0.120 and later. */
  readonly readsProjects: boolean;
  /** Developer instructions and a compact prompt take effect: 0.120 and later. */
  readonly takesInstructions: boolean;
  /** Config key for a file with base instructions. Passed with every turn, since 0.50 forgets it on a resume. */
  readonly baseInstructionsKey: string;
  /** `-i` is reliable: 0.120 and later (docs/codex-cli.md#images). */
  readonly takesImages: boolean;
  /** A resume of an unknown thread fails: 0.120 and later; 0.50 starts a new thread. */
  readonly refusesUnknownThreads: boolean;
  /** The usage of a resumed thread is its running total: 0.120 and later. 0.50 gives the turn's own. */
  readonly tellsRunningUsage: boolean;
  /** Shell snapshots give commands the excluded variables anyway: 0.120 to 0.150 (docs/codex-cli.md#environment-of-commands). */
  readonly snapshotsShell: boolean;
  /** Subagents may start the MCP servers of their role: before 0.149 (docs/codex-cli.md#subagents). Assumed of 0.149.0, whose help does not tell. */
  readonly startsRoleServers: boolean;
  /** `-p x` reads `x.config.toml` in Codex's home: 0.142 and later. Before, it reads `[profiles.x]` of config.toml. */
  readonly hasFileProfiles: boolean;
  /** `--ignore-rules`: 0.142 and later. Machine-wide rules still apply. */
  readonly ignoresRules: boolean;
  /** The app server lets go of a thread while it goes on: 0.160 and later (docs/codex-cli.md#app-server). */
  readonly letsGoOfThreads: boolean;
  /** Enforces permission profiles: 0.142 and later. */
  readonly hasPermissionProfiles: boolean;
  /** `codex exec fork`: 0.150 and later. Older ones take the words for a prompt. */
  readonly forks: boolean;
}

/** Asks the binary for its options. */
export async function probeExec(run: RunCodex): Promise<ProbeAnswer<ExecCapabilities>> {
  const output = await run(["exec", "--help"]);
  // Every version has this option, so a text without it is not the help.
  const isHelp = output.exitCode === 0 && output.stdout.includes("--json");
  return isHelp ? { isSure: true, value: readExecHelp(output.stdout) } : { isSure: false, output };
}

/** Whether this CLI knows command rules: 0.50 does not, 0.120 does. Assumed if it does not answer. */
export async function knowsRules(run: RunCodex): Promise<boolean> {
  const { exitCode, stdout } = await run(["execpolicy", "--help"]);
  return exitCode !== 0 || stdout.includes("codex execpolicy");
}

/** Whether this CLI has `codex archive` and `codex unarchive`: 0.142 and later. Older ones take the words for a prompt. Undefined if it does not answer. */
export async function canArchive(run: RunCodex): Promise<boolean | undefined> {
  const { exitCode, stdout } = await run(["archive", "--help"]);
  return exitCode === 0 ? stdout.includes("codex archive") : undefined;
}

/** Reads the help of `codex exec`. */
export function readExecHelp(help: string): ExecCapabilities {
  // This option came with 0.120, like everything else that changed between 0.50 and 0.120.
  const isLater = help.includes("--ephemeral");
  return {
    hasThreadSource: help.includes("--thread-source"),
    trustLevel: chooseTrustLevel(help),
    readsProjects: isLater,
    takesInstructions: isLater,
    baseInstructionsKey: isLater ? "model_instructions_file" : "experimental_instructions_file",
    takesImages: isLater,
    refusesUnknownThreads: isLater,
    tellsRunningUsage: isLater,
    snapshotsShell: isLater && !help.includes("--worktree"),
    startsRoleServers: !help.includes("--thread-source"),
    hasFileProfiles: help.includes(".config.toml on top"),
    ignoresRules: help.includes("--ignore-rules"),
    letsGoOfThreads: help.includes("--worktree"),
    hasPermissionProfiles: help.includes("--ignore-user-config"),
    forks: /^ +fork +\S/m.test(help),
  };
}

/** One of Codex's own MCP servers that is switched on. */
export interface CodexMcpServer {
  readonly name: string;
  /** Command and arguments of a stdio server; empty for other kinds. */
  readonly commandLine: readonly string[];
  /** Key of a config entry that says how it is reached. Absent for a server that was read from a config file. */
  readonly transportKey?: "command" | "url";
}

/**
 * Codex's own MCP servers, from `codex mcp list --json` (10 to 17 ms). `flags` come before these words.
 * Throws CONFIG_INVALID if Codex cannot read its config.
 */
export async function listMcpServers(
  run: RunCodex,
  flags: readonly string[] = [],
): Promise<ProbeAnswer<readonly CodexMcpServer[]>> {
  const output = await run([...flags, "mcp", "list", "--json"]);
  const { exitCode, stdout, stderr } = output;
  // 0.169 uses the second form here, and the first when it runs a turn.
  if (exitCode !== 0 && /Error loading config|failed to load .*configuration/i.test(stderr)) {
    throw new BridgeError("CONFIG_INVALID", "Codex cannot read its configuration.", {
      agentText: cutText(readCodexWords(stderr), 600),
    });
  }
  const list = exitCode === 0 ? parseList(stdout) : undefined;
  if (list === undefined) return { isSure: false, output };
  return { isSure: true, value: list.filter((entry) => entry["enabled"] !== false).map(toServer) };
}

function parseList(stdout: string): Record<string, unknown>[] | undefined {
  try {
    const value: unknown = JSON.parse(stdout);
    return Array.isArray(value) && value.every(isNamed) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isNamed(entry: unknown): entry is Record<string, unknown> {
  return isRecord(entry) && typeof entry["name"] === "string";
}

function toServer(entry: Record<string, unknown>): CodexMcpServer {
  const transport = isRecord(entry["transport"]) ? entry["transport"] : {};
  const args = Array.isArray(transport["args"]) ? transport["args"] : [];
  const isStdio = transport["type"] === "stdio";
  const words = isStdio ? [transport["command"], ...args] : [];
  return {
    name: String(entry["name"]),
    commandLine: words.filter((word) => typeof word === "string"),
    transportKey: isStdio ? "command" : "url",
  };
}
