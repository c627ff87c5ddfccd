// Passes Codex's home on to Codex.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";

/**
 * The variable that makes Codex use this home. Codex creates its default home, but refuses any other that does not exist: CONFIG_INVALID.
 * Without the variable it would quietly use the default home, with its login and settings.
 */
export function toHomeVariable(
  codexHome: string,
  env: Readonly<Record<string, string | undefined>>,
): { CODEX_HOME?: string } {
  if (existsSync(codexHome)) return { CODEX_HOME: codexHome };
  if (isDefaultHome(codexHome, env)) return {};
  const name = env["CODEX_CONFIG_PATH"] ? "CODEX_CONFIG_PATH" : "CODEX_HOME";
  throw new BridgeError("CONFIG_INVALID", `The Codex home that ${name} names does not exist: ${codexHome}.`, {
    nextStep: `Ask the user to correct ${name}, or to make this directory and run \`codex login\`.`,
  });
}

/** Whether this is the home that Codex uses by itself. */
export function isDefaultHome(codexHome: string, env: Readonly<Record<string, string | undefined>>): boolean {
  return codexHome === join(env["HOME"] || homedir(), ".codex");
}
