// The environment that Codex gets. Codex shows it to the commands that the model runs, so what belongs to the caller stays out.

/** Names withheld by prefix: Claude Code's, other vendors', and the bridge's own settings. */
export const WITHHELD_PREFIXES = ["ANTHROPIC_", "CLAUDE_", "GEMINI_", "GOOGLE_", "BRIDGE_", "DELEGATION_"] as const;

/** Names withheld one by one: markers of the caller's session and of a Codex above this one. */
export const WITHHELD_NAMES = ["CLAUDECODE", "CODEX_BIN", "CODEX_CONFIG_PATH", "CODEX_THREAD_ID", "CODEX_CI"] as const;

/** What `buildChildEnv` needs. */
export interface ChildEnvRequest {
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names kept although they are withheld: the user's own, and what the model provider reads. */
  readonly pass: readonly string[];
  /** Variables that Codex gets in any case. */
  readonly add: Readonly<Record<string, string>>;
}

/** The environment for Codex: the bridge's, less what is withheld, less unexpanded `${…}` keys, plus `add`. */
export function buildChildEnv(request: ChildEnvRequest): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.env)) {
    if (value === undefined || (isWithheld(name) && !request.pass.includes(name))) continue;
    if (name.endsWith("_API_KEY") && /^\s*(\$\{[^}]*\})?\s*$/.test(value)) continue;
    result[name] = value;
  }
  return { ...result, ...request.add };
}

function isWithheld(name: string): boolean {
  return WITHHELD_NAMES.some((known) => known === name) || WITHHELD_PREFIXES.some((prefix) => name.startsWith(prefix));
}
