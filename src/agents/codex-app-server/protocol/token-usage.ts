// Tokens of a thread, as `thread/tokenUsage/updated` tells them.
import type { TokenUsage } from "../../../domain/thread.ts";
import { type Fields, readFields, readNumber } from "./fields.ts";

/**
 * The running total of the thread; undefined if a part is missing. The part `last` of the notification is of no use: the same one is sent
 * again when a turn begins with a compaction, and after it holds an estimate.
 */
export function readUsageTotal(params: Fields): TokenUsage | undefined {
  const total = readFields(readFields(params, "tokenUsage"), "total");
  const inputTokens = readNumber(total, "inputTokens");
  const cachedInputTokens = readNumber(total, "cachedInputTokens");
  const outputTokens = readNumber(total, "outputTokens");
  const reasoningOutputTokens = readNumber(total, "reasoningOutputTokens");
  if (inputTokens === undefined || cachedInputTokens === undefined) return undefined;
  if (outputTokens === undefined || reasoningOutputTokens === undefined) return undefined;
  return { inputTokens, cachedInputTokens, outputTokens, reasoningOutputTokens };
}
