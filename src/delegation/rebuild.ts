// A new thread in the place of one that cannot be resumed any more.
import { countOf } from "../domain/count-of.ts";
import type { BridgeError } from "../domain/errors.ts";

/** A message of the lost thread. */
export interface LostMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** Characters of the lost thread that are told again, at most. */
export const RETOLD_CHARACTERS = 20_000;
/** A prompt of this length leaves no room for more (Codex's own limit is 1,048,576). */
const LONG_PROMPT_CHARACTERS = 1_000_000;

/** The prompt of the new thread: what was said, as far as it is known, and then what is asked now. */
export function composeRebuilt(prompt: string, messages: readonly LostMessage[]): string {
  if (prompt.length > LONG_PROMPT_CHARACTERS) return prompt;
  const retold = messages.map(({ role, text }) => `${role === "user" ? "User" : "You"}: ${text}`);
  const history =
    retold.length === 0
      ? "Nothing of what was said in it is left."
      : `What was said last in it:\n\n${retold.join("\n\n")}`;
  return `This thread takes the place of one that was lost. ${history}\n\nNow: ${prompt}`;
}

/** What the caller is told. */
export function describeRebuilt(threadId: string, error: BridgeError, messages: readonly LostMessage[]): string {
  const told =
    messages.length === 0 ? "knows nothing of it" : `was told its last ${countOf(messages.length, "message")}`;
  return `The thread ${threadId} could not be continued (${error.message}) This is a new one, which ${told}; keep its threadId.`;
}
