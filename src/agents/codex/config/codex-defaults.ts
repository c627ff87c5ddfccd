// Reads the defaults for a new thread from the user's own Codex config.
import type { BackendDefaults } from "../../agent-backend.ts";
import { summarizeProfile } from "./permission-profile.ts";
import { findProfile } from "./permission-settings.ts";
import { readProjectConfig } from "./project-config.ts";
import { findApprovedConfigs } from "./project-layers.ts";
import type { UserConfig } from "./user-config.ts";
import { toAbsoluteRoot } from "./writable-roots.ts";

/** Sources of the defaults. */
export interface DefaultsSource {
  readonly readUserConfig: (profile: string | undefined) => Promise<UserConfig>;
  readonly codexHome: string;
  /** The user's home folder. */
  readonly home: string;
  /** Config profile for threads whose caller names no profile. */
  readonly defaultProfile: string | undefined;
}

/** Reads the defaults for a directory, with the config profile `name`. Throws CONFIG_INVALID. */
export async function readCodexDefaults(
  { readUserConfig, codexHome, home, defaultProfile }: DefaultsSource,
  name: string | undefined,
  cwd: string,
): Promise<BackendDefaults> {
  const findFor = (config: UserConfig) => findProfile(config.permissions, cwd, config.trustedProjects);
  const base = await readUserConfig(undefined);
  const config = await readUserConfig(name);
  const profile = await findFor(config);
  const usual = name === defaultProfile ? profile : await findFor(await readUserConfig(defaultProfile));
  const { selected, tables } = base.permissions;
  const project = await readProjectConfig(findApprovedConfigs(cwd, config.trustedProjects));
  const own = selected === undefined ? undefined : summarizeProfile(tables, selected);
  return {
    sandboxMode: config.sandboxMode,
    capMode: base.sandboxMode ?? own?.mode,
    approvalPolicy: config.approvalPolicy,
    capNetwork: own?.networkAccess ?? base.workspaceWrite.networkAccess,
    workspaceWrite: {
      ...config.workspaceWrite,
      writableRoots: config.workspaceWrite.writableRoots.map((root) => toAbsoluteRoot(root, codexHome, home)),
    },
    reviewModel: config.reviewModel,
    instructionNames: [...config.instructionNames, ...project.instructionNames],
    profile,
    ownProfile: usual?.name,
  };
}
