// The words of a search in a conversation.
import type { ThreadMessage } from "../../domain/thread.ts";

/** Whether all words (lower case) are in the messages, and the newest message that has most of them. The first prompt is told anyway. */
export function findMatch(
  messages: readonly ThreadMessage[],
  words: readonly string[],
): { readonly message: string | undefined } | undefined {
  const texts = messages.map(({ text }) => ({ text, lower: text.toLowerCase() }));
  if (!words.every((word) => texts.some(({ lower }) => lower.includes(word)))) return undefined;
  const first = messages.findIndex(({ role }) => role === "user");
  const counted = texts
    .filter((_, at) => at !== first)
    .map(({ text, lower }) => ({ text, count: words.filter((word) => lower.includes(word)).length }))
    .reverse();
  // Not spread into Math.max: a session may have more messages than a call may have arguments.
  const most = counted.reduce((highest, { count }) => Math.max(highest, count), 1);
  return { message: counted.find(({ count }) => count === most)?.text };
}
