// Reads the usage limits that Codex has written to a rollout after an answer of the model (docs/codex-cli.md#usage-limits).
import { isRecord } from "../../../domain/guards.ts";
import type { LimitWindow } from "../../../domain/usage-limits.ts";
import type { RateLimits } from "../limits/rate-limits.ts";
import { findNewest } from "./rollout-records.ts";

/** The newest limits in a piece of a rollout; undefined if it has none. Their windows are empty where the provider tells no limits. */
export function findStoredLimits(text: string): RateLimits | undefined {
  const limits = findNewest(text, '"token_count"', (record) => {
    const payload = record["payload"];
    return isRecord(payload) && payload["type"] === "token_count" ? payload["rate_limits"] : undefined;
  });
  if (limits === undefined) return undefined;
  const read = (name: string): string | undefined => {
    const value = limits[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const windows = [toWindow(limits["primary"]), toWindow(limits["secondary"])];
  return {
    limitId: read("limit_id"),
    limitName: read("limit_name"),
    windows: windows.filter((window) => window !== undefined),
    hasCredits: hasCredits(limits["credits"]),
  };
}

function hasCredits(credits: unknown): boolean {
  return isRecord(credits) && (credits["has_credits"] === true || credits["unlimited"] === true);
}

function toWindow(value: unknown): LimitWindow | undefined {
  if (!isRecord(value) || typeof value["used_percent"] !== "number") return undefined;
  const read = (name: string): number | undefined => {
    const number = value[name];
    return typeof number === "number" ? number : undefined;
  };
  return { usedPercent: value["used_percent"], minutes: read("window_minutes"), resetsAt: read("resets_at") };
}
