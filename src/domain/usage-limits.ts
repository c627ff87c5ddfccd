// How much of an account's usage limits is used, and the words for it.
import { toLocalTime } from "./local-time.ts";

/** How much of a time window is used. */
export interface LimitWindow {
  /** 0 to 100. The app server rounds it to a whole number. */
  readonly usedPercent: number;
  /** Length of the window in minutes. */
  readonly minutes: number | undefined;
  /** When the window begins anew, Unix seconds. */
  readonly resetsAt: number | undefined;
}

/** The latest time that a Date can have. */
const LAST_TIME = 8.64e15;

/** When a window begins anew, epoch ms; undefined where it is not told, or is no time that exists. */
export function toResetTime({ resetsAt }: Pick<LimitWindow, "resetsAt">): number | undefined {
  const at = resetsAt === undefined ? Number.NaN : resetsAt * 1_000;
  return Math.abs(at) <= LAST_TIME ? at : undefined;
}

const HOUR = 60;
const DAY = 24 * HOUR;
/** The name of a limit comes from the provider, and becomes part of our own sentence. */
const NAME = /^[\w.-]{1,50}$/;
const NAMED: Readonly<Record<number, string>> = { [DAY]: "daily", [7 * DAY]: "weekly", [30 * DAY]: "monthly" };

/** `90 % of the 5-hour usage limit is used; it resets at 14:05`, without a full stop. `now` is epoch ms. */
export function describeUse(
  window: LimitWindow,
  { limitName }: { readonly limitName: string | undefined },
  now: number,
): string {
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
