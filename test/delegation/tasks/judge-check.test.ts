// An attempt at a routed task counts by its check, and one that is not known to have passed is not done.
import { expect, test } from "vitest";
import type { TurnAnswer, TurnEnd } from "../../../src/delegation/requests.ts";
import { judgeCheck } from "../../../src/delegation/tasks/judge-check.ts";
import { reportError } from "../../../src/domain/errors.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

const answer: TurnAnswer = {
  ...{ threadId: "t-1", sessionId: undefined, cwd: "/p", sandbox: READ_ONLY, content: "done", usage: undefined },
  ...{ changes: [{ path: "/p/a", kind: "update" }], receipt: "rc-12345678", commands: { count: 0, failed: 0 } },
  ...{ refusedCommands: [], hasWorked: true, warnings: [], leftRunning: [], durationMs: 1 },
};
const check = { command: "npm test", at: 0, durationMs: 1, output: "" };
const completed = (more: Partial<TurnAnswer>): TurnEnd => ({
  ...{ kind: "completed", startedAt: 0, waitedMs: 0 },
  answer: { ...answer, ...more },
});
const denied = reportError("SANDBOX_UNAVAILABLE", "No sandbox here.");

test.for<[string, Partial<TurnAnswer>, string]>([
  ["failed", { check: { ...check, exitCode: 2 } }, "CHECK_FAILED: The check failed: exit code 2."],
  ["was ended", { check: { ...check, timedOut: true } }, "CHECK_FAILED: The check failed: its time was up."],
  ["has no exit code", { check }, "CHECK_FAILED: The check failed: its exit code is not known."],
  [
    "did not run",
    { unchecked: denied },
    "SANDBOX_UNAVAILABLE: The turn has completed, but its check was not run: No sandbox here.",
  ],
  [
    "ran after an earlier turn alone",
    { unchecked: denied, check: { ...check, exitCode: 0 } },
    "SANDBOX_UNAVAILABLE: The turn has completed, but its check was not run: No sandbox here.",
  ],
  ["is missing", {}, "INTERNAL: The turn has completed, but its check was not run."],
])("a completed turn whose check %s is a failure, with its thread and receipt", ([_name, more, said]) => {
  const end = judgeCheck(completed(more), true);
  if (end.kind !== "failed") throw new Error(end.kind);
  expect(`${end.error.code}: ${end.error.message}`).toBe(said);
  expect(end.error).toMatchObject({ threadId: "t-1", details: { receipt: "rc-12345678" } });
  expect(end.answer.content).toBe("done");
});

test("a check that passed, or that nobody asked for, changes nothing", () => {
  const passed = completed({ check: { ...check, exitCode: 0 } });
  expect(judgeCheck(passed, true)).toBe(passed);
  const unasked = completed({});
  expect(judgeCheck(unasked, false)).toBe(unasked);
});
