// Reads a trusted project's own `.codex/config.toml`. Codex applies it, so the bridge has to take it into account.
import { mergeTables, parseConfigFile } from "./config-layers.ts";
import { toUserConfig, type UserConfig } from "./user-config.ts";

/** The parts that the bridge needs: variables that the config names, the environment of commands, MCP servers, and names of instructions. */
export type ProjectConfig = Pick<
  UserConfig,
  "namedVariables" | "shellExclude" | "shellInclude" | "mcpServers" | "mcpNames" | "instructionNames"
>;

const NONE: ProjectConfig = {
  namedVariables: [],
  shellExclude: [],
  shellInclude: [],
  mcpServers: [],
  mcpNames: [],
  instructionNames: [],
};

/** Reads the project's config files, the nearest last. Returns empty parts if one of them cannot be read: Codex reports that itself. */
export async function readProjectConfig(paths: readonly string[]): Promise<ProjectConfig> {
  if (paths.length === 0) return NONE;
  try {
    const layers = await Promise.all(paths.map(parseConfigFile));
    return toUserConfig(layers.reduce(mergeTables, {}));
  } catch {
    return NONE;
  }
}
