// Replaces a thread that cannot be resumed any more by a new one.
import { countOf } from "../../domain/count-of.ts";
import { ERROR_TRAITS, type ErrorCode } from "../../domain/error-codes.ts";
import { amendError, type ErrorReport } from "../../domain/errors.ts";
import type { ThreadMessage } from "../../domain/thread.ts";

const LOST: ReadonlySet<ErrorCode> = new Set(["THREAD_NOT_FOUND", "THREAD_BROKEN", "CONTEXT_OVERFLOW"]);

/** Whether the thread of a reply cannot go on, so that a new one may replace it. */
export function isLost({ code }: ErrorReport): boolean {
  return LOST.has(code);
}

/** Adds to the error of a lost thread that its turn had already done something. */
export function markWork(error: ErrorReport, hasWorked: boolean): ErrorReport {
  return hasWorked && isLost(error) ? amendError(error, { details: { hasWorked } }) : error;
}

const OFFER =
  'Call codex-reply again with onLostThread: "rebuild" to go on in a new thread with what is left of this one, or start a new one with codex.';

/** The error of a reply whose thread is lost, with the offer of a new thread. */
export function offerRebuild(error: ErrorReport, hasWorked: boolean): ErrorReport {
  const own = error.nextStep === ERROR_TRAITS[error.code].nextStep ? "" : ` ${error.nextStep}`;
  const changed = !hasWorked ? "" : " The turn had begun to work, so files may have changed already.";
  return amendError(error, { nextStep: `${OFFER}${own}${changed}` });
}

/** Most characters of the lost thread that the new one is told. */
export const RETOLD_CHARACTERS = 20_000;
/** A prompt of this length leaves no room for more (docs/codex-cli.md#prompt). */
const LONG_PROMPT_CHARACTERS = 1_000_000;

/** The prompt of the new thread: the messages that are left of the old one, then the new prompt. */
export function composeRebuilt(prompt: string, messages: readonly ThreadMessage[]): string {
  if (prompt.length > LONG_PROMPT_CHARACTERS) return prompt;
  const retold = dropAsked(prompt, messages).map(({ role, text }) => `${role === "user" ? "User" : "You"}: ${text}`);
  const history =
    retold.length === 0
      ? "Nothing of what was said in it is left."
      : `What was said last in it:\n\n${retold.join("\n\n")}`;
  return `This thread takes the place of one that was lost. ${history}\n\nNow: ${prompt}`;
}

/** The messages without a prompt at their end that is sent again: the failed turn's is on record too. */
export function dropAsked(prompt: string, messages: readonly ThreadMessage[]): readonly ThreadMessage[] {
  const isAsked = ({ role, text }: ThreadMessage) => role === "user" && text.trim() === prompt.trim();
  const last = messages.findLastIndex((message) => !isAsked(message));
  return messages.slice(0, last + 1);
}

/** The warning for the caller. */
export function describeRebuilt(threadId: string, error: ErrorReport, messages: readonly ThreadMessage[]): string {
  const told =
    messages.length === 0 ? "knows nothing of it" : `was told its last ${countOf(messages.length, "message")}`;
  return `The thread ${threadId} could not be continued (${error.message}) This is a new one, which ${told}; keep its threadId.`;
}
