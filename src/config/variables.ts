// Reads one environment variable: what counts as unset, and what is no value at all.
import { findReference } from "../domain/unexpanded.ts";

/** An environment, as far as settings look at it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable whose value cannot be meant; the message names the variable and what works. */
export class VariableError extends Error {
  override readonly name = "VariableError";
}

/**
 * A variable's value without the space around it. Empty counts as unset: `${NAME:-}` comes to that.
 * Throws VariableError where the value still holds a reference such as `${NAME}` or `$HOME`: to take it for unset would drop a limit.
 */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  if (value === undefined || value === "") return undefined;
  const reference = findReference(value);
  if (reference === undefined) return value;
  throw new VariableError(
    `${name}=${JSON.stringify(value)}: ${reference} was not expanded. Claude Code expands \${NAME} and \${NAME:-default} ` +
      `where it has that variable itself (\${PWD}, \${HOME}; not \${CLAUDE_PROJECT_DIR}), and nothing without braces`,
  );
}
