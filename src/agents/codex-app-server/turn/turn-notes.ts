// What the server says about a turn beside its items: failures, retries and warnings.
import type { TurnEvent } from "../../../domain/turn-events.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import { type Fields, readFields, readFlag, readText } from "../protocol/fields.ts";
import { readTurnError, type ServerTurnError } from "../protocol/turn-answers.ts";

/** Takes the notification `error`: a retry is told, a failure is kept until the turn's end. */
export function noteError(state: StreamState, params: Fields): TurnEvent | undefined {
  const error = readTurnError(readFields(params, "error"));
  if (readFlag(params, "willRetry") !== true) {
    // The end of the turn follows and repeats it, unless the server ends before.
    noteFailure(state, error);
    return undefined;
  }
  const { message = "", details } = error ?? {};
  // In the form of the event stream, which all readers of such texts know.
  state.notice = details === undefined || message.includes(details) ? message : `${message} (${details})`;
  return { kind: "notice", text: state.notice };
}

/** Keeps why the turn failed. */
export function noteFailure(state: StreamState, error: ServerTurnError | undefined): void {
  state.failure = error?.message || state.failure || state.notice || error?.details || "The turn failed.";
  state.errorInfo = error?.info ?? state.errorInfo;
}

/** Keeps a warning, once. */
export function noteWarning(state: StreamState, text: string | undefined): void {
  if (text !== undefined && !state.warnings.includes(text)) state.warnings.push(text);
}

/** Keeps that another model than the thread's answers (`model/rerouted`). */
export function noteReroute(state: StreamState, params: Fields): void {
  const to = readText(params, "toModel") ?? "another model";
  const from = readText(params, "fromModel") ?? "the thread's own";
  const reason = readText(params, "reason");
  noteWarning(state, `Codex gave this turn to ${to} instead of ${from}${reason === undefined ? "" : ` (${reason})`}.`);
}
