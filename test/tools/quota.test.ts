// What a caller that did not ask to wait for quota is told.
import { describe, expect, test } from "vitest";
import { type ErrorExtras, reportError } from "../../src/domain/errors.ts";
import { offerWait, toGoOn, toPark } from "../../src/tools/quota.ts";

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

describe("a prompt that was not sent", () => {
  const unsent = { ...details, wasSent: false };

  test("is given once more, by the caller or by the job that waits", () => {
    for (const threadId of ["t-1", undefined]) {
      const end = limit({ threadId, details: unsent });
      expect(offerWait(end, undefined)).toMatchObject({
        error: {
          nextStep: 'Wait. To have that done without you, make the same call now with onQuota "wait".',
        },
      });
      const again = { tool: "codex-reply", args: { threadId: "t-1", prompt: "Go east." } };
      const toOrder = (begun: string | undefined) => (begun === undefined ? again : toGoOn(begun, {}));
      const finish = () => expect.fail("it is parked");
      expect(toPark(end, { toOrder, roots: () => undefined, caller: undefined, finish })).toMatchObject({
        threadId,
        order: again,
      });
    }
  });
});

describe("a task that was handed to another agent in vain waits for Codex's reset", () => {
  const handOver = { from: "codex", to: "claude", resetsAt: "2026-11-26T20:00:00.000Z" };
  const park = (failover: unknown) =>
    toPark(limit({ threadId: "t-claude", details: { ...details, failover } }), {
      ...{ toOrder: (begun: string | undefined) => toGoOn(begun ?? "", {}), roots: () => undefined, caller: undefined },
      finish: () => expect.fail("it is parked"),
    });

  test.each([
    ["the other one's limit is reset later", [handOver], handOver.resetsAt],
    ["Codex does not say when", [{ ...handOver, resetsAt: undefined }], undefined],
    ["Codex had it again", [handOver, { from: "claude", to: "codex" }], details.resetsAt],
    ["nobody else had it", undefined, details.resetsAt],
  ])("%s", (_, failover, resetsAt) => {
    expect(park(failover)?.resetsAt).toBe(resetsAt === undefined ? undefined : Date.parse(resetsAt));
    expect(park(failover)?.order.args).toMatchObject({ threadId: "t-claude" });
  });
});
