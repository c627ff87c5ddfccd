// Reads what was said in a thread from its rollout. A fork's rollout has only what came after the fork, and names the part of the other
// rollout that comes before (docs/codex-cli.md#forks).
import { isRecord } from "../../../domain/guards.ts";
import { keepNewest } from "../../../domain/keep-newest.ts";
import type { ThreadMessage } from "../../../domain/thread.ts";
import { findArchivedRollout, findRollout, parseRecord, readPart, readSize } from "./rollout-files.ts";
import { type HistoryBase, readSessionMeta } from "./session-meta.ts";

/** Number of bytes that are read from a thread's end. */
const READ_BYTES = 4_194_304;
/** Number of bytes from a rollout's beginning in which the first prompt is searched. Codex's own instructions come before it. */
const FIRST_BYTES = 524_288;
/** Forks of forks that are followed. */
const MOST_FORKS = 20;

/** The last messages of a thread, oldest first, at most `maxCharacters` in total. Empty if the thread has no rollout. */
export function readConversation(codexHome: string, threadId: string, maxCharacters: number): ThreadMessage[] {
  const path = findAnyRollout(codexHome, threadId);
  if (path === undefined) return [];
  const { messages } = readNewestMessages(codexHome, path, READ_BYTES);
  return keepNewest(messages, maxCharacters);
}

/** The messages in the last `mostBytes` of a thread, oldest first, and whether that is all of it. */
export function readNewestMessages(
  codexHome: string,
  rollout: string,
  mostBytes: number,
): { readonly messages: readonly ThreadMessage[]; readonly isWhole: boolean } {
  const pieces: ThreadMessage[][] = [];
  let left = mostBytes;
  for (const { path, end } of listParts(codexHome, rollout)) {
    const from = Math.max(0, end - left);
    pieces.unshift(toMessages(readPart(path, from, end - from)));
    if (from > 0) return { messages: pieces.flat(), isWhole: false };
    left -= end - from;
  }
  return { messages: pieces.flat(), isWhole: true };
}

/** The first prompt of a thread; undefined if it is not near the beginning. */
export function readFirstPrompt(codexHome: string, rollout: string): string | undefined {
  const first = [...listParts(codexHome, rollout)].at(-1);
  if (first === undefined) return undefined;
  const text = readPart(first.path, 0, Math.min(first.end, FIRST_BYTES));
  for (const line of text.split("\n")) {
    const message = toMessage(line);
    if (message?.role === "user") return message.text;
  }
  return undefined;
}

// The parts that a thread consists of, the newest first, each with the byte that it ends before.
function* listParts(codexHome: string, rollout: string): Generator<{ path: string; end: number }> {
  let path = rollout;
  let bytes = Number.POSITIVE_INFINITY;
  for (let count = 0; count <= MOST_FORKS; count += 1) {
    yield { path, end: Math.min(bytes, readSize(path)) };
    const base: HistoryBase | undefined = readSessionMeta(path)?.base;
    const before = base === undefined ? undefined : findAnyRollout(codexHome, base.threadId);
    if (base === undefined || before === undefined) return;
    path = before;
    bytes = base.bytes;
  }
}

function findAnyRollout(codexHome: string, threadId: string): string | undefined {
  return findRollout(codexHome, threadId) ?? findArchivedRollout(codexHome, threadId);
}

function toMessages(text: string): ThreadMessage[] {
  return text.split("\n").flatMap((line) => toMessage(line) ?? []);
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
