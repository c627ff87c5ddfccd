// Reads and writes messages as JSON text.
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** The parsed value of a JSON text. */
export interface Parsed {
  readonly value: unknown;
}

/** Parses a text; undefined if it is not JSON. */
export function parseJson(line: string): Parsed | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/**
 * Writes a message. JSON.stringify escapes half of a surrogate pair, and strict readers then refuse the whole line, so such halves are
 * replaced. Ids and progress tokens stay as the client sent them, since it recognises its requests by them.
 */
export function toWellFormedJson(message: JSONRPCMessage): string {
  const text = JSON.stringify(message);
  if (!text.includes("\\ud")) return text;
  return JSON.stringify(message, (name, value: unknown) =>
    typeof value === "string" && name !== "id" && name !== "progressToken" ? value.toWellFormed() : value,
  );
}
