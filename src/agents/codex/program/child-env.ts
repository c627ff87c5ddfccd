// Builds the environment of Codex. Codex passes it on to the commands that its model runs, so secrets and the caller's own variables are left
// out (docs/codex-cli.md#environment-of-commands).
import { escapePattern, isSecret } from "../../../domain/redact.ts";
import { isUnexpandedKey } from "../../../domain/unexpanded.ts";

/** Prefixes of variables that are withheld: those of Claude Code, of other vendors, and of the bridge's own settings. */
export const WITHHELD_PREFIXES = ["ANTHROPIC_", "CLAUDE_", "GEMINI_", "GOOGLE_", "BRIDGE_", "DELEGATION_"] as const;

/** Further variables that are withheld: marks of the caller's session and of a parent Codex, and variables that the bridge sets itself. */
export const WITHHELD_NAMES = [
  "CLAUDECODE",
  "CODEX_BIN",
  "CODEX_HOME",
  "CODEX_CONFIG_PATH",
  "CODEX_THREAD_ID",
  "CODEX_CI",
] as const;

/** Codex's own variables, including its keys. */
const CODEX_PREFIX = "CODEX_";

/** Keys and tokens that Codex would send even if they are empty or unexpanded. */
const CREDENTIAL_NAME = /_(?:API_KEY|ACCESS_TOKEN)$/;

/** Options of `buildChildEnv`. */
export interface ChildEnvRequest {
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names that are passed although they would be withheld: those that the user allows, and those in Codex's config. `*` and `?` work as in Codex. */
  readonly pass: readonly string[];
  /** Variables that are added. */
  readonly add: Readonly<Record<string, string>>;
}

/** Builds the environment for Codex: the bridge's own without withheld names, secrets and unexpanded `${…}` keys, plus `add`. */
export function buildChildEnv(request: ChildEnvRequest): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.env)) {
    if (value === undefined || (isWithheld(name, value) && !isNamed(name, request.pass))) continue;
    if (CREDENTIAL_NAME.test(name) && (value.trim() === "" || isUnexpandedKey(value))) continue;
    result[name] = value;
  }
  return { ...result, ...request.add };
}

/** Names in Codex's environment that its commands must not see: the secrets that Codex itself needs, except those that the user allows. */
export function findHiddenNames(env: Readonly<Record<string, string>>, kept: readonly string[]): string[] {
  return Object.entries(env)
    .filter(([name, value]) => isSecret(name, value) && !isNamed(name, kept))
    .map(([name]) => name);
}

function isWithheld(name: string, value: string): boolean {
  if (WITHHELD_NAMES.some((known) => known === name)) return true;
  if (WITHHELD_PREFIXES.some((prefix) => name.startsWith(prefix))) return true;
  return isSecret(name, value) && !name.startsWith(CODEX_PREFIX);
}

// Codex's patterns ignore case.
function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const words = pattern
      .split(/([*?])/)
      .map((part) => (part === "*" ? ".*" : part === "?" ? "." : escapePattern(part)));
    return new RegExp(`^${words.join("")}$`, "i").test(name);
  });
}
