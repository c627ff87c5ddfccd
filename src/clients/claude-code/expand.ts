import type { ClaudeContext } from "./config-files.ts";

/** A text as Claude Code expands it: `${NAME}` and `${NAME:-default}`. A variable that is not set stays as it is written. */
export function expand(text: string, env: ClaudeContext["env"]): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    return env[name] ?? fallback ?? whole;
  });
}
