// Environment to settings. A wrong value is reported, never replaced by a default.
import { isUnexpanded, type ParseScope, readVariable, SETTING_ROWS, type Settings } from "./schema.ts";

/** Settings, or every problem that was found; `warnings` come with both. */
export type LoadedSettings = {
  readonly warnings: readonly string[];
} & ({ readonly settings: Settings } | { readonly problems: readonly string[] });

/** Reads all settings from an environment. Never throws. */
export function loadSettings(scope: ParseScope): LoadedSettings {
  const problems: string[] = [];
  const entries = SETTING_ROWS.map((row) => {
    const value = readVariable(scope.env, row.variable);
    try {
      return [row.key, row.parse(value, scope)] as const;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(value === undefined ? reason : `${row.variable}=${JSON.stringify(value)}: ${reason}`);
      return [row.key, undefined] as const;
    }
  });
  const warnings = findUnexpanded(scope);
  if (problems.length > 0) return { problems, warnings };
  return { settings: toSettings(entries), warnings };
}

// The one cast: each row's value has its key's type (checked by `row`), and the rows cover every key (`coverAll`).
function toSettings(entries: readonly (readonly [string, unknown])[]): Settings {
  return Object.fromEntries(entries) as unknown as Settings;
}

function findUnexpanded(scope: ParseScope): string[] {
  const names = [...SETTING_ROWS.map((row) => row.variable), "CODEX_CONFIG_PATH", "CODEX_API_KEY", "OPENAI_API_KEY"];
  return names
    .filter((name) => isUnexpanded(scope.env[name]?.trim() ?? ""))
    .map((name) => `${name} is still the literal ${scope.env[name]?.trim()}; it counts as unset.`);
}
