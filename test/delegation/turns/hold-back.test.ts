// A turn that another agent can take is not begun where the usage limit is nearly used.
import { expect, test } from "vitest";
import { holdBack, isHeldBack } from "../../../src/delegation/turns/hold-back.ts";
import type { LimitWindow } from "../../../src/domain/usage-limits.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const inHours = (hours: number): number => NOW / 1_000 + hours * 3_600;
const use = (usedPercent: number, resetsAt: number | undefined, minutes = 300): LimitWindow => ({
  ...{ usedPercent, minutes, resetsAt },
});

function hold(windows: readonly LimitWindow[], relayAt: number | undefined = 95, mayRelay: boolean | undefined = true) {
  const options = { relayAt, readUsage: () => windows, clock: () => NOW };
  return holdBack({ mayRelay }, { record: undefined }, "Codex", options);
}

test("it is held back from the set percent on, until the last such window is reset", () => {
  const held = hold([use(95, inHours(1)), use(96.4, inHours(50), 10_080), use(40, inHours(60))]);
  expect(held).toMatchObject({
    ...{ kind: "failed", report: { hasWorked: false, threadId: undefined } },
    error: {
      code: "USAGE_LIMIT",
      message: expect.stringMatching(
        /^Codex was passed over \(BRIDGE_RELAY_AT\): 96 % of the weekly usage limit is used; it resets on Nov 29 /,
      ),
      details: { resetsAt: new Date(inHours(50) * 1_000).toISOString(), usedPercent: 96.4, wasSent: false },
    },
  });
  expect(held?.kind === "failed" && isHeldBack(held.error)).toBe(true);
});

test.for<[string, ReturnType<typeof hold>]>([
  ["below the percent", hold([use(94.9, inHours(1))])],
  ["a window that has begun anew", hold([use(100, inHours(-1))])],
  ["a reset that nobody knows", hold([use(100, undefined)])],
  ["nothing is known", hold([])],
  [
    "the setting is off",
    holdBack({ mayRelay: true }, { record: undefined }, "Codex", {
      readUsage: () => [use(100, inHours(1))],
      clock: () => NOW,
    }),
  ],
  ["no other agent may take it", hold([use(100, inHours(1))], 95, false)],
])("it runs: %s", ([, held]) => {
  expect(held).toBeUndefined();
});
