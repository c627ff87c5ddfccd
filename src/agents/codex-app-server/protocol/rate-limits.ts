// Reads the limits of the account: the answer to `account/rateLimits/read` and the notification `account/rateLimits/updated`.
import type { LimitWindow } from "../../../domain/usage-limits.ts";
import type { RateLimits } from "../../codex/limits/rate-limits.ts";
import { type Fields, readFields, readFlag, readNumber, readText } from "./fields.ts";

/** Limits of one kind of usage, with what the server adds to them. */
export interface ServerLimits extends RateLimits {
  /** Codex's word for the limit that is reached; undefined if none is. */
  readonly reached: string | undefined;
  /** Whether turns go on at 100 %, on credits. */
  readonly hasCredits: boolean;
  /** Whether the account's own limit on spending is reached (0.150 and later). */
  readonly isSpendReached: boolean | undefined;
}

/** What the account may do. */
export interface AccountLimits {
  /** Whether the account's ordinary usage allows another turn (0.160 and later); undefined if it is not told. */
  readonly isUsageAllowed: boolean | undefined;
  /** The limits of Codex's ordinary use first, then the others. */
  readonly limits: readonly ServerLimits[];
}

/** Reads the answer; undefined if it tells no limits. */
export function readAccountLimits(result: Fields): AccountLimits | undefined {
  const main = readRateLimits(result);
  if (main === undefined) return undefined;
  const byId = Object.entries(readFields(result, "rateLimitsByLimitId") ?? {});
  const others = byId
    .filter(([id]) => id !== main.limitId)
    .flatMap(([, value]) => readRateLimits({ rateLimits: value }) ?? []);
  return { isUsageAllowed: readFlag(result, "ordinaryUsageAllowed"), limits: [main, ...others] };
}

/** Reads one kind of limits, as the notification tells them: each of its fields may be missing. undefined if there are none. */
export function readRateLimits(params: Fields): ServerLimits | undefined {
  const limits = readFields(params, "rateLimits");
  if (limits === undefined) return undefined;
  const credits = readFields(limits, "credits");
  const windows = [readWindow(limits, "primary"), readWindow(limits, "secondary")];
  return {
    limitId: readText(limits, "limitId"),
    limitName: readText(limits, "limitName"),
    windows: windows.filter((window) => window !== undefined),
    reached: readText(limits, "rateLimitReachedType"),
    hasCredits: readFlag(credits, "hasCredits") === true || readFlag(credits, "unlimited") === true,
    isSpendReached: readFlag(limits, "spendControlReached"),
  };
}

function readWindow(limits: Fields, name: string): LimitWindow | undefined {
  const window = readFields(limits, name);
  const usedPercent = readNumber(window, "usedPercent");
  if (usedPercent === undefined) return undefined;
  return { usedPercent, minutes: readNumber(window, "windowDurationMins"), resetsAt: readNumber(window, "resetsAt") };
}
