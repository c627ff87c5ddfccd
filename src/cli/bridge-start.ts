// What a bridge and its runner are started with: settings and directory of this process, files of the program.
import { homedir } from "node:os";
import type { AppOptions } from "../app/app-options.ts";
import type { Redact } from "../domain/redact.ts";
import { createLogger } from "../logging/logger.ts";
import { loadSettings } from "../settings/load.ts";
import { OWN_PATH, SHIPPED_RULES, VALIDATION_WORKER } from "./own-paths.ts";

/** All that does not depend on the command. */
export type BridgeStart = Omit<AppOptions, "codexFlags" | "isRunner">;

/** Reads it; wrong settings are logged, and are part of it. A command may run with another environment, and log less than the settings say. */
export function prepareBridge(
  version: string,
  own: { readonly env?: Readonly<Record<string, string | undefined>>; readonly level?: string } = {},
): BridgeStart {
  const env = { HOME: homedir(), ...(own.env ?? process.env) };
  const cwd = process.cwd();
  const loaded = loadSettings({ env, cwd });
  const settings = "settings" in loaded ? loaded.settings : undefined;
  const logger = createLogger({
    level: own.level ?? settings?.logLevel ?? "info",
    stateDir: settings?.stateDir,
    env,
    loadRedactor: settings && (() => loadRedactor(env, settings.codexHome)),
  });
  for (const warning of loaded.warnings) logger.warn({}, warning);
  if ("problems" in loaded) logger.error({ problems: loaded.problems }, "settings are wrong: every call will say so");
  const program = { ownPath: OWN_PATH, shippedRules: SHIPPED_RULES, validationWorker: VALIDATION_WORKER };
  return { version, loaded, env, cwd, ...program, logger };
}

// Secrets in Codex's own `.env` can appear in the log too.
async function loadRedactor(env: Readonly<Record<string, string | undefined>>, codexHome: string): Promise<Redact> {
  const { createEnvFileReader, createHomeRedactor } = await import("../agents/codex/config/env-file.ts");
  return createHomeRedactor(env, createEnvFileReader(codexHome));
}
