// Warns of usage limits that are nearly used, each window once for every five points.
import { describeUse, toResetTime } from "../../../domain/usage-limits.ts";
import type { RateLimits } from "./rate-limits.ts";

/** The warnings of limits, without those that were given before. */
export type WarnOfLimits = (limits: RateLimits) => readonly string[];

/** From here on a limit is worth a warning, in percent. */
const NEARLY_USED = 90;
const STEP = 5;

/** Makes the warnings of a bridge. `clock` gives epoch ms. */
export function createLimitWarnings(clock: () => number): WarnOfLimits {
  /** What was told of each window, until it begins anew. */
  const told = new Map<string, { readonly level: number; readonly until: number }>();
  return (limits) =>
    limits.windows.flatMap((window) => {
      const { usedPercent, minutes } = window;
      const now = clock();
      const until = toResetTime(window) ?? Number.POSITIVE_INFINITY;
      if (!(usedPercent >= NEARLY_USED) || until <= now) return [];
      const key = `${limits.limitId ?? ""}:${minutes ?? ""}`;
      const level = Math.floor(usedPercent / STEP);
      const last = told.get(key);
      if (last !== undefined && last.until > now && level <= last.level) return [];
      told.set(key, { level, until });
      return [`${describeUse(window, limits, now)}.`];
    });
}
