// When a limit ends, by Codex's or the provider's own words (docs/codex-cli.md#usage-limits). Codex prints this machine's local time and leaves out
// the seconds, so the end of the minute counts: a turn that starts too early meets the limit once more.

const UNIT = "(?:ms|s|m|h|d|seconds?|minutes?|hours?|days?)";
// "at Mar 17th, 2030 5:46 PM", "in 1212 days 7 hours 18 minutes", "in less than a minute", "in 1.5s". Matches a time and nothing else: it becomes part of our own
// sentence, and the text may come from a provider.
const WHEN = new RegExp(
  String.raw`try again (?:at ((?:[A-Z][a-z]{2} \d{1,2}(?:st|nd|rd|th)?, \d{4} )?\d{1,2}:\d{2}(?: [AP]M)?)|in (less than a minute|\d+(?:\.\d+)? ?${UNIT}\b(?:,? (?:and )?\d+ ${UNIT}\b){0,3}))`,
  "i",
);

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNIT_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: 3_600_000, d: DAY_MS, s: SECOND_MS };
/** A time of day that has passed by less than this was still to come when it was written. */
const LATE_MS = 300_000;

/** The end of a limit. */
export interface LimitEnd {
  /** As it was told, for a sentence after "Wait": `until 5:46 PM`, `1.5s`. */
  readonly words: string;
  /** Epoch ms at which it has surely passed; undefined where the words are no time that exists. */
  readonly at: number | undefined;
}

/** Finds the end of a limit in a text; undefined where the text names none. `now` is epoch ms. */
export function findLimitEnd(text: string, now: number): LimitEnd | undefined {
  const [, time, duration] = WHEN.exec(text) ?? [];
  if (time !== undefined) return { words: `until ${time}`, at: readTime(time, now) };
  return duration === undefined ? undefined : { words: duration, at: now + readDuration(duration) };
}

const TIME = /^(?:([a-z]{3}) (\d{1,2})(?:st|nd|rd|th)?, (\d{4}) )?(\d{1,2}):(\d{2})(?: ([ap]m))?$/i;

function readTime(time: string, now: number): number | undefined {
  const [, month, day, year, hours = "", minutes = "", half] = TIME.exec(time) ?? [];
  const hour = toHour(Number(hours), half?.toLowerCase());
  const minute = Number(minutes) + 1;
  if (hour === undefined || minute > 60) return undefined;
  if (month !== undefined) {
    const index = MONTHS.indexOf(month.toLowerCase());
    return index === -1 ? undefined : new Date(Number(year), index, Number(day), hour, minute).getTime();
  }
  // Without a date it is today. It was written just before midnight if today's time is far off and yesterday's has just passed.
  const today = new Date(now);
  const onDay = (shift: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + shift, hour, minute).getTime();
  return [-1, 0].map(onDay).find((at) => at >= now - LATE_MS);
}

function toHour(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour < 24 ? hour : undefined;
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half === "pm" ? 12 : 0);
}

// The last unit may have been cut off to a whole number, so one more of it is waited for.
function readDuration(duration: string): number {
  if (!/\d/.test(duration)) return MINUTE_MS;
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)].map(([, count, unit = ""]) => ({
    count: Number(count),
    unitMs: unit.toLowerCase() === "ms" ? 1 : (UNIT_MS[unit.charAt(0).toLowerCase()] ?? 0),
  }));
  const last = parts.at(-1)?.unitMs ?? 0;
  return Math.ceil(parts.reduce((sum, { count, unitMs }) => sum + count * unitMs, last));
}
