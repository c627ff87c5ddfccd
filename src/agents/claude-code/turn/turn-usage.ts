import { isRecord } from "../../../domain/guards.ts";
import type { TokenUsage } from "../../../domain/thread.ts";

/** The tokens of a turn, from its `result`. Claude Code's `input_tokens` leaves out what the cache has, ours does not. */
export function toTurnUsage(result: Readonly<Record<string, unknown>> | undefined): TokenUsage | undefined {
  const usage = result?.["usage"];
  if (!isRecord(usage)) return undefined;
  const details = usage["output_tokens_details"];
  const cached = toCount(usage["cache_read_input_tokens"]);
  return {
    inputTokens: toCount(usage["input_tokens"]) + toCount(usage["cache_creation_input_tokens"]) + cached,
    cachedInputTokens: cached,
    outputTokens: toCount(usage["output_tokens"]),
    reasoningOutputTokens: isRecord(details) ? toCount(details["thinking_tokens"]) : 0,
  };
}

function toCount(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}
