// Whether a messenger handed on what Codex said: all of it, and nothing besides.
import { isRecord } from "../../domain/guards.ts";

/** What the messenger says if it got nothing at all. */
export const NOT_REACHED = "Codex could not be reached.";

/**
 * Whether `message` is the newest result of the bridge: the result as it is, or its message for people (`content`, or the whole text of an
 * error), unchanged but for white space. One line with the id of its thread may follow, as in `threadId: 01a2…`. Any other word could turn
 * the meaning, also one that Codex used. Without a result only the sentence that says so is right.
 */
export function areCodexsWords(message: string, result: string | undefined): boolean {
  const said = squeeze(message);
  if (result === undefined) return said === NOT_REACHED;
  const { content, threadId } = readResult(result);
  const words = squeeze(content);
  const right = [
    squeeze(result),
    words,
    ...(threadId === undefined ? [] : [squeeze(`${words} threadId: ${threadId}`)]),
  ];
  return said !== "" && (right.includes(said) || right.includes(said.replace(THREAD_LINE, "threadId: $1")));
}

// The line may be marked up: **threadId**: `01a2…`.
const THREAD_LINE = /[*_`]*threadId[*_`]*:[*_` ]*([\w.:-]+)[*_`]*$/;

// A result reaches a model as the JSON of its fields, an error as plain text.
function readResult(result: string): { readonly content: string; readonly threadId: string | undefined } {
  const plain = result.replace(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/, "$1");
  try {
    const fields: unknown = JSON.parse(plain);
    if (!isRecord(fields) || typeof fields["content"] !== "string") return { content: plain, threadId: undefined };
    const { content, threadId } = fields;
    return { content, threadId: typeof threadId === "string" ? threadId : undefined };
  } catch {
    return { content: plain, threadId: undefined };
  }
}

const squeeze = (text: string): string => text.replace(/\s+/g, " ").trim();
