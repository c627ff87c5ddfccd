// Paths as a review shows them: each on one line, none like another, and the file is found again by what is shown.
import { toPrintableLine } from "../domain/printable.ts";
import type { BytePath } from "../receipts/snapshots/byte-path.ts";

/**
 * The path of a file for people and models. What nobody sees is escaped as `\u200b`, a byte that is no UTF-8 as `\xff`, and so a backslash as `\\`:
 * two files never share a path here.
 */
export function toShownPath(path: BytePath): string {
  const bytes = Buffer.from(path, "latin1");
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  const escaped = (isText ? text : path).replaceAll("\\", "\\\\");
  return toPrintableLine(isText ? escaped : escaped.replace(HIGH, toByteEscape));
}

/** The same of a path that is text. */
export const toShownName = (path: string): string => toShownPath(Buffer.from(path).toString("latin1"));

/** The path that is shown so. */
export function fromShownPath(shown: string): BytePath {
  const hasBytes = /(?:^|[^\\])(?:\\\\)*\\x[0-9a-f]{2}/.test(shown);
  const text = shown.replace(ESCAPE, (_, what: string) => {
    if (what.length > 1) return String.fromCharCode(Number.parseInt(what.slice(1), 16));
    return what === "n" ? "\n" : what === "t" ? "\t" : what;
  });
  return hasBytes ? text : Buffer.from(text).toString("latin1");
}

const HIGH = /[\u0080-\u00ff]/g;
const ESCAPE = /\\(\\|n|t|u[0-9a-f]{4}|x[0-9a-f]{2})/g;

const toByteEscape = (character: string): string => `\\x${character.charCodeAt(0).toString(16)}`;
