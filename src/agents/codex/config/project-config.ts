// Reads a trusted project's own `.codex/config.toml`. Codex applies it, so the bridge must not work against it.
import { mergeTables, parseConfigFile } from "./config-layers.ts";
import { toUserConfig, type UserConfig } from "./user-config.ts";

/** The parts that the bridge needs: the variables it names, the environment of its commands, its MCP servers. */
export type ProjectConfig = Pick<UserConfig, "namedVariables" | "shellExclude" | "shellInclude" | "mcpServers">;

const NONE: ProjectConfig = { namedVariables: [], shellExclude: [], shellInclude: [], mcpServers: [] };

/** Reads the project's config files, the nearest last. Gives nothing if one of them cannot be read: Codex reports that. */
export async function readProjectConfig(paths: readonly string[]): Promise<ProjectConfig> {
  if (paths.length === 0) return NONE;
  try {
    const layers = await Promise.all(paths.map(parseConfigFile));
    return toUserConfig(layers.reduce(mergeTables, {}));
  } catch {
    return NONE;
  }
}
