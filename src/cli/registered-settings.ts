// The settings of the bridge that is registered in a directory, for the commands that look at what it does.
import { readRegistrations } from "../clients/claude-code/registrations.ts";
import { BridgeError } from "../domain/errors.ts";
import { loadSettings } from "../settings/load.ts";
import type { Settings } from "../settings/settings.ts";
import { findActive } from "../setup/doctor/claude-checks.ts";

/** How the bridge that is registered in a directory would be started: this process's environment under that of its entry, and the entry's arguments. */
export function readRegisteredEntry(
  cwd: string,
  ownPath: string,
): { readonly env: NodeJS.ProcessEnv; readonly args: readonly string[] } {
  const { env } = process;
  const entry = findActive(readRegistrations({ env, cwd }), { ownPath, env, cwd });
  return { env: { ...env, ...entry?.env }, args: entry?.args ?? [] };
}

/** Reads them: its entry may name another state folder than the environment does. Throws CONFIG_INVALID. */
export function readRegisteredSettings(cwd: string, ownPath: string): Settings {
  const loaded = loadSettings({ env: readRegisteredEntry(cwd, ownPath).env, cwd });
  if ("settings" in loaded) return loaded.settings;
  throw new BridgeError("CONFIG_INVALID", `The settings are wrong: ${loaded.problems.join("; ")}.`);
}
