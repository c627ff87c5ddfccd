// What a launch stands on: the program, the user's config, and the project with what of it the user has approved.
import type { CodexFrame } from "../../codex/codex-frame.ts";
import { checkProjectFiles } from "../../codex/config/odd-files.ts";
import { type ProjectConfig, readProjectConfig } from "../../codex/config/project-config.ts";
import { listApprovedConfigs, type ProjectLayers, sortLayers } from "../../codex/config/project-layers.ts";
import { findTrustFolders, type TrustFolders } from "../../codex/config/trust.ts";
import type { UserConfig } from "../../codex/config/user-config.ts";
import { type CodexBinary, findCodexBinary } from "../../codex/program/binary.ts";
import type { LaunchOptions } from "./launch-options.ts";

/** All of it, as it is at this moment. */
export interface LaunchGround {
  readonly binary: CodexBinary;
  readonly config: UserConfig;
  readonly trustFolders: TrustFolders;
  readonly layers: ProjectLayers;
  /** The project's approved config files. */
  readonly configPaths: readonly string[];
  /** The contents of these files. */
  readonly project: ProjectConfig;
}

/** Makes the finder of a bridge. It throws AGENT_NOT_FOUND and CONFIG_INVALID. */
export function createGroundFinder(options: LaunchOptions): (frame: CodexFrame) => Promise<LaunchGround> {
  const findBinary = createBinaryFinder(options);
  return async ({ cwd, profile }) => {
    const binary = findBinary(cwd);
    const config = await options.readUserConfig(profile);
    checkProjectFiles(cwd);
    const trustFolders = findTrustFolders(cwd, config.rootMarkers);
    const layers = sortLayers(trustFolders, config, options.codexHome);
    const configPaths = listApprovedConfigs(layers);
    return { binary, config, trustFolders, layers, configPaths, project: await readProjectConfig(configPaths) };
  };
}

// Looked for each time, since Codex may have been updated. Logged once if it was not found on PATH.
function createBinaryFinder({ codexBin, env, logger }: LaunchOptions): (cwd: string) => CodexBinary {
  let told = "";
  return (cwd) => {
    const binary = findCodexBinary(codexBin, { env, execPath: process.execPath, cwd });
    if (binary.isOffPath && binary.path !== told) {
      told = binary.path;
      logger.info({ path: told }, "PATH has no codex: the one of a usual folder is used");
    }
    return binary;
  };
}
