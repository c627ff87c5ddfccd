// The environment of a launch: what Codex gets, and which of it must be kept from the commands of its model.

import { findCredential } from "../../codex/config/credentials.ts";
import type { Variables } from "../../codex/config/env-file.ts";
import { toHomeVariable } from "../../codex/config/home.ts";
import { buildChildEnv, findHiddenNames } from "../../codex/program/child-env.ts";
import type { LaunchGround } from "./launch-ground.ts";
import { type LaunchOptions, MARK_NAME } from "./launch-options.ts";

/** Both environments of a launch. */
export interface LaunchEnv {
  /** The environment that the program gets. */
  readonly env: Readonly<Record<string, string>>;
  /** The environment that Codex then has, including the variables of its own `.env` file. */
  readonly inside: Variables;
  /** Patterns of variables to keep from its commands, instead of the user's own. Empty keeps the user's. */
  readonly hiddenVariables: readonly string[];
}

/** Makes it for a run. Throws AGENT_UNAUTHENTICATED where no credential is found, and CONFIG_INVALID. */
export function toLaunchEnv(
  options: LaunchOptions,
  { config, project }: LaunchGround,
  envFile: Variables,
  runId: string,
): LaunchEnv {
  // The home comes first: the login is looked for in it.
  const home = toHomeVariable(options.codexHome, options.env);
  const credential = findCredential(config, { ...options, envFile });
  const env = buildChildEnv({
    env: options.env,
    pass: [...options.envPass, ...config.provider.envNames, ...config.namedVariables, ...project.namedVariables],
    add: {
      ...home,
      ...credential.variables,
      BRIDGE_DEPTH: String(options.readChildDepth()),
      [MARK_NAME]: runId,
    },
  });
  const inside = { ...env, ...envFile };
  const kept = [...options.envPass, ...config.shellInclude, ...project.shellInclude, MARK_NAME];
  const hidden = findHiddenNames(inside, kept);
  const hiddenVariables = hidden.length === 0 ? [] : [...config.shellExclude, ...project.shellExclude, ...hidden];
  return { env, inside, hiddenVariables };
}
