// Sees a call to its end. The one place that turns an exception before a turn into data, and that adds the thread to an error.
import type { Clock } from "../../domain/clock.ts";
import { amendError, type ErrorReport, reportError, toFailure } from "../../domain/errors.ts";
import { assertNever } from "../../domain/guards.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { CallContext, TurnAnswer, TurnEnd } from "../requests.ts";
import { markWork } from "./rebuild.ts";

/** What becomes known during a call. */
export interface CallState {
  /** Thread that the call continues, once it is found. It can be continued even if this call fails. */
  threadId: string | undefined;
}

/** Sees a call to its end. An exception of `act` means that no turn ran: the call was refused. Never throws. */
export async function endCall(
  call: CallContext,
  clock: Clock,
  act: (call: CallContext, state: CallState) => Promise<TurnOutcome<TurnAnswer>>,
): Promise<TurnEnd> {
  const askedAt = clock();
  let startedAt: number | undefined;
  const state: CallState = { threadId: undefined };
  const onTurnStart = (): void => {
    startedAt ??= clock();
    call.onTurnStart?.();
  };
  const toTimes = () => ({ startedAt, waitedMs: Math.max(0, (startedAt ?? clock()) - askedAt) });
  try {
    const outcome = await act({ ...call, onTurnStart }, state);
    return { ...toEnd(outcome, state), ...toTimes() };
  } catch (thrown) {
    const { error, cause } = toFailure(thrown);
    return { kind: "refused", error: addThread(error, state.threadId), cause, ...toTimes() };
  }
}

type EndOfTurn<End = TurnEnd> = End extends unknown ? Omit<End, "startedAt" | "waitedMs"> : never;

function toEnd(outcome: TurnOutcome<TurnAnswer>, { threadId }: CallState): EndOfTurn {
  const { kind, report: answer } = outcome;
  const thread = answer.threadId ?? threadId;
  switch (kind) {
    case "completed":
      return { kind, answer };
    case "failed": {
      const error = addThread(markWork(outcome.error, answer.hasWorked), thread);
      return { kind, answer, error: addReceipt(error, answer), cause: outcome.cause };
    }
    case "interrupted": {
      const error = addThread(reportError("CANCELLED", "The turn was cancelled and ended."), thread);
      return { kind, answer, error: addReceipt(error, answer) };
    }
    default:
      return assertNever(outcome);
  }
}

// What a turn changed before it failed can be looked at and undone.
function addReceipt(error: ErrorReport, { receipt, diffStat, changes, proposal }: TurnAnswer): ErrorReport {
  const proposed = proposal === undefined ? {} : { proposal: { ...proposal, diff: undefined } };
  const changed =
    receipt === undefined || changes.length === 0 ? {} : { receipt, ...(diffStat === undefined ? {} : { diffStat }) };
  const details = { ...changed, ...proposed };
  return Object.keys(details).length === 0 ? error : amendError(error, { details });
}

// An error that says that the thread does not exist must not name it as one to continue.
function addThread(error: ErrorReport, threadId: string | undefined): ErrorReport {
  const hasNone = threadId === undefined || error.threadId !== undefined || error.code === "THREAD_NOT_FOUND";
  return hasNone ? error : amendError(error, { threadId });
}
