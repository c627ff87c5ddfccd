// Reads one environment variable, and decides what counts as unset.
import { findReference } from "../domain/unexpanded.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that the user cannot have meant. The message names the variable and what works instead. */
export class VariableError extends Error {
  override readonly name = "VariableError";
}

/**
 * The value of a variable, trimmed. An empty value counts as unset, because `${NAME:-}` expands to one.
 * Throws VariableError if the value still contains a reference such as `${NAME}` or `$HOME`. Treating it as unset could drop a limit.
 */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  if (value === undefined || value === "") return undefined;
  const reference = findReference(value);
  if (reference === undefined) return value;
  throw new VariableError(
    `${name}=${JSON.stringify(value)}: ${reference} was not expanded. Claude Code expands \${NAME} and \${NAME:-default} ` +
      `if it has that variable itself (\${PWD}, \${HOME}; not \${CLAUDE_PROJECT_DIR}), and only with braces`,
  );
}
