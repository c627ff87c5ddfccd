// What becomes of a turn whose thread no longer fits into the model's context: Codex compacts the thread, and the turn goes on
// (docs/codex-cli.md#app-server-compaction).
import type { Redact } from "../../../domain/redact.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import type { CodexTurn } from "../../codex/turn/codex-turn.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { createStreamState, type StreamState } from "../../codex/turn/stream-state.ts";
import { toEndError } from "../../codex/turn/turn-errors.ts";

/** What a turn goes on with once its thread is compacted. */
export interface FurtherTurn {
  readonly prompt: string;
  /** What to tell the caller. */
  readonly warning: string;
}

/** What is known of the turn that failed. */
export interface FailedTurn {
  readonly request: CodexTurnRequest;
  readonly turn: CodexTurn;
  /** Whether the thread was just compacted, which did not help. */
  readonly isJustCompacted: boolean;
  /** Whether the model was given further input. */
  readonly isSteered: boolean;
}

/**
 * Decides how a turn goes on after its thread is compacted; undefined if that would not help. A turn that may have done something is not
 * given its prompt again: it would do it twice.
 */
export function planFurtherTurn({ request, turn, isJustCompacted, isSteered }: FailedTurn): FurtherTurn | undefined {
  const { hasFailed, errorInfo } = turn.state;
  if (!hasFailed || errorInfo?.name !== "context_window_exceeded" || isJustCompacted) return undefined;
  if (isSteered || turn.mayHaveActed()) return { prompt: GO_ON, warning: `${COMPACTED} let the turn go on.` };
  // The prompt alone is too long.
  if (request.threadId === undefined) return undefined;
  return { prompt: request.prompt, warning: `${COMPACTED} ran the turn again.` };
}

const COMPACTED = "The thread was too long for the model's context. Codex compacted it, which loses details, and";

const GO_ON =
  "The context was full, so the thread has been compacted. Go on with the task from where you stopped. Do not repeat what is done already; if you are not sure, look first.";

/** The state of the turn that compacts the thread. Its warnings are those of the turn that failed. */
export function createCompactionState(redact: Redact, warnings: string[]): StreamState {
  return { ...createStreamState(redact), warnings };
}

/** Tells that the thread was not compacted. */
export function describeFailure(state: StreamState, end: ProgramEnd, request: CodexTurnRequest): string {
  if (state.failure === "") return "Codex began to compact the thread, and did not finish.";
  const { message } = toEndError({ end, state, request, readErrorInfo: () => state.errorInfo });
  return `Codex could not compact the thread: ${message}`;
}
