// The config that a turn is given in place of the user's, whichever way Codex is started: the thread's own settings, and what the bridge
// switches off or adds.
import type { CodexFrame } from "../codex-frame.ts";
import type { Override } from "../config/overrides.ts";
import { type Trust, toTrustOverride } from "./sandbox-overrides.ts";

/** What the config depends on. */
export interface OverrideSource {
  readonly frame: Pick<CodexFrame, "config" | "reasoningEffort" | "developerInstructions" | "compactPrompt">;
  /** File with base instructions, and the config key that makes this CLI read it. */
  readonly baseInstructions: { readonly key: string; readonly path: string } | undefined;
  /** Name and value of an environment variable for the turn's commands. */
  readonly mark: { readonly name: string; readonly value: string };
  /** Patterns of environment variables to hide from the turn's commands. They replace the user's own patterns; empty keeps those. */
  readonly hiddenVariables: readonly string[];
  /** Whether this CLI's shell snapshots would give its commands the hidden variables anyway. */
  readonly snapshotsShell: boolean;
  /** Overrides that switch off Codex's own MCP servers, or add one. */
  readonly mcpServers: readonly Override[];
  /** Whether to switch off what acts outside the sandbox, or beyond the turn: Codex's apps, plugins, subagents and goals. */
  readonly readsOnly: boolean;
  /** Whether to switch off subagents, because this CLI would start MCP servers for them that the turn is to go without. */
  readonly withoutSubagents: boolean;
  /** Whether to switch off goals, because the app server would start turns for one by itself. */
  readonly withoutGoals: boolean;
  /** Trust to give to directories for this turn only: path to level. */
  readonly trust: Trust;
}

/** Builds the config, without the sandbox. */
export function toThreadOverrides(source: OverrideSource): Override[] {
  const { frame, baseInstructions } = source;
  return [
    ...Object.entries(frame.config),
    ...toOverride("model_reasoning_effort", frame.reasoningEffort),
    ...toOverride("developer_instructions", frame.developerInstructions),
    ...toOverride("compact_prompt", frame.compactPrompt),
    ...toOverride(baseInstructions?.key ?? "", baseInstructions?.path),
    ...source.mcpServers,
    ...toHiding(source),
    [`shell_environment_policy.set.${source.mark.name}`, source.mark.value],
    ONE_CONNECTION_LOOP,
    ...listUnwanted(source).map((name): Override => [`features.${name}`, false]),
    ...toTrustOverride(source.trust),
  ];
}

/** Without this, some versions retry forever if there is no network (docs/codex-cli.md#no-network). */
export const ONE_CONNECTION_LOOP: Override = ["features.unbounded_connection_retries", false];

function toOverride(key: string, value: string | undefined): Override[] {
  return value === undefined ? [] : [[key, value]];
}

// A CLI that does not know one of these passes over it (docs/codex-cli.md#apps-and-plugins, docs/codex-cli.md#goals).
const SUBAGENT_FEATURES = ["multi_agent", "multi_agent_v2", "enable_fanout"];
const OUTSIDE_FEATURES = ["apps", "plugins", ...SUBAGENT_FEATURES, "goals"];

function listUnwanted({ readsOnly, withoutSubagents, withoutGoals }: OverrideSource): readonly string[] {
  if (readsOnly) return OUTSIDE_FEATURES;
  return [...(withoutSubagents ? SUBAGENT_FEATURES : []), ...(withoutGoals ? ["goals"] : [])];
}

function toHiding({ hiddenVariables, snapshotsShell }: OverrideSource): Override[] {
  if (hiddenVariables.length === 0) return [];
  return [
    ["shell_environment_policy.exclude", hiddenVariables],
    ...(snapshotsShell ? [["features.shell_snapshot", false] satisfies Override] : []),
  ];
}
