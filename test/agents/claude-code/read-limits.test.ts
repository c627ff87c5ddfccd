// What Claude Code tells of a subscription's limits, in the words of 2.1.329.
import { expect, test } from "vitest";
import { readLimits } from "../../../src/agents/claude-code/turn/read-limits.ts";

const told = {
  ...{ status: "allowed", resetsAt: 1_795_772_668, rateLimitType: "five_hour", isUsingOverage: false },
  unifiedWindows: {
    five_hour: { utilization: 0.964, resetsAt: 1_795_772_668, status: "allowed" },
    seven_day: { utilization: 1.2, resetsAt: 1_795_859_068, status: "allowed" },
    another: { utilization: 0.1 },
    odd: "x",
  },
};

test("its windows, and the reset of the one that refuses turns", () => {
  const windows = [
    { usedPercent: 96.4, minutes: 300, resetsAt: 1_795_772_668 },
    { usedPercent: 100, minutes: 10_080, resetsAt: 1_795_859_068 },
    { usedPercent: 10, minutes: undefined, resetsAt: undefined },
  ];
  expect(readLimits({ rate_limit_info: told })).toEqual({ windows, hasCredits: false, refusedUntil: undefined });
  const rejected = { ...told, status: "rejected" };
  expect(readLimits({ rate_limit_info: rejected })?.refusedUntil).toBe(1_795_772_668);
  expect(readLimits({ rate_limit_info: { ...rejected, isUsingOverage: true } })).toMatchObject({
    ...{ hasCredits: true, refusedUntil: undefined },
  });
});

test.for([{}, { rate_limit_info: "x" }])("what says nothing: %j", (line) => {
  expect(readLimits(line)).toBeUndefined();
});

test("an event without windows", () => {
  expect(readLimits({ rate_limit_info: { status: "allowed", unifiedWindows: 1 } })).toEqual({
    ...{ windows: [], hasCredits: false, refusedUntil: undefined },
  });
});
