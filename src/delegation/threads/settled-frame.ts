// What of a turn's frame stays with its thread when the turn failed.
import type { ErrorReport } from "../../domain/errors.ts";
import type { OwnPart, ThreadFrame } from "../../domain/thread.ts";
import type { TurnReport } from "../../domain/turn.ts";

/** What of a failed turn's outcome counts. */
export interface FailedTurn {
  readonly error: ErrorReport;
  readonly report: Pick<TurnReport, "hasWorked">;
  /** The backend's part without what was refused. */
  readonly own?: OwnPart | undefined;
}

/**
 * The frame that the thread keeps after a failed turn; `before` is that of its earlier turns, undefined for a new thread.
 * A turn that never ran changes nothing, but a narrowed sandbox stays narrow. A new thread loses what was refused.
 */
export function settleFrame(
  frame: ThreadFrame,
  before: ThreadFrame | undefined,
  { error, report, own }: FailedTurn,
): ThreadFrame {
  if (report.hasWorked || ENDED_BY_US.has(error.code)) return frame;
  if (before !== undefined)
    return { ...before, cwd: frame.cwd, sandbox: frame.sandbox, permissions: frame.permissions };
  if (error.code === "MODEL_NOT_FOUND") return { ...frame, model: undefined };
  if (error.details["argument"] === "reasoningEffort") return { ...frame, reasoningEffort: undefined };
  return own === undefined ? frame : { ...frame, own };
}

// The model was asked and was at work, however little it had said by then.
const ENDED_BY_US: ReadonlySet<string> = new Set(["TURN_TIMED_OUT", "TURN_STALLED"]);
