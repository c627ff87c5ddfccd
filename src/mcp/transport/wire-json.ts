// Messages as text, in and out.
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** A text that is JSON. */
export interface Parsed {
  readonly value: unknown;
}

/** Reads a text; undefined where it is not JSON. */
export function parseJson(line: string): Parsed | undefined {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
}

/**
 * Writes a message. JSON.stringify writes half of a surrogate pair as an escape, which strict readers refuse: the client would lose the
 * whole line. An id and a progress token stay as the client sent them, else it could not tell what is answered.
 */
export function toWellFormedJson(message: JSONRPCMessage): string {
  const text = JSON.stringify(message);
  if (!text.includes("\\ud")) return text;
  return JSON.stringify(message, (name, value: unknown) =>
    typeof value === "string" && name !== "id" && name !== "progressToken" ? value.toWellFormed() : value,
  );
}
