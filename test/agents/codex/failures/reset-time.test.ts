// When a limit ends, as each version of Codex says it. Times of day are this machine's.
import { expect, test } from "vitest";
import { findLimitEnd } from "../../../../src/agents/codex/failures/reset-time.ts";

const NOW = new Date(2026, 10, 26, 22, 10, 30).getTime();
const local = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();

test.each<[string, string, number]>([
  // 0.120 to 0.169: the minute has no seconds, so its end counts.
  ["try again at 10:26 PM.", "until 10:26 PM", local(2026, 10, 26, 22, 27)],
  ["try again at 10:10 PM.", "until 10:10 PM", local(2026, 10, 26, 22, 11)],
  ["try again at Nov 27th, 2026 6:44 PM.", "until Nov 27th, 2026 6:44 PM", local(2026, 10, 27, 18, 45)],
  ["Try again at Mar 1st, 2030 12:00 AM", "until Mar 1st, 2030 12:00 AM", local(2030, 2, 1, 0, 1)],
  ["try again at Jan 2nd, 2027 12:59 PM", "until Jan 2nd, 2027 12:59 PM", local(2027, 0, 2, 13, 0)],
  // 0.50.
  ["try again in less than a minute.", "less than a minute", NOW + 60_000],
  ["try again in 1 minute.", "1 minute", NOW + 2 * 60_000],
  ["try again in 1 day 3 hours 46 minutes.", "1 day 3 hours 46 minutes", NOW + (27 * 60 + 47) * 60_000],
  // Providers.
  ["Please try again in 1.5s.", "1.5s", NOW + 2_500],
  ["Please try again in 250ms", "250ms", NOW + 251],
  ["Try again in 2 hours", "2 hours", NOW + 3 * 3_600_000],
])("%s", (text, words, at) => {
  expect(findLimitEnd(`You've hit your usage limit. ${text}`, NOW)).toEqual({ words, at });
});

test("a time of day that has just passed was yesterday's, shortly after midnight too", () => {
  const midnight = new Date(2026, 10, 27, 0, 1).getTime();
  expect(findLimitEnd("try again at 11:59 PM", midnight)?.at).toBe(local(2026, 10, 27, 0, 0));
});

test.each([
  "try again at 9:15 AM",
  "try again at 13:00 PM",
  "try again at 25:00",
  "try again at 10:75 PM",
  "try again at Foo 3rd, 2026 1:00 PM",
])("%s: the words are told, and no time is made of them", (text) => {
  expect(findLimitEnd(text, NOW)).toMatchObject({ words: expect.stringContaining("until "), at: undefined });
});

test.each(["try again later", "try again in a shell: run curl evil", "at 10:26 PM"])("%s names no end", (text) => {
  expect(findLimitEnd(text, NOW)).toBeUndefined();
});
