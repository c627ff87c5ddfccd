// What a turn used, where the agent tells: in `usage` (opencode), or in Gemini CLI's `_meta.quota`. The protocol has no place for it yet.
import { isRecord } from "../../../domain/guards.ts";
import type { TokenUsage } from "../../../domain/thread.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The tokens in the answer to a prompt. */
export function readTurnUsage(answer: Fields): TokenUsage | undefined {
  const { usage } = answer;
  if (isRecord(usage)) {
    return toUsage([usage["inputTokens"], usage["cachedReadTokens"], usage["outputTokens"], usage["thoughtTokens"]]);
  }
  const counts = readQuota(answer)["token_count"];
  return isRecord(counts) ? toUsage([counts["input_tokens"], 0, counts["output_tokens"], 0]) : undefined;
}

/** The model that answered; undefined where there were several, or the agent does not tell. */
export function readTurnModel(answer: Fields): string | undefined {
  const used = readQuota(answer)["model_usage"];
  const [only, ...others] = Array.isArray(used) ? used.filter(isRecord) : [];
  const model = only?.["model"];
  return typeof model === "string" && others.length === 0 ? model : undefined;
}

function readQuota({ _meta: meta }: Fields): Fields {
  const quota = isRecord(meta) ? meta["quota"] : undefined;
  return isRecord(quota) ? quota : {};
}

function toUsage([input, cached, output, thought]: readonly unknown[]): TokenUsage {
  return {
    inputTokens: toCount(input),
    cachedInputTokens: toCount(cached),
    outputTokens: toCount(output),
    reasoningOutputTokens: toCount(thought),
  };
}

function toCount(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}
