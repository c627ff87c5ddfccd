// What counts as used up.
import { expect, test } from "vitest";
import { findReached } from "../../../../src/agents/codex-app-server/account/reached-limit.ts";
import { readAccountLimits } from "../../../../src/agents/codex-app-server/protocol/rate-limits.ts";

const NOW = 1_795_700_000_000;
const at = (seconds: number): number => NOW / 1_000 + seconds;
const full = (minutes: number, seconds: number) => ({
  usedPercent: 100,
  windowDurationMins: minutes,
  resetsAt: at(seconds),
});
const find = (allowed: boolean | null, rateLimits: object, more: object = {}, model?: string) => {
  const limits = readAccountLimits({ ordinaryUsageAllowed: allowed, rateLimits, ...more });
  return limits && findReached(limits, model, NOW);
};

test("a full window without another turn, the one that is reset last", () => {
  const limits = { limitId: "codex", primary: full(300, 60), secondary: full(10_080, 600) };
  expect(find(false, limits)).toMatchObject({ window: { minutes: 10_080 }, resetsAt: NOW + 600_000 });
  expect(find(false, { primary: full(300, 60), secondary: { usedPercent: 40 } })).toMatchObject({
    window: { minutes: 300 },
  });
  expect(find(null, { primary: full(300, 60), rateLimitReachedType: "rate_limit_reached" })).toBeDefined();
});

test.each([
  ["the account says that it may", true, { primary: full(300, 60) }],
  ["the account does not say so, since 100 % may be rounded", null, { primary: full(300, 60) }],
  ["there are credits", false, { primary: full(300, 60), credits: { hasCredits: true, unlimited: false } }],
  ["credits have no limit", false, { primary: full(300, 60), credits: { hasCredits: false, unlimited: true } }],
  ["the window has begun anew", false, { primary: full(300, -1) }],
  ["the reset is not told", false, { primary: { usedPercent: 100 } }],
  ["the reset is no time", false, { primary: { usedPercent: 100, resetsAt: 1e18 } }],
  ["no window is full: the spending limit may be", false, { primary: { ...full(300, 60), usedPercent: 99 } }],
])("is not reached where %s", (_name, allowed, limits) => {
  expect(find(allowed, { limitId: "codex", ...limits })).toBeUndefined();
});

test("credits do not help once the spending limit is reached", () => {
  const credits = { hasCredits: true, unlimited: false };
  expect(find(false, { primary: full(300, 60), credits, spendControlReached: true })).toBeDefined();
});

test("a model with limits of its own does not depend on those of the others", () => {
  const spark = { limitId: "codex_bengalfox", limitName: "GPT-5.3-Codex-Spark", primary: { usedPercent: 0 } };
  const more = { rateLimitsByLimitId: { codex_bengalfox: spark } };
  const limits = { limitId: "codex", primary: full(300, 60) };
  expect(find(false, limits, more, "gpt-5.3-codex-spark")).toBeUndefined();
  expect(find(false, limits, more, "gpt-5.5")).toBeDefined();
  expect(find(false, limits, more)).toBeDefined();
});
