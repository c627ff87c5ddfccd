import type { TurnRequest } from "../../../domain/turn.ts";
import type { CodexFrame } from "../codex-frame.ts";

/** A turn to run, with Codex's part of its frame taken apart. */
export interface CodexTurnRequest extends Omit<TurnRequest, "frame"> {
  readonly frame: CodexFrame;
  /** Whether to make a new thread with the history of `threadId`, without a turn. */
  readonly isFork?: boolean | undefined;
  /** Aborted where the turn is interrupted. */
  readonly signal: AbortSignal;
}
