// Searches one thread for words.
import { readFirstPrompt, readNewestMessages } from "../rollouts/conversation.ts";

/** Bytes that are read of one thread, from its end. */
export const SEARCHED_BYTES = 8_388_608;

/** What was found in a thread. */
export interface FoundWords {
  /** Whether its name, first prompt and messages together contain all words. */
  readonly isMatch: boolean;
  /** The newest of the messages that contain most of the words; undefined if none has any. */
  readonly message: string | undefined;
  /** Whether all messages were searched. */
  readonly isWhole: boolean;
}

/** Searches for all `words`, which are in lower case. */
export function searchThread(codexHome: string, path: string, name: string, words: readonly string[]): FoundWords {
  const { messages, isWhole } = readNewestMessages(codexHome, path, SEARCHED_BYTES);
  const first = isWhole ? undefined : readFirstPrompt(codexHome, path);
  const texts = [...(first === undefined ? [] : [first]), ...messages.map(({ text }) => text)];
  const missing = new Set(words.filter((word) => !name.toLowerCase().includes(word)));
  let best = { count: 0, message: "" };
  for (const text of texts) {
    const lower = text.toLowerCase();
    const found = words.filter((word) => lower.includes(word));
    for (const word of found) missing.delete(word);
    if (found.length > 0 && found.length >= best.count) best = { count: found.length, message: text };
  }
  const message = best.count === 0 ? undefined : best.message;
  return { isMatch: missing.size === 0, message, isWhole };
}
