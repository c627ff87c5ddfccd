// Makes Codex use the home that the bridge was given.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";

/**
 * Returns the variable that makes Codex use this home; empty if it is the default home and does not exist yet, since Codex creates that one
 * itself. Throws CONFIG_INVALID for any other home that does not exist: Codex would refuse it.
 */
export function toHomeVariable(
  codexHome: string,
  env: Readonly<Record<string, string | undefined>>,
): { CODEX_HOME?: string } {
  if (existsSync(codexHome)) return { CODEX_HOME: codexHome };
  if (isDefaultHome(codexHome, env)) return {};
  const name = env["CODEX_CONFIG_PATH"] ? "CODEX_CONFIG_PATH" : "CODEX_HOME";
  throw new BridgeError("CONFIG_INVALID", `The Codex home that ${name} names does not exist: ${codexHome}.`, {
    nextStep: `Ask the user to correct ${name}, or to create this directory and run \`codex login\`.`,
  });
}

/** Whether this is the home that Codex uses without a variable. */
export function isDefaultHome(codexHome: string, env: Readonly<Record<string, string | undefined>>): boolean {
  return codexHome === join(env["HOME"] || homedir(), ".codex");
}
