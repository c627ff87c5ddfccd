// Decides which of Codex's own MCP servers a run switches off. It knows them from Codex's own list and from the config files.
import { readStamp } from "../../../files/file-stamp.ts";
import type { Override } from "../config/overrides.ts";
import type { CodexMcpServer } from "../program/capabilities.ts";
import { type ChildMcpPolicy, findServersToDisable, joinServers, toSwitchedOff } from "../program/child-mcp.ts";
import type { LaunchInputs } from "./launch-inputs.ts";
import type { Questions, RunWithin } from "./questions.ts";

/** What is needed to ask Codex for its list. */
export interface ServerQuestion {
  readonly questions: Questions;
  readonly run: RunWithin;
  readonly cwd: string;
  /** Options that give the run's trust. They matter because the config of a trusted project may define servers. */
  readonly trustFlags: readonly string[];
}

/** The servers that Codex lists; undefined if it does not list them. Codex is not asked if the policy switches none off. */
export async function listServers(
  policy: ChildMcpPolicy,
  { binary, config, configPaths }: LaunchInputs,
  { questions, run, cwd, trustFlags }: ServerQuestion,
): Promise<readonly CodexMcpServer[] | undefined> {
  if (policy.mode !== "none" && policy.allowNested) return [];
  const key = [binary.stamp, config.stamp, cwd, ...trustFlags, ...configPaths.map(readStamp)].join(":");
  return questions.findServers(key, run, trustFlags);
}

/** The decision: overrides that switch servers off, and a warning for the user. */
export interface ServerChoice {
  readonly disabled: readonly Override[];
  /** Those that stay on, as far as they are known. */
  readonly kept: readonly CodexMcpServer[];
  /** Names that config files have for servers, those that are off included. */
  readonly takenNames: readonly string[];
  /** Whether others may start with a thread. */
  readonly mayStart: boolean;
  readonly warning: string | undefined;
}

/** Decides. Throws CONFIG_INVALID if a server has a name that the override cannot address. */
export function chooseServers(
  listed: readonly CodexMcpServer[] | undefined,
  policy: ChildMcpPolicy,
  { config, project }: LaunchInputs,
  profile: string | undefined,
): ServerChoice {
  const all = joinServers(listed, profile, config.mcpServers, project.mcpServers);
  const disabled = findServersToDisable(all, policy);
  // Codex is not asked for its list if none is to be switched off.
  const isWhole = listed !== undefined && (policy.mode === "none" || !policy.allowNested);
  const inFiles = [...config.mcpServers, ...project.mcpServers].map(({ name }) => name);
  return {
    kept: all.filter((server) => !disabled.includes(server)),
    takenNames: [...config.mcpNames, ...project.mcpNames, ...all.map(({ name }) => name)],
    disabled: disabled.flatMap((server) => toSwitchedOff(server, inFiles.includes(server.name))),
    mayStart: !isWhole || all.length > disabled.length,
    warning: listed === undefined ? describeUnlisted(policy) : undefined,
  };
}

function describeUnlisted({ mode }: ChildMcpPolicy): string {
  const off = mode === "none" ? "those in config.toml" : "this bridge's entries in config.toml";
  return `Codex did not list its MCP servers, so only ${off} were switched off. Others may have been started.`;
}
