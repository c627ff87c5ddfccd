// Reads the last messages of a thread from its rollout, for a new thread that replaces it.
import { isRecord } from "../../../domain/guards.ts";
import type { ThreadMessage } from "../../../domain/thread.ts";
import { findArchivedRollout, findRollout, parseRecord, readPart, readSize } from "./rollout-files.ts";

/** Number of bytes that are read from a rollout's end. */
const READ_BYTES = 4_194_304;

/** The last messages of a thread, oldest first, at most `maxCharacters` in total. Empty if the thread has no rollout. */
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
  const [newest] = messages.slice(-1);
  // If the newest message alone is too long, keep its end: it says most about the state of the work.
  return kept.length > 0 || newest === undefined
    ? kept
    : [{ ...newest, text: `[…]${newest.text.slice(-maxCharacters)}` }];
}

function toMessage(line: string): ThreadMessage | undefined {
  if (!line.includes('"message"')) return undefined;
  const payload = parseRecord(line)?.["payload"];
  if (!isRecord(payload) || payload["type"] !== "message") return undefined;
  const { role } = payload;
  if (role !== "user" && role !== "assistant") return undefined;
  const parts = Array.isArray(payload["content"]) ? payload["content"].filter(isRecord) : [];
  const texts = parts.map((part) => (typeof part["text"] === "string" ? part["text"] : ""));
  const text = (role === "user" ? texts.filter((part) => !isCodexOwn(part)) : texts).join("");
  return text.trim() === "" ? undefined : { role, text };
}

// Tags around the parts that Codex itself adds to user messages (docs/codex-cli.md#rollouts). A person's prompt may begin with any other tag.
const WRAPPERS = [
  "environment_context",
  "user_instructions",
  "turn_aborted",
  "user_shell_command",
  "subagent_notification",
  "agent_message_board_notification",
  "codex_delegation",
  "codex_internal_context",
  "context_window_reminder",
  "current_time_reminder",
  "image_resize_notice",
  "recommended_plugins",
  "rollout_budget",
  "user_verification_notice",
].join("|");
const WRAPPED = new RegExp(`^\\s*<(${WRAPPERS})[ >][\\s\\S]*</\\1>\\s*$`);
const FILES = /^\s*# AGENTS\.md instructions\b[^\n]*\n\s*<INSTRUCTIONS>|^\s*<skill>\s*<name>/;
// Codex writes these before and after an image.
const IMAGE = /^\s*(?:<image(?: name=[^>]*)?>|<\/image>)\s*$|^Codex could not read the local image at `/;

function isCodexOwn(part: string): boolean {
  return WRAPPED.test(part) || FILES.test(part) || IMAGE.test(part);
}
