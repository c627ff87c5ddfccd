// Reads the settings from the environment. A wrong value is reported, never replaced by the default.
import { isUnexpandedKey } from "../domain/unexpanded.ts";
import type { ParseScope } from "./parse-value.ts";
import { readVariable, VariableError } from "./read-variable.ts";
import type { SettingRow } from "./rows/setting-row.ts";
import { SETTING_ROWS } from "./setting-rows.ts";
import type { Settings } from "./settings.ts";

/** The settings, or every problem that was found. Both come with warnings. */
export type LoadedSettings = {
  readonly warnings: readonly string[];
} & ({ readonly settings: Settings } | { readonly problems: readonly string[] });

/** Reads all settings from an environment. Never throws. */
export function loadSettings(scope: ParseScope): LoadedSettings {
  const problems: string[] = [];
  const entries = SETTING_ROWS.map((row) => {
    try {
      return [row.key, row.parse(readVariable(scope.env, row.variable), scope)] as const;
    } catch (error) {
      problems.push(describeProblem(row, scope, error));
      return [row.key, undefined] as const;
    }
  });
  const warnings = [...findUnexpandedKeys(scope), ...findUnknownNames(scope)];
  if (problems.length > 0) return { problems, warnings };
  return { settings: toSettings(entries), warnings };
}

// The one cast: `row` checks that each value has the type of its key, and `coverAll` that no key is missing.
function toSettings(entries: readonly (readonly [string, unknown])[]): Settings {
  return Object.fromEntries(entries) as unknown as Settings;
}

function describeProblem(row: SettingRow, scope: ParseScope, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const value = scope.env[row.variable]?.trim() ?? "";
  if (row.isSecret === true && !/^\$\{\w+\}$/.test(value)) {
    const isReference = error instanceof VariableError;
    return `${row.variable}: ${isReference ? "a reference in it was not expanded; a $ of a password is written as %24" : reason}`;
  }
  // A VariableError names its own variable, which may differ from the row's.
  return error instanceof VariableError || value === ""
    ? reason
    : `${row.variable}=${JSON.stringify(value)}: ${reason}`;
}

/** Keys that a registration may pass on. Without one Codex uses its login, so an unexpanded reference is only a warning. */
const KEYS = ["CODEX_API_KEY", "OPENAI_API_KEY", "CODEX_ACCESS_TOKEN"];

function findUnexpandedKeys(scope: ParseScope): string[] {
  return KEYS.filter((name) => isUnexpandedKey(scope.env[name] ?? "")).map(
    (name) => `${name} was not expanded (${scope.env[name]?.trim()}); it counts as unset.`,
  );
}

/** Variables that the bridge sets itself for the programs it starts. */
const OWN_VARIABLES = ["BRIDGE_DEPTH", "BRIDGE_CHAIN", "BRIDGE_RUN", "BRIDGE_SESSION", "BRIDGE_THREAD"];

// A misspelt limit has no effect, so it is worth a warning. Another program may use the same prefix, so it is not an error.
function findUnknownNames(scope: ParseScope): string[] {
  const known = new Set<string>([...SETTING_ROWS.map(({ variable }) => variable), ...OWN_VARIABLES]);
  return Object.keys(scope.env)
    .filter((name) => /^(BRIDGE|DELEGATION)_/.test(name) && !known.has(name))
    .map((name) => `${name} is not a setting of the bridge and has no effect.`);
}
