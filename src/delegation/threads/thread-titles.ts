// Describes threads by their first words, for a caller who does not know their ids: a cancelled call never shows its result.
import type { AgentNames } from "../../domain/agents.ts";
import { cutText } from "../../domain/cut-text.ts";
import type { Redact } from "../../domain/redact.ts";
import type { ThreadRecord } from "../../domain/thread.ts";

/** Number of threads that are listed. */
export const LISTED_THREADS = 5;

const TITLE_CHARACTERS = 80;
/** A prompt may be a megabyte long. */
const READ_CHARACTERS = 2_000;

/** The first words of a thread's first prompt, in one line without secrets, at most 80 characters. */
export function toTitle(prompt: string, redact: Redact): string {
  const line = redact(prompt.slice(0, READ_CHARACTERS))
    .replace(/[\s\p{C}]+/gu, " ")
    .trim();
  return cutText(line, TITLE_CHARACTERS);
}

/** Describes threads of an agent in their order: id, name, age, first words. */
export function describeThreads(records: readonly ThreadRecord[], { tools }: AgentNames, now: number): string {
  if (records.length === 0) return `No thread of this directory is on record. Start one with ${tools.start}.`;
  const threads = records.map(({ threadId, sessionId, lastUsedAt, title }) => {
    const name = sessionId === undefined ? "" : ` (sessionId ${JSON.stringify(sessionId)})`;
    const words = title === undefined ? "" : `: ${JSON.stringify(title)}`;
    return `${threadId}${name}, ${describeAge(now - lastUsedAt)}${words}`;
  });
  return `Pass the one you mean. The newest threads of this directory: ${threads.join("; ")}.`;
}

/** An age in words: `5 min ago`. */
export function describeAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
