// Reads what Claude Code tells of a subscription's usage limits (docs/claude-code.md#usage-limits).
import { isRecord } from "../../../domain/guards.ts";
import type { LimitWindow } from "../../../domain/usage-limits.ts";

/** A subscription's limits. */
export interface ToldLimits {
  readonly windows: readonly LimitWindow[];
  /** Whether turns go on beyond them, for money. */
  readonly hasCredits: boolean;
  /** When the limit that refuses turns is reset, Unix seconds; undefined where none does, or where it is not told. */
  readonly refusedUntil: number | undefined;
}

const MINUTES: Readonly<Record<string, number>> = { five_hour: 300, seven_day: 10_080 };

/** The limits of a `rate_limit_event`; undefined where it tells none. */
export function readLimits(line: Readonly<Record<string, unknown>>): ToldLimits | undefined {
  const { rate_limit_info: told } = line;
  if (!isRecord(told)) return undefined;
  const { unifiedWindows, status, resetsAt, isUsingOverage } = told;
  const windows = isRecord(unifiedWindows) ? Object.entries(unifiedWindows).flatMap(toWindow) : [];
  const isRefused = status === "rejected" && isUsingOverage !== true && typeof resetsAt === "number";
  return { windows, hasCredits: isUsingOverage === true, refusedUntil: isRefused ? resetsAt : undefined };
}

function toWindow([name, value]: readonly [string, unknown]): LimitWindow[] {
  if (!isRecord(value) || typeof value["utilization"] !== "number") return [];
  const { utilization, resetsAt } = value;
  return [
    {
      // 0 to 1, and beyond where more than all of it was used.
      usedPercent: Math.min(100, Math.max(0, Math.round(utilization * 1_000) / 10)),
      minutes: MINUTES[name],
      resetsAt: typeof resetsAt === "number" ? resetsAt : undefined,
    },
  ];
}
