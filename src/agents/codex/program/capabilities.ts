// What the installed Codex CLI can do, learnt from the binary itself, once per binary.
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { chooseTrustLevel, type TrustLevel } from "../config/trust.ts";
import { readCodexWords } from "./codex-words.ts";

/** Output of a short Codex command; no exit code where it was ended, died of a signal or could not be started. */
export interface CodexOutput {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was ended before it had answered: by its time, or since the turn was cancelled. */
  readonly wasEnded: boolean;
  readonly signal: string | undefined;
  readonly spawnError: Error | undefined;
}

/** Runs a short Codex command without network; resolves with its output, whatever the exit code. */
export type RunCodex = (args: readonly string[]) => Promise<CodexOutput>;

/** What a question to the CLI brought. Where it did not answer in time, was cancelled, failed, or said something odd, there is no value. */
export type ProbeAnswer<Value> =
  | { readonly isSure: true; readonly value: Value }
  | { readonly isSure: false; readonly output: CodexOutput };

/** What `codex exec` takes besides what every version takes. Told by its help; the versions are where that was observed. */
export interface ExecCapabilities {
  /** `--thread-source`: 0.150 and later. */
  readonly hasThreadSource: boolean;
  /** Trust that a run has to be given, so that the user's config.toml stays as it is. */
  readonly trustLevel: TrustLevel;
  /** A project's own `.codex` is read where it is trusted: 0.120 and later. */
  readonly readsProjects: boolean;
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
  const output = await run(["exec", "--help"]);
  // Every version has this option; a help without it is none.
  const isHelp = output.exitCode === 0 && output.stdout.includes("--json");
  return isHelp ? { isSure: true, value: readExecHelp(output.stdout) } : { isSure: false, output };
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
    readsProjects: isLater,
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

/**
 * Codex's own MCP servers, from `codex mcp list --json` (10 to 17 ms); `flags` stand before its words.
 * Throws CONFIG_INVALID where Codex cannot read its config.
 */
export async function listMcpServers(
  run: RunCodex,
  flags: readonly string[] = [],
): Promise<ProbeAnswer<readonly CodexMcpServer[]>> {
  const output = await run([...flags, "mcp", "list", "--json"]);
  const { exitCode, stdout, stderr } = output;
  // 0.169 says it in the second form here, and in the first one where it runs a turn.
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
  const words = transport["type"] === "stdio" ? [transport["command"], ...args] : [];
  return { name: String(entry["name"]), commandLine: words.filter((word) => typeof word === "string") };
}
