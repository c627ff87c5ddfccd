import { expect, test } from "vitest";
import { settleFrame } from "../../../src/delegation/threads/settled-frame.ts";
import type { ErrorCode } from "../../../src/domain/error-codes.ts";
import { reportError } from "../../../src/domain/errors.ts";
import { FULL_ACCESS, READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { ThreadFrame } from "../../../src/domain/thread.ts";

const BEFORE: ThreadFrame = {
  cwd: "/p",
  sandbox: FULL_ACCESS,
  approvalPolicy: "never",
  model: "old",
  reasoningEffort: "low",
  own: {},
  backend: "b",
};
const ASKED: ThreadFrame = { ...BEFORE, sandbox: READ_ONLY, model: "new", reasoningEffort: "high" };
const error = (code: ErrorCode, argument?: string) =>
  reportError(code, "x.", argument === undefined ? {} : { details: { argument } });
const never = (code: ErrorCode, argument?: string) => ({ error: error(code, argument), report: { hasWorked: false } });

test.each(["MODEL_NOT_FOUND", "NETWORK", "TURN_FAILED", "AGENT_BROKEN", "INVALID_ARGUMENT"] as const)(
  "a turn that never ran, %s, changes nothing but a narrower sandbox",
  (code) => {
    expect(settleFrame(ASKED, BEFORE, never(code))).toEqual({ ...BEFORE, sandbox: READ_ONLY });
  },
);

test("a turn that ran keeps what was asked for", () => {
  expect(settleFrame(ASKED, BEFORE, { error: error("TURN_FAILED"), report: { hasWorked: true } })).toBe(ASKED);
  expect(settleFrame(ASKED, BEFORE, never("TURN_STALLED"))).toBe(ASKED);
});

test("a new thread loses what was refused, and nothing else", () => {
  const frame = { ...ASKED, own: { colour: "red", size: 7 } };
  expect(settleFrame(frame, undefined, never("MODEL_NOT_FOUND"))).toEqual({ ...frame, model: undefined });
  const refused = (argument: string) => settleFrame(frame, undefined, never("INVALID_ARGUMENT", argument));
  expect(refused("reasoningEffort")).toEqual({ ...frame, reasoningEffort: undefined });
  const own = { size: 7 };
  expect(settleFrame(frame, undefined, { ...never("INVALID_ARGUMENT", "config.colour"), own })).toEqual({
    ...frame,
    own,
  });
  expect(refused("outputSchema")).toEqual(frame);
});
