// The end of a conversation that fits into a number of characters.
import type { ThreadMessage } from "./thread.ts";

/** The last messages, oldest first, at most `maxCharacters` in total. Of a newest one that alone is too long the end: it says most about the state of the work. */
export function keepNewest(messages: readonly ThreadMessage[], maxCharacters: number): ThreadMessage[] {
  const kept: ThreadMessage[] = [];
  let left = maxCharacters;
  for (const message of messages.toReversed()) {
    left -= message.text.length;
    if (left < 0) break;
    kept.unshift(message);
  }
  const newest = messages.at(-1);
  return kept.length > 0 || newest === undefined
    ? kept
    : [{ ...newest, text: `[…]${newest.text.slice(-maxCharacters)}` }];
}
