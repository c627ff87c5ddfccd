// What a caller that did not ask to wait for quota is told.
import { expect, test } from "vitest";
import { type ErrorExtras, reportError } from "../../src/domain/errors.ts";
import { offerWait } from "../../src/tools/quota.ts";

const details = { resetsAt: "2026-11-26T22:27:00.000Z" };
const limit = (extras: ErrorExtras) => ({
  error: reportError("USAGE_LIMIT", "It is reached.", { nextStep: "Wait.", ...extras }),
});

test("a usage limit with a known reset names the way on by itself", () => {
  expect(offerWait(limit({ threadId: "t-1", details }), undefined)).toMatchObject({
    error: {
      nextStep: 'Wait. To have that done without you, call codex-reply now with this threadId and onQuota "wait".',
    },
  });
});

test.each([
  ["no thread", limit({ details }), undefined],
  ["no reset", limit({ threadId: "t-1" }), undefined],
  ["a caller that asked to wait", limit({ threadId: "t-1", details }), "wait" as const],
  ["a policy that has decided", limit({ threadId: "t-1", details, fields: { escalation: { step: 2 } } }), undefined],
  ["another error", { error: reportError("RATE_LIMITED", "x", { threadId: "t-1", details }) }, undefined],
])("with %s the error stays as it is", (_name, end, onQuota) => {
  expect(offerWait(end, onQuota)).toBe(end);
});
