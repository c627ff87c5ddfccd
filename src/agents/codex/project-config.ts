// What a trusted project's own `.codex/config.toml` says of variables: Codex applies it, so the bridge must not work against it.
import { mergeTables, parseConfigFile } from "./config-layers.ts";
import { findTrustRoot, listProjectConfigs } from "./trust.ts";
import { toUserConfig, type UserConfig } from "./user-config.ts";

/** Variables of a config: those it names for MCP servers and commands, and what its commands get. */
export type ConfigVariables = Pick<UserConfig, "namedVariables" | "shellExclude" | "shellInclude">;

const NONE: ConfigVariables = { namedVariables: [], shellExclude: [], shellInclude: [] };

/** Reads it for a directory; nothing where the user has not trusted the project, or the file cannot be read (Codex tells that). */
export async function readProjectVariables(cwd: string, trustedProjects: readonly string[]): Promise<ConfigVariables> {
  if (trustedProjects.length === 0) return NONE;
  const root = findTrustRoot(cwd);
  if (!trustedProjects.includes(root)) return NONE;
  try {
    const layers = await Promise.all(listProjectConfigs(cwd, root).map(parseConfigFile));
    return toUserConfig(layers.reduce(mergeTables, {}));
  } catch {
    return NONE;
  }
}
