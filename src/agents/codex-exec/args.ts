// Builds the argument list of one `codex exec` run. All options come before the word `resume`: only that order works on every version
// (docs/codex-cli.md#options-before-resume).
import type { JsonValue } from "../../domain/json.ts";
import type { CodexFrame } from "../codex/codex-frame.ts";
import { type Override, toFlags } from "../codex/config/overrides.ts";
import { type Trust, toPermissionOverrides, toTrustOverride } from "../codex/launch/sandbox-overrides.ts";

/** Everything that the arguments of a run contain. The prompt is not part of it: it is sent on stdin. */
export interface ExecRun {
  readonly frame: CodexFrame;
  /** Thread to resume; undefined starts a new one. */
  readonly threadId: string | undefined;
  /** Whether to make a new thread with the history of `threadId`, without a turn, rather than to resume it. */
  readonly isFork?: boolean | undefined;
  readonly images: readonly string[];
  /** Path of a JSON Schema file. */
  readonly outputSchemaPath: string | undefined;
  /** File with base instructions, and the config key that makes this CLI read it. */
  readonly baseInstructions: { readonly key: string; readonly path: string } | undefined;
  /** Name and value of an environment variable for the commands of this run. */
  readonly mark: { readonly name: string; readonly value: string };
  /** Tag for the rollout, if the CLI takes one. */
  readonly threadSource: string | undefined;
  /** Patterns of environment variables to hide from this run's commands. They replace the user's own patterns; empty keeps those. */
  readonly hiddenVariables: readonly string[];
  /** Whether this CLI's shell snapshots would give its commands the hidden variables anyway. */
  readonly snapshotsShell: boolean;
  /** Names of Codex's own MCP servers to switch off. */
  readonly disabledMcpServers: readonly string[];
  readonly requireGit: boolean;
  /** Whether to switch off what acts outside the sandbox, or beyond the turn: Codex's apps, plugins, subagents and goals. */
  readonly readsOnly: boolean;
  /** Whether to switch off subagents, because this CLI would start MCP servers for them that the run is to go without. */
  readonly withoutSubagents: boolean;
  /** Whether the run ignores Codex's command rules. */
  readonly ignoresRules: boolean;
  /** The user's permission profile without its writes, for a thread that was narrowed to read-only under the profile. */
  readonly narrowedProfile: JsonValue | undefined;
  /** Trust to give to directories for this run only: path to level. */
  readonly trust: Trust;
}

/** Builds the arguments for the Codex program. It reads the prompt from stdin; a fork has none. */
export function buildExecArgs(run: ExecRun): string[] {
  const { frame, threadId, isFork = false } = run;
  const thread = threadId === undefined ? [] : [isFork ? "fork" : "resume", threadId];
  const isNew = threadId === undefined || isFork;
  const options = [
    ...(frame.profile === undefined ? [] : ["-p", frame.profile]),
    ...(frame.model === undefined ? [] : ["-m", frame.model]),
    ...run.images.flatMap((path) => ["-i", path]),
    ...(run.outputSchemaPath === undefined ? [] : ["--output-schema", run.outputSchemaPath]),
    ...(run.threadSource === undefined || !isNew ? [] : ["--thread-source", run.threadSource]),
    ...(run.requireGit ? [] : ["--skip-git-repo-check"]),
    ...(run.ignoresRules ? ["--ignore-rules"] : []),
    ...toFlags(toOverrides(run)),
  ];
  // With `-s` Codex would drop the denies of the user's permission profile.
  const sandbox = frame.permissions?.name === undefined ? ["-s", frame.sandbox.mode] : [];
  return ["exec", "--json", ...sandbox, "-C", frame.cwd, ...options, ...thread, ...(isFork ? [] : ["-"])];
}

function toOverrides(run: ExecRun): Override[] {
  const { frame, baseInstructions } = run;
  return [
    ...Object.entries(frame.config),
    ...toOverride("model_reasoning_effort", frame.reasoningEffort),
    ...toOverride("developer_instructions", frame.developerInstructions),
    ...toOverride("compact_prompt", frame.compactPrompt),
    ...toOverride(baseInstructions?.key ?? "", baseInstructions?.path),
    ...run.disabledMcpServers.map((name): Override => [`mcp_servers.${name}.enabled`, false]),
    ...toHiding(run),
    [`shell_environment_policy.set.${run.mark.name}`, run.mark.value],
    // Without this, some versions retry forever if there is no network (docs/codex-cli.md#no-network).
    ["features.unbounded_connection_retries", false],
    ...listUnwanted(run).map((name): Override => [`features.${name}`, false]),
    ...toPermissionOverrides(frame, run.narrowedProfile),
    ...toTrustOverride(run.trust),
  ];
}

function toOverride(key: string, value: string | undefined): Override[] {
  return value === undefined ? [] : [[key, value]];
}

// A CLI that does not know one of these passes over it (docs/codex-cli.md#apps-and-plugins, docs/codex-cli.md#goals).
const SUBAGENT_FEATURES = ["multi_agent", "multi_agent_v2", "enable_fanout"];
const OUTSIDE_FEATURES = ["apps", "plugins", ...SUBAGENT_FEATURES, "goals"];

function listUnwanted({ readsOnly, withoutSubagents }: ExecRun): readonly string[] {
  if (readsOnly) return OUTSIDE_FEATURES;
  return withoutSubagents ? SUBAGENT_FEATURES : [];
}

function toHiding({ hiddenVariables, snapshotsShell }: ExecRun): Override[] {
  if (hiddenVariables.length === 0) return [];
  return [
    ["shell_environment_policy.exclude", hiddenVariables],
    ...(snapshotsShell ? [["features.shell_snapshot", false] satisfies Override] : []),
  ];
}
