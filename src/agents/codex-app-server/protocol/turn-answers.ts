// Reads turns: the answers to `turn/start`, `turn/steer`, `review/start`, and the turn in `turn/started` and `turn/completed`.
import { type ErrorInfo, readErrorInfo } from "../../codex/failures/error-info.ts";
import { type Fields, readFields, readList, readText } from "./fields.ts";

/** How a turn stands. */
export type TurnStatus = "running" | "completed" | "failed" | "interrupted";

/** Why a turn failed. */
export interface ServerTurnError {
  /** Codex's words; "" if there are none. */
  readonly message: string;
  readonly info: ErrorInfo | undefined;
  /** The cause, where `message` only says that Codex tries again. */
  readonly details: string | undefined;
}

/** A turn. */
export interface ServerTurn {
  readonly id: string;
  /** undefined if it is missing or not known here. */
  readonly status: TurnStatus | undefined;
  readonly error: ServerTurnError | undefined;
  /** At the end of a turn its last message (0.150 and later), otherwise none. */
  readonly items: readonly Fields[];
}

const STATUSES: Readonly<Record<string, TurnStatus>> = {
  inProgress: "running",
  completed: "completed",
  failed: "failed",
  interrupted: "interrupted",
};

/** Reads the turn of an answer or a notification; undefined if it has no id. */
export function readTurn(params: Fields): ServerTurn | undefined {
  const turn = readFields(params, "turn");
  const id = readText(turn, "id");
  if (id === undefined) return undefined;
  return {
    id,
    status: STATUSES[readText(turn, "status") ?? ""],
    error: readTurnError(readFields(turn, "error")),
    items: readList(turn, "items") ?? [],
  };
}

/** Reads the error of a turn or of the notification `error`. */
export function readTurnError(error: Fields | undefined): ServerTurnError | undefined {
  if (error === undefined) return undefined;
  return {
    message: readText(error, "message") ?? "",
    info: readErrorInfo(error["codexErrorInfo"]),
    details: readText(error, "additionalDetails"),
  };
}

/** Id of the turn that a notification is about; undefined if it is about none. */
export function readTurnId(params: Fields): string | undefined {
  return readText(params, "turnId") ?? readText(readFields(params, "turn"), "id");
}
