// What was said in a thread, as far as its rollout still tells: for a new thread that takes its place.
import { isRecord } from "../../domain/guards.ts";
import { findArchivedRollout, findRollout, parseRecord, readPart, readSize } from "./rollout-files.ts";

/** One message. */
export interface ThreadMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** What of a rollout's end is read. */
const READ_BYTES = 4_194_304;

/** The last messages of a thread, oldest first, of at most `maxCharacters` together; empty where nothing is left of it. */
export function readConversation(codexHome: string, threadId: string, maxCharacters: number): ThreadMessage[] {
  const path = findRollout(codexHome, threadId) ?? findArchivedRollout(codexHome, threadId);
  if (path === undefined) return [];
  const text = readPart(path, Math.max(0, readSize(path) - READ_BYTES), READ_BYTES);
  const messages = text.split("\n").flatMap((line) => toMessage(line) ?? []);
  const kept: ThreadMessage[] = [];
  let left = maxCharacters;
  for (const message of messages.toReversed()) {
    left -= message.text.length;
    if (left < 0) break;
    kept.unshift(message);
  }
  return kept;
}

// What Codex itself puts in (environment, instructions) stands in tags.
function toMessage(line: string): ThreadMessage | undefined {
  if (!line.includes('"message"')) return undefined;
  const payload = parseRecord(line)?.["payload"];
  if (!isRecord(payload) || payload["type"] !== "message") return undefined;
  const { role } = payload;
  if (role !== "user" && role !== "assistant") return undefined;
  const parts = Array.isArray(payload["content"]) ? payload["content"].filter(isRecord) : [];
  const text = parts.map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("");
  return text.trim() === "" || /^\s*(<|# AGENTS\.md)/.test(text) ? undefined : { role, text };
}
