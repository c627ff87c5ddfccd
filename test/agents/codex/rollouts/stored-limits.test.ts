// The usage limits in a rollout.
import { expect, test } from "vitest";
import { findStoredLimits } from "../../../../src/agents/codex/rollouts/stored-limits.ts";

const toLine = (rate_limits: unknown): string =>
  JSON.stringify({ type: "event_msg", payload: { type: "token_count", info: null, rate_limits } });

test("the newest limits count", () => {
  const window = { used_percent: 95.6, window_minutes: 300, resets_at: 1_795_719_963 };
  const newest = { limit_id: "codex", limit_name: null, primary: window, secondary: { used_percent: 4 } };
  const text = [toLine({ primary: { used_percent: 1 } }), toLine(newest), '{"type":"turn_context"}', "{"].join("\n");
  expect(findStoredLimits(text)).toEqual({
    limitId: "codex",
    limitName: undefined,
    hasCredits: false,
    windows: [
      { usedPercent: 95.6, minutes: 300, resetsAt: 1_795_719_963 },
      { usedPercent: 4, minutes: undefined, resetsAt: undefined },
    ],
  });
});

test("what is not told is not made up", () => {
  expect(findStoredLimits("")).toBeUndefined();
  expect(findStoredLimits(toLine(null))).toBeUndefined();
  expect(findStoredLimits(toLine({ primary: null, secondary: { used_percent: "9" } }))).toMatchObject({ windows: [] });
});
