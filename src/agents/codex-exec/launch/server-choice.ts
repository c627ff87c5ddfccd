// Which of Codex's own MCP servers a run leaves out: by what Codex lists, and by what config files name.

import { readStamp } from "../../codex/config/user-config.ts";
import type { CodexMcpServer } from "../../codex/program/capabilities.ts";
import { type ChildMcpPolicy, findServersToDisable, joinServers } from "../../codex/program/child-mcp.ts";
import type { LaunchGround } from "./launch-ground.ts";
import type { Questions, RunWithin } from "./questions.ts";

/** How Codex is asked for its list. */
export interface ServerQuestion {
  readonly questions: Questions;
  readonly run: RunWithin;
  readonly cwd: string;
  /** Options that give the run's trust: a trusted project may name servers. */
  readonly trustFlags: readonly string[];
}

/** The servers that Codex lists; undefined where it does not list them. It is not asked where the policy leaves none out. */
export async function listServers(
  policy: ChildMcpPolicy,
  { binary, config, configPaths }: LaunchGround,
  { questions, run, cwd, trustFlags }: ServerQuestion,
): Promise<readonly CodexMcpServer[] | undefined> {
  if (policy.mode !== "none" && policy.allowNested) return [];
  const key = [binary.stamp, config.stamp, cwd, ...trustFlags, ...configPaths.map(readStamp)].join(":");
  return questions.findServers(key, run, trustFlags);
}

/** Servers to leave out, and what the user should know of it. */
export interface ServerChoice {
  readonly disabled: readonly string[];
  readonly warning: string | undefined;
}

/** Decides it. Throws CONFIG_INVALID where one has a name that cannot be switched off. */
export function chooseServers(
  listed: readonly CodexMcpServer[] | undefined,
  policy: ChildMcpPolicy,
  { config, project }: LaunchGround,
  profile: string | undefined,
): ServerChoice {
  const all = joinServers(listed, profile, config.mcpServers, project.mcpServers);
  const disabled = findServersToDisable(all, policy);
  return { disabled, warning: listed === undefined ? describeUnlisted(policy) : undefined };
}

function describeUnlisted({ mode }: ChildMcpPolicy): string {
  const what = mode === "none" ? "those" : "this bridge, where it was among those,";
  return `Codex did not list its MCP servers: ${what} that config.toml names were left out, others may have been started.`;
}
