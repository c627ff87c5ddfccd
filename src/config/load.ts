// Environment to settings. A wrong value is reported, never replaced by a default.
import { isUnexpandedKey } from "../domain/unexpanded.ts";
import { type ParseScope, SETTING_ROWS, type SettingRow, type Settings } from "./schema.ts";
import { readVariable, VariableError } from "./variables.ts";

/** Settings, or every problem that was found; `warnings` come with both. */
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

// The one cast: each row's value has its key's type (checked by `row`), and the rows cover every key (`coverAll`).
function toSettings(entries: readonly (readonly [string, unknown])[]): Settings {
  return Object.fromEntries(entries) as unknown as Settings;
}

function describeProblem(row: SettingRow, scope: ParseScope, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const value = scope.env[row.variable]?.trim() ?? "";
  // It names its variable, which need not be the row's own.
  return error instanceof VariableError || value === ""
    ? reason
    : `${row.variable}=${JSON.stringify(value)}: ${reason}`;
}

/** Keys that an entry hands on where the user has them: without one Codex's own login is used, so such a reference is no fault. */
const KEYS = ["CODEX_API_KEY", "OPENAI_API_KEY", "CODEX_ACCESS_TOKEN"];

function findUnexpandedKeys(scope: ParseScope): string[] {
  return KEYS.filter((name) => isUnexpandedKey(scope.env[name] ?? "")).map(
    (name) => `${name} is still the literal ${scope.env[name]?.trim()}; it counts as unset.`,
  );
}

/** Variables that the bridge itself sets for what it starts. */
const OWN_VARIABLES = ["BRIDGE_DEPTH", "BRIDGE_RUN"];

// A limit with a misspelt name is no limit. Another program may use the prefix, so this is no error.
function findUnknownNames(scope: ParseScope): string[] {
  const known = new Set<string>([...SETTING_ROWS.map(({ variable }) => variable), ...OWN_VARIABLES]);
  return Object.keys(scope.env)
    .filter((name) => /^(BRIDGE|DELEGATION)_/.test(name) && !known.has(name))
    .map((name) => `${name} is not a setting of the bridge and has no effect.`);
}
