// Builds the environment of a launch, and finds the variables that must be hidden from the commands of the model.

import { MARK_NAME } from "../../turn/run-mark.ts";
import { type Credential, findCredential } from "../config/credentials.ts";
import type { Variables } from "../config/env-file.ts";
import { toHomeVariable } from "../config/home.ts";
import { buildChildEnv, findHiddenNames } from "../program/child-env.ts";
import type { LaunchInputs } from "./launch-inputs.ts";
import type { LaunchOptions } from "./launch-options.ts";

/** The environment of a launch. */
export interface LaunchEnv {
  /** The environment that the program gets. */
  readonly env: Readonly<Record<string, string>>;
  /** The environment inside Codex: the same, with the variables of Codex's own `.env` file on top. */
  readonly inside: Variables;
  /** Where the credential of the turn comes from. */
  readonly credential: Credential["source"];
  /** Patterns of variables to hide from Codex's commands. They replace the user's own patterns; empty keeps those. */
  readonly hiddenVariables: readonly string[];
}

/** Builds the environment for a run. Throws AGENT_UNAUTHENTICATED if no credential is found, and CONFIG_INVALID. */
export function toLaunchEnv(
  options: LaunchOptions,
  { config, project }: LaunchInputs,
  envFile: Variables,
  runId: string,
): LaunchEnv {
  // The home first, since the login is looked up in it.
  const home = toHomeVariable(options.codexHome, options.env);
  const credential = findCredential(config, { ...options, envFile });
  // For each turn, so that all can share an app server.
  const memoryNames = options.memory?.variables ?? [];
  const env = buildChildEnv({
    env: options.env,
    pass: [
      ...[...options.envPass, ...config.provider.envNames, ...config.namedVariables, ...project.namedVariables],
      ...memoryNames,
    ],
    add: {
      ...home,
      ...credential.variables,
      BRIDGE_DEPTH: String(options.readChildDepth()),
      [MARK_NAME]: runId,
    },
  });
  const inside = { ...env, ...envFile };
  const kept = [...options.envPass, ...config.shellInclude, ...project.shellInclude, MARK_NAME];
  const hidden = [...new Set([...findHiddenNames(inside, kept), ...memoryNames])];
  const hiddenVariables = hidden.length === 0 ? [] : [...config.shellExclude, ...project.shellExclude, ...hidden];
  return { env, inside, credential: credential.source, hiddenVariables };
}
