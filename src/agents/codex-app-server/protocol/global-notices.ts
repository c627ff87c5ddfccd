// Reads what the server says of itself rather than of a thread: `configWarning` and `deprecationNotice`.
import { type Fields, readText } from "./fields.ts";

/** A notice that belongs to no thread. */
export interface GlobalNotice {
  readonly kind: "config" | "deprecation";
  readonly text: string;
  /** Codex's further words, such as the place of an error in a file. */
  readonly details: string | undefined;
  /** File that it is about (0.120 and later, for some). */
  readonly path: string | undefined;
}

const KINDS: Readonly<Record<string, GlobalNotice["kind"]>> = {
  configWarning: "config",
  deprecationNotice: "deprecation",
};

/** Reads the notification; undefined for any other. */
export function readGlobalNotice(method: string, params: Fields): GlobalNotice | undefined {
  const kind = KINDS[method];
  const text = readText(params, "summary");
  if (kind === undefined || text === undefined) return undefined;
  return { kind, text, details: readText(params, "details"), path: readText(params, "path") };
}
