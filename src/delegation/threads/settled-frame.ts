// Decides which parts of a turn's frame the thread keeps if the turn failed.
import type { ErrorReport } from "../../domain/errors.ts";
import type { OwnPart, ThreadFrame } from "../../domain/thread.ts";
import type { TurnReport } from "../../domain/turn.ts";

/** The parts of a failed turn's outcome that the decision needs. */
export interface FailedTurn {
  readonly error: ErrorReport;
  readonly report: Pick<TurnReport, "hasWorked">;
  /** The backend's part of the frame without the refused values. */
  readonly own?: OwnPart | undefined;
}

/**
 * Returns the frame that the thread keeps after a failed turn. `before` is the frame of its earlier turns; undefined for a new thread.
 * A turn that never ran changes nothing, except that a narrowed sandbox stays narrow. A new thread loses the refused values.
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

// In these the model was at work, even if it had said nothing yet.
const ENDED_BY_US: ReadonlySet<string> = new Set(["TURN_TIMED_OUT", "TURN_STALLED"]);
