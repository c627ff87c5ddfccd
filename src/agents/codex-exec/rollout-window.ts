// The part of a thread's rollout that one turn adds, and what stood before it.
import type { TokenUsage } from "../../domain/thread.ts";
import { findRollout, readPart, readSize } from "../codex/rollout-files.ts";
import { findUsageTotal } from "../codex/rollout-records.ts";

/** How much of a rollout's end is read to learn how a turn ended, and how the thread stood before it. */
const TAIL_BYTES = 1_048_576;

/** A rollout around one turn. */
export interface RolloutWindow {
  /** Bytes that the rollout had before the turn; 0 for a new thread. */
  readonly offset: number;
  /** Whether the turn has added to the rollout of the thread that it was to resume. */
  hasGrown(): boolean;
  /** Tail of what the turn has added to a thread's rollout; "" where there is none. */
  readAdded(threadId: string | undefined): string;
  /** Tokens of the turn, of the thread `threadId`; `streamed` is what the CLI's events said: the thread's running total. */
  toTurnUsage(threadId: string | undefined, streamed: TokenUsage | undefined): TokenUsage | undefined;
}

/** Opens the window before the turn starts; `resumed` is the thread that it continues. */
export function openRolloutWindow(codexHome: string, resumed: string | undefined): RolloutWindow {
  const path = resumed === undefined ? undefined : findRollout(codexHome, resumed);
  const offset = readSize(path);
  const before = path === undefined ? undefined : findUsageTotal(readTail(path, 0));
  const window: RolloutWindow = {
    offset,
    hasGrown: () => resumed !== undefined && readSize(findRollout(codexHome, resumed)) > offset,
    readAdded: (threadId) => {
      const found = threadId === undefined ? undefined : findRollout(codexHome, threadId);
      return found === undefined ? "" : readTail(found, offset);
    },
    toTurnUsage: (threadId, streamed) => {
      if (before === undefined || streamed === undefined) return streamed;
      return subtract(findUsageTotal(window.readAdded(threadId)) ?? streamed, before);
    },
  };
  return window;
}

function readTail(path: string, from: number): string {
  return readPart(path, Math.max(from, readSize(path) - TAIL_BYTES), TAIL_BYTES);
}

function subtract(after: TokenUsage, before: TokenUsage): TokenUsage {
  return {
    inputTokens: Math.max(0, after.inputTokens - before.inputTokens),
    cachedInputTokens: Math.max(0, after.cachedInputTokens - before.cachedInputTokens),
    outputTokens: Math.max(0, after.outputTokens - before.outputTokens),
    reasoningOutputTokens: Math.max(0, after.reasoningOutputTokens - before.reasoningOutputTokens),
  };
}
