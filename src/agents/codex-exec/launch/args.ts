// Builds the argument list of one `codex exec` run. All options come before the word `resume`: only that order works on every version
// (docs/codex-cli.md#options-before-resume).
import type { JsonValue } from "../../../domain/json.ts";
import type { SandboxPolicy } from "../../../domain/sandbox.ts";
import type { CodexFrame } from "../../codex/codex-frame.ts";
import { NARROWED_PROFILE } from "../../codex/config/permission-profile.ts";
import { toTomlValue } from "../../codex/config/toml-value.ts";

/** Everything that the arguments of a run contain. The prompt is not part of it: it is sent on stdin. */
export interface ExecRun {
  readonly frame: CodexFrame;
  /** Thread to resume; undefined starts a new one. */
  readonly threadId: string | undefined;
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
  /** Whether the run ignores Codex's command rules. */
  readonly ignoresRules: boolean;
  /** The user's permission profile without its writes, for a thread that was narrowed to read-only under the profile. */
  readonly narrowedProfile: JsonValue | undefined;
  /** Trust to give to directories for this run only: path to level. */
  readonly trust: Readonly<Record<string, string>>;
}

/** The parts of a frame that limit what its turns may do. */
export type FrameSandbox = Pick<CodexFrame, "sandbox" | "permissions">;

/** Builds the arguments for the Codex program. It reads the prompt from stdin. */
export function buildExecArgs(run: ExecRun): string[] {
  const { frame } = run;
  const resume = run.threadId === undefined ? [] : ["resume", run.threadId];
  const options = [
    ...(frame.profile === undefined ? [] : ["-p", frame.profile]),
    ...(frame.model === undefined ? [] : ["-m", frame.model]),
    ...run.images.flatMap((path) => ["-i", path]),
    ...(run.outputSchemaPath === undefined ? [] : ["--output-schema", run.outputSchemaPath]),
    ...(run.threadSource === undefined || run.threadId !== undefined ? [] : ["--thread-source", run.threadSource]),
    ...(run.requireGit ? [] : ["--skip-git-repo-check"]),
    ...(run.ignoresRules ? ["--ignore-rules"] : []),
    ...toOverrides(run).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ];
  // With `-s` Codex would drop the denies of the user's permission profile.
  const sandbox = frame.permissions?.name === undefined ? ["-s", frame.sandbox.mode] : [];
  return ["exec", "--json", ...sandbox, "-C", frame.cwd, ...options, ...resume, "-"];
}

function toOverrides(run: ExecRun): [key: string, toml: string][] {
  const { frame } = run;
  return [
    ...Object.entries(frame.config).map(([key, value]): [string, string] => [key, toTomlValue(value)]),
    ...(frame.reasoningEffort === undefined
      ? []
      : [["model_reasoning_effort", toTomlValue(frame.reasoningEffort)] satisfies [string, string]]),
    ...(frame.developerInstructions === undefined
      ? []
      : [["developer_instructions", toTomlValue(frame.developerInstructions)] satisfies [string, string]]),
    ...(frame.compactPrompt === undefined
      ? []
      : [["compact_prompt", toTomlValue(frame.compactPrompt)] satisfies [string, string]]),
    ...(run.baseInstructions === undefined
      ? []
      : [[run.baseInstructions.key, toTomlValue(run.baseInstructions.path)] satisfies [string, string]]),
    ...run.disabledMcpServers.map((name): [string, string] => [`mcp_servers.${name}.enabled`, "false"]),
    ...toHiding(run),
    [`shell_environment_policy.set.${run.mark.name}`, toTomlValue(run.mark.value)],
    // Without this, some versions retry forever if there is no network (docs/codex-cli.md#no-network).
    ["features.unbounded_connection_retries", "false"],
    ...(run.readsOnly ? OUTSIDE_FEATURES.map((name): [string, string] => [`features.${name}`, "false"]) : []),
    ...toPermissionOverrides(frame, run.narrowedProfile),
    ...toTrustOverride(run.trust),
  ];
}

/** A CLI that does not know one of them passes over it (docs/codex-cli.md#apps-and-plugins, docs/codex-cli.md#goals). */
const OUTSIDE_FEATURES = ["apps", "plugins", "multi_agent", "multi_agent_v2", "enable_fanout", "goals"];

function toHiding({ hiddenVariables, snapshotsShell }: ExecRun): [string, string][] {
  if (hiddenVariables.length === 0) return [];
  return [
    ["shell_environment_policy.exclude", toTomlValue(hiddenVariables)],
    ...(snapshotsShell ? [["features.shell_snapshot", "false"] satisfies [string, string]] : []),
  ];
}

/** Config overrides that describe a frame's whole sandbox, including the mode. */
export function toSandboxConfig(frame: FrameSandbox, narrowed?: JsonValue): [key: string, toml: string][] {
  const mode: [string, string] = ["sandbox_mode", toTomlValue(frame.sandbox.mode)];
  return [...(frame.permissions?.name === undefined ? [mode] : []), ...toPermissionOverrides(frame, narrowed)];
}

// If the thread runs under no profile, these complete `-s`.
function toPermissionOverrides(
  { sandbox, permissions }: FrameSandbox,
  narrowed: JsonValue | undefined,
): [key: string, toml: string][] {
  return permissions?.name === undefined ? toSandboxOverride(sandbox) : toProfileOverride(permissions.name, narrowed);
}

// The profile is named with every turn. Otherwise the config at that moment would choose one.
function toProfileOverride(name: string, narrowed: JsonValue | undefined): [string, string][] {
  if (narrowed === undefined) return [["default_permissions", toTomlValue(name)]];
  return [
    [`permissions.${NARROWED_PROFILE}`, toTomlValue(narrowed)],
    ["default_permissions", toTomlValue(NARROWED_PROFILE)],
  ];
}

// `-s workspace-write` alone takes network and roots from the user's config.toml. One inline table replaces them
// (docs/codex-cli.md#sandbox).
function toSandboxOverride(sandbox: SandboxPolicy): [string, string][] {
  if (sandbox.mode !== "workspace-write") return [];
  const table = [
    `network_access=${sandbox.networkAccess}`,
    `writable_roots=${toTomlValue(sandbox.writableRoots)}`,
    `exclude_slash_tmp=${sandbox.excludeSlashTmp}`,
    `exclude_tmpdir_env_var=${sandbox.excludeTmpdir}`,
  ];
  return [["sandbox_workspace_write", `{${table.join(",")}}`]];
}

/** The override that gives trust to directories, as key and value for `-c`. It has to be one inline table (docs/codex-cli.md#trust). */
export function toTrustOverride(trust: ExecRun["trust"]): [key: string, toml: string][] {
  const entries = Object.entries(trust).map(
    ([path, level]) => `${toTomlValue(path)}={trust_level=${toTomlValue(level)}}`,
  );
  return entries.length === 0 ? [] : [["projects", `{${entries.join(",")}}`]];
}
