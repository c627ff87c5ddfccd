// Two turns of one call as one answer.
import type { TokenUsage } from "../../../domain/thread.ts";
import { addTokens } from "../../../domain/token-usage.ts";
import type { TurnAnswer } from "../../requests.ts";

/** What both turns did: lists joined, numbers summed. The message and all else are the later turn's. */
export function joinAnswers(first: TurnAnswer, second: TurnAnswer): TurnAnswer {
  const { receipt, diffStat } = first;
  const earlier = receipt === undefined ? [] : [{ id: receipt, diffStat }];
  const refused = (first.commands.refused ?? 0) + (second.commands.refused ?? 0);
  return {
    ...second,
    threadId: second.threadId ?? first.threadId,
    usage: sumUsage(first.usage, second.usage),
    changes: joinLists(first.changes, second.changes),
    proposal: second.proposal ?? first.proposal,
    check: second.check ?? first.check,
    earlierReceipts: [...(first.earlierReceipts ?? []), ...earlier],
    commands: {
      count: first.commands.count + second.commands.count,
      failed: first.commands.failed + second.commands.failed,
      ...(refused === 0 ? {} : { refused }),
    },
    refusedCommands: [...first.refusedCommands, ...second.refusedCommands],
    hasWorked: first.hasWorked || second.hasWorked,
    warnings: joinLists(first.warnings, second.warnings),
    leftRunning: joinLists(first.leftRunning, second.leftRunning),
    durationMs: first.durationMs + second.durationMs,
  };
}

function sumUsage(first: TokenUsage | undefined, second: TokenUsage | undefined): TokenUsage | undefined {
  return first === undefined || second === undefined ? (second ?? first) : addTokens(first, second);
}

// What both turns say, such as a file that both changed, is said once.
function joinLists<Item>(first: readonly Item[], second: readonly Item[]): Item[] {
  return [...new Map([...first, ...second].map((item) => [JSON.stringify(item), item])).values()];
}
