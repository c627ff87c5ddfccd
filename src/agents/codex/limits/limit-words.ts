// Says in words how much of a usage limit is used, and when it is reset.
import { toLocalTime } from "../../../domain/local-time.ts";
import { type LimitWindow, type RateLimits, toResetTime } from "./rate-limits.ts";

const HOUR = 60;
const DAY = 24 * HOUR;
/** The name of a limit comes from the provider, and becomes part of our own sentence. */
const NAME = /^[\w.-]{1,50}$/;
const NAMED: Readonly<Record<number, string>> = { [DAY]: "daily", [7 * DAY]: "weekly", [30 * DAY]: "monthly" };

/** `90 % of the 5-hour usage limit is used; it resets at 14:05`, without a full stop. `now` is epoch ms. */
export function describeUse(window: LimitWindow, { limitName }: Pick<RateLimits, "limitName">, now: number): string {
  const span = toSpan(window.minutes);
  const whose = limitName === undefined || !NAME.test(limitName) ? "" : ` for ${limitName}`;
  const resetsAt = toResetTime(window);
  const reset = resetsAt === undefined ? "" : `; it resets ${toMoment(resetsAt, now)}`;
  const limit = span === undefined ? "usage limit" : `${span} usage limit`;
  return `${Math.floor(Math.min(window.usedPercent, 100))} % of the ${limit}${whose} is used${reset}`;
}

// `at 14:05`, or `on Nov 28 14:05`.
function toMoment(at: number, now: number): string {
  const time = toLocalTime(at, now);
  return /^\d/.test(time) ? `at ${time}` : `on ${time}`;
}

function toSpan(told: number | undefined): string | undefined {
  if (told === undefined || !(told >= 1)) return undefined;
  // The service has also told 299 and 10,079.
  const minutes = told < HOUR ? Math.round(told) : Math.round(told / 5) * 5;
  const named = NAMED[minutes];
  if (named !== undefined) return named;
  if (minutes % DAY === 0) return `${minutes / DAY}-day`;
  return minutes % HOUR === 0 ? `${minutes / HOUR}-hour` : `${minutes}-minute`;
}
