// The environment of a launch: what Codex gets, and what of it the commands of its model must not see.

import { findCredential } from "../../codex/config/credentials.ts";
import type { Variables } from "../../codex/config/env-file.ts";
import { toHomeVariable } from "../../codex/config/home.ts";
import { buildChildEnv, findHiddenNames } from "../../codex/program/child-env.ts";
import type { LaunchGround } from "./launch-ground.ts";
import { type LaunchOptions, MARK_NAME } from "./launch-options.ts";

/** Both. */
export interface LaunchEnv {
  /** What the program gets. */
  readonly env: Readonly<Record<string, string>>;
  /** What Codex then has: with the variables of its own `.env` file. */
  readonly inside: Variables;
  /** Patterns of variables to keep from its commands, in place of the user's own; empty leaves those. */
  readonly hiddenVariables: readonly string[];
}

/** Makes it for a run. Throws AGENT_UNAUTHENTICATED where no credential is found, and CONFIG_INVALID. */
export function toLaunchEnv(
  options: LaunchOptions,
  { config, project }: LaunchGround,
  envFile: Variables,
  runId: string,
): LaunchEnv {
  // First: without the home that is meant, nothing is known of the login in it.
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
