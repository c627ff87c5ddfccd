// A further turn of a thread within the call that began or continued it: a correction of what its turn left.
import { BridgeError } from "../../domain/errors.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { TurnAnswer } from "../requests.ts";
import type { TurnThread } from "../threads/record-keeper.ts";
import type { DelegationParts } from "./delegation-parts.ts";

/** With less time than this no correction is asked for, ms. */
export const LEAST_CORRECTION_MS = 1_000;

/**
 * Runs a further turn of the thread of a turn that has just ended. `before` is the thread as that turn had it. Throws SESSION_BUSY if another turn waits
 * for it: a new thread gave its permit back at the end of its first turn, and nobody waits for it with the slot in hand, since two such calls would wait
 * for each other. Throws THREAD_ID_MISSING or SESSION_NOT_FOUND for a thread that cannot be continued.
 */
export async function goOnInThread(
  { permits, options }: Pick<DelegationParts, "permits" | "options">,
  before: TurnThread,
  { threadId }: Pick<TurnAnswer, "threadId">,
  act: (thread: TurnThread) => Promise<TurnOutcome<TurnAnswer>>,
): Promise<TurnOutcome<TurnAnswer>> {
  const { sessionId, kept, frame } = before;
  if (threadId === undefined) throw new BridgeError("THREAD_ID_MISSING", "Its thread is not known.");
  const permit = before.record === undefined ? await permits.acquireIdle(threadId) : undefined;
  try {
    const record = options.sessions.get(threadId);
    if (record === undefined) throw new BridgeError("SESSION_NOT_FOUND", "Its thread is not on record.");
    // A consent for one turn is not one for another: the record has the narrower frame.
    return await act({ frame: kept === undefined ? record.frame : frame, sessionId, record, kept, isCorrection: true });
  } finally {
    await permit?.release();
  }
}
