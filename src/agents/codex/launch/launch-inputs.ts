// Reads what a launch is built from: the program, the user's config, and the parts of the project that the user has approved.
import type { CodexFrame } from "../codex-frame.ts";
import { checkProjectFiles } from "../config/odd-files.ts";
import { type ProjectConfig, readProjectConfig } from "../config/project-config.ts";
import { listApprovedConfigs, type ProjectLayers, readConfigStamp, sortLayers } from "../config/project-layers.ts";
import { findTrustFolders, type TrustFolders } from "../config/trust.ts";
import type { UserConfig } from "../config/user-config.ts";
import { type CodexBinary, findCodexBinary } from "../program/binary.ts";
import type { LaunchOptions } from "./launch-options.ts";

/** Everything that is read for a launch. Read again for each turn. */
export interface LaunchInputs {
  readonly binary: CodexBinary;
  readonly config: UserConfig;
  readonly trustFolders: TrustFolders;
  readonly layers: ProjectLayers;
  /** The project's approved config files. */
  readonly configPaths: readonly string[];
  /** As `readConfigStamp` gave it before they were read. */
  readonly configStamp: string;
  /** The contents of these files. */
  readonly project: ProjectConfig;
}

/** Makes the reader of a bridge. The reader throws AGENT_NOT_FOUND and CONFIG_INVALID. */
export function createInputReader(options: LaunchOptions): (frame: CodexFrame) => Promise<LaunchInputs> {
  const findBinary = createBinaryFinder(options);
  return async ({ cwd, profile }) => {
    const binary = findBinary(cwd);
    const config = await options.readUserConfig(profile);
    checkProjectFiles(cwd);
    const trustFolders = findTrustFolders(cwd, config.rootMarkers);
    const configStamp = readConfigStamp(trustFolders);
    const layers = sortLayers(trustFolders, config, options.codexHome);
    const configPaths = listApprovedConfigs(layers);
    const project = await readProjectConfig(configPaths);
    return { binary, config, trustFolders, layers, configPaths, configStamp, project };
  };
}

// Searches each time, since Codex may have been updated. Logs a program once if it was not found on PATH.
function createBinaryFinder({ codexBin, env, logger }: LaunchOptions): (cwd: string) => CodexBinary {
  let logged = "";
  return (cwd) => {
    const binary = findCodexBinary(codexBin, { env, execPath: process.execPath, cwd });
    if (binary.isOffPath && binary.path !== logged) {
      logged = binary.path;
      logger.info({ path: logged }, "codex is not on PATH; one in an install folder is used");
    }
    return binary;
  };
}
