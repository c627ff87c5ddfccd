// Whether a messenger handed on what Codex said: all of it, and nothing besides.
import { isRecord } from "../../domain/guards.ts";

/** What the messenger says if it got nothing at all. */
export const NOT_REACHED = "Codex could not be reached.";

/**
 * Whether `message` is the newest result of the bridge: its message for people (`content`, or the whole text of an error) stands in it
 * unchanged but for white space, and every other word of it is in the result too, as in `threadId: 01a2…`.
 * Without a result only the sentence that says so is right.
 */
export function areCodexsWords(message: string, result: string | undefined): boolean {
  const said = squeeze(message);
  if (result === undefined) return said === NOT_REACHED;
  if (said === squeeze(result)) return true;
  const words = squeeze(readContent(result));
  const at = said.indexOf(words);
  if (at === -1) return false;
  const known = new Set(toWords(result));
  return toWords(`${said.slice(0, at)} ${said.slice(at + words.length)}`).every((word) => known.has(word));
}

// A result reaches a model as the JSON of its fields, an error as plain text.
function readContent(result: string): string {
  const plain = result.replace(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/, "$1");
  try {
    const fields: unknown = JSON.parse(plain);
    return isRecord(fields) && typeof fields["content"] === "string" ? fields["content"] : plain;
  } catch {
    return plain;
  }
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();

const toWords = (text: string): string[] => text.match(/[\p{L}\p{N}_-]+/gu) ?? [];
