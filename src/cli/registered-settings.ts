// The settings of the bridge that is registered in a directory, for the commands that look at what it does.
import { readRegistrations } from "../clients/claude-code/registrations.ts";
import { BridgeError } from "../domain/errors.ts";
import { loadSettings } from "../settings/load.ts";
import type { Settings } from "../settings/settings.ts";
import { findActive } from "../setup/doctor/claude-checks.ts";

/** Reads them: its entry may name another state folder than the environment does. Throws CONFIG_INVALID. */
export function readRegisteredSettings(cwd: string, ownPath: string): Settings {
  const { env } = process;
  const entry = findActive(readRegistrations({ env, cwd }), { ownPath, env, cwd });
  const loaded = loadSettings({ env: { ...env, ...entry?.env }, cwd });
  if ("settings" in loaded) return loaded.settings;
  throw new BridgeError("CONFIG_INVALID", `The settings are wrong: ${loaded.problems.join("; ")}.`);
}
