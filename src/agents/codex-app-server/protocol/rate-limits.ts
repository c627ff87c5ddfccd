// Reads the limits of the account: the answer to `account/rateLimits/read` and the notification `account/rateLimits/updated`.
import { type Fields, readFields, readFlag, readNumber, readText } from "./fields.ts";

/** How much of a time window is used. */
export interface LimitWindow {
  /** 0 to 100, as the server rounds it. */
  readonly usedPercent: number;
  /** Length of the window in minutes. */
  readonly minutes: number | undefined;
  /** When the window begins anew, Unix seconds. */
  readonly resetsAt: number | undefined;
}

/** Limits of one kind of usage. */
export interface RateLimits {
  /** Codex's id of the kind, such as `codex`. */
  readonly limitId: string | undefined;
  /** Codex's name of it for people. */
  readonly limitName: string | undefined;
  /** The windows that are told, the shorter one first (`primary`, `secondary`). */
  readonly windows: readonly LimitWindow[];
  /** Codex's word for the limit that is reached; undefined if none is. */
  readonly reached: string | undefined;
  /** Whether the account's own limit on spending is reached (0.150 and later). */
  readonly isSpendReached: boolean | undefined;
  readonly planType: string | undefined;
}

/** What the account may do. */
export interface AccountLimits {
  /** Whether the account may use Codex at the moment (0.169); undefined if it is not told. */
  readonly isUsageAllowed: boolean | undefined;
  /** The limits of Codex's ordinary use first, then the others. */
  readonly limits: readonly RateLimits[];
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
export function readRateLimits(params: Fields): RateLimits | undefined {
  const limits = readFields(params, "rateLimits");
  if (limits === undefined) return undefined;
  const windows = [readWindow(limits, "primary"), readWindow(limits, "secondary")];
  return {
    limitId: readText(limits, "limitId"),
    limitName: readText(limits, "limitName"),
    windows: windows.filter((window) => window !== undefined),
    reached: readText(limits, "rateLimitReachedType"),
    isSpendReached: readFlag(limits, "spendControlReached"),
    planType: readText(limits, "planType"),
  };
}

function readWindow(limits: Fields, name: string): LimitWindow | undefined {
  const window = readFields(limits, name);
  const usedPercent = readNumber(window, "usedPercent");
  if (usedPercent === undefined) return undefined;
  return { usedPercent, minutes: readNumber(window, "windowDurationMins"), resetsAt: readNumber(window, "resetsAt") };
}
