// What a trusted project's own `.codex/config.toml` says: Codex applies it, so the bridge must not work against it.
import { mergeTables, parseConfigFile } from "./config-layers.ts";
import { toUserConfig, type UserConfig } from "./user-config.ts";

/** What the bridge needs to know of it: the variables it names, what its commands get, its MCP servers. */
export type ProjectConfig = Pick<UserConfig, "namedVariables" | "shellExclude" | "shellInclude" | "mcpServers">;

const NONE: ProjectConfig = { namedVariables: [], shellExclude: [], shellInclude: [], mcpServers: [] };

/** Reads the project's config files, the nearest last; nothing where one of them cannot be read (Codex tells that). */
export async function readProjectConfig(paths: readonly string[]): Promise<ProjectConfig> {
  if (paths.length === 0) return NONE;
  try {
    const layers = await Promise.all(paths.map(parseConfigFile));
    return toUserConfig(layers.reduce(mergeTables, {}));
  } catch {
    return NONE;
  }
}
