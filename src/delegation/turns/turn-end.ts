// Sees a call to its end. The one place that turns an exception before a turn into data, and that adds the thread to an error.
import type { Clock } from "../../domain/clock.ts";
import { cutText } from "../../domain/cut-text.ts";
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
      return { kind, answer, error: addWork(addUnfit(error, answer), answer), cause: outcome.cause };
    }
    case "interrupted": {
      const error = addThread(reportError("CANCELLED", "The turn was cancelled and ended."), thread);
      return { kind, answer, error: addWork(addAnswered(addUnfit(error, answer), answer), answer) };
    }
    default:
      return assertNever(outcome);
  }
}

/** The error with what the turn changed before it failed, which can be looked at and undone. */
export function addWork(failed: ErrorReport, answer: TurnAnswer): ErrorReport {
  const { proposal, commit, isUncommitted = false } = answer;
  // The changes of a worktree of its own are committed there.
  const isTold = isUncommitted && proposal === undefined && commit === undefined;
  const error = isTold ? { ...failed, message: `${failed.message} Nothing was committed.` } : failed;
  const proposed = proposal === undefined ? {} : { proposal: { ...proposal, diff: undefined } };
  const details = { ...describeReceipts(answer), ...(commit === undefined ? {} : { commit }), ...proposed };
  return Object.keys(details).length === 0 ? error : amendError(error, { details });
}

function describeReceipts({ receipt, diffStat, changes, earlierReceipts = [] }: TurnAnswer): Record<string, unknown> {
  if (changes.length === 0) return {};
  const all = [...earlierReceipts, ...(receipt === undefined ? [] : [{ id: receipt, diffStat }])];
  const last = all.at(-1);
  if (last === undefined) return {};
  const newest = { receipt: last.id, ...(last.diffStat === undefined ? {} : { diffStat: last.diffStat }) };
  return all.length === 1 ? newest : { ...newest, receipts: all };
}

const EXCERPT_CHARACTERS = 600;

// An answer that does not fit is no answer to the call, but whoever gets the error may want it.
function addUnfit(error: ErrorReport, { unfit }: TurnAnswer): ErrorReport {
  if (unfit === undefined) return error;
  const agentText = cutText(unfit.content, EXCERPT_CHARACTERS);
  if (error.code === "INVALID_OUTPUT") return amendError(error, { agentText });
  const before = `A turn before that had answered, but its answer, which follows, does not fit expect: ${unfit.reason}.`;
  return reportError(error.code, `${error.message} ${before}`, { ...error, agentText });
}

// The answer of work that was done is not lost with the turn that was cancelled after it.
function addAnswered(error: ErrorReport, { answered = "" }: TurnAnswer): ErrorReport {
  if (answered === "") return error;
  const message = `${error.message} A turn before that had answered; its answer follows.`;
  return reportError(error.code, message, { ...error, agentText: cutText(answered, EXCERPT_CHARACTERS) });
}

// An error that says that the thread does not exist must not name it as one to continue.
function addThread(error: ErrorReport, threadId: string | undefined): ErrorReport {
  const hasNone = threadId === undefined || error.threadId !== undefined || error.code === "THREAD_NOT_FOUND";
  return hasNone ? error : amendError(error, { threadId });
}
