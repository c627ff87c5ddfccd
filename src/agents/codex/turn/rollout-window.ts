// The part of a thread's rollout that one turn adds, and what was there before.
import { existsSync } from "node:fs";
import type { TokenUsage } from "../../../domain/thread.ts";
import { NO_TOKENS, subtractTokens } from "../../../domain/token-usage.ts";
import { findRollout, readPart, readSize } from "../rollouts/rollout-files.ts";
import { findUsageTotal } from "../rollouts/rollout-records.ts";
import { findLastLine } from "../rollouts/rollout-search.ts";

/** How much of a rollout's end is read to learn how a turn ended. */
const TAIL_BYTES = 1_048_576;
const PROMPT_BYTES = 67_108_864;
/** How far back the thread's token total is searched: failed turns with long prompts may lie between. */
const SEARCH_BYTES = 33_554_432;

/** A rollout around one turn. */
export interface RolloutWindow {
  /** Size of the rollout before the turn, in bytes; 0 for a new thread. */
  readonly offset: number;
  /** Path of a thread's rollout; undefined if there is none. The folder is searched only once, unless the rollout is moved. */
  find(threadId: string): string | undefined;
  /** Whether the turn has added to the rollout of the thread that it resumes. */
  hasGrown(): boolean;
  /** The end of what the turn has added to a thread's rollout: `most` bytes, or 1 MiB. "" if there is nothing. */
  readAdded(threadId: string | undefined, most?: number): string;
  /** The first 64 MiB of what the turn has added: its prompt, which may contain large images. "" if there is nothing. */
  readPrompt(threadId: string | undefined): string;
  /**
   * Tokens of the turn on the thread `threadId`. `streamed` is the thread's running total from the CLI's events.
   * undefined if the total before the turn lies too far back, or in a file that could not be read.
   */
  toTurnUsage(threadId: string | undefined, streamed: TokenUsage | undefined): TokenUsage | undefined;
}

/** Opens the window before the turn starts. `resumed` is the thread that it continues. */
export function openRolloutWindow(codexHome: string, resumed: string | undefined): RolloutWindow {
  let known: { readonly threadId: string; readonly path: string | undefined } | undefined;
  const find = (threadId: string): string | undefined => {
    const isThere = known?.threadId === threadId && known.path !== undefined && existsSync(known.path);
    if (!isThere) known = { threadId, path: findRollout(codexHome, threadId) };
    return known?.path;
  };
  const path = resumed === undefined ? undefined : find(resumed);
  const offset = readSize(path);
  const window: RolloutWindow = {
    offset,
    find,
    hasGrown: () => resumed !== undefined && readSize(find(resumed)) > offset,
    readAdded: (threadId, most = TAIL_BYTES) => {
      const found = threadId === undefined ? undefined : find(threadId);
      if (found === undefined) return "";
      return readPart(found, Math.max(offset, readSize(found) - most), most);
    },
    readPrompt: (threadId) => {
      const found = threadId === undefined ? undefined : find(threadId);
      return found === undefined ? "" : readPart(found, offset, PROMPT_BYTES);
    },
    toTurnUsage: (threadId, streamed) => {
      if (resumed === undefined || streamed === undefined) return streamed;
      // Its file could not be read before the turn, for example because it was compressed.
      if (path === undefined) return undefined;
      const before = findTotalBefore(path, offset);
      return before === undefined
        ? undefined
        : subtractTokens(findUsageTotal(window.readAdded(threadId)) ?? streamed, before);
    },
  };
  return window;
}

// The thread's total before the turn; undefined if it was not found, since a wrong figure is worse than none.
function findTotalBefore(path: string, offset: number): TokenUsage | undefined {
  const needle = '"token_count"';
  const { found, isWhole } = findLastLine(path, { needle, pick: findUsageTotal, end: offset, mostBytes: SEARCH_BYTES });
  // If the whole file contains none, no earlier turn has reached an answer.
  return found ?? (isWhole ? NO_TOKENS : undefined);
}
