import { expect, test } from "vitest";
import type { TurnAnswer, TurnEnd } from "../../../../src/delegation/requests.ts";
import { rankAttempts } from "../../../../src/delegation/turns/checks/rank-attempts.ts";
import { reportError } from "../../../../src/domain/errors.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";

const CHECK = { command: "npm test", at: 1, durationMs: 1, output: "" };
const ANSWER: TurnAnswer = {
  ...{
    threadId: "t",
    content: "",
    usage: undefined,
    changes: [],
    commands: { count: 0, failed: 0 },
    refusedCommands: [],
  },
  ...{
    hasWorked: true,
    warnings: [],
    leftRunning: [],
    durationMs: 1,
    sessionId: undefined,
    cwd: "/p",
    sandbox: READ_ONLY,
  },
};
const TIMES = { startedAt: 1, waitedMs: 0 };

interface Shape {
  readonly exitCode?: number;
  readonly timedOut?: boolean;
  readonly isUnchecked?: boolean;
  readonly lines?: number | undefined;
  readonly files?: number;
  readonly durationMs?: number;
}

function completed(shape: Shape = {}): TurnEnd {
  const { exitCode, timedOut, isUnchecked = false, files = 1, durationMs = 1 } = shape;
  const added = "lines" in shape ? shape.lines : 1;
  const proposal = { id: "pr-1", branch: "b", worktree: "/w", files, diffStat: "" };
  return {
    kind: "completed",
    ...TIMES,
    answer: {
      ...{ ...ANSWER, durationMs, proposal, changes: [{ path: "/w/a", kind: "update", added, deleted: 0 }] },
      ...(isUnchecked ? {} : { check: { ...CHECK, exitCode, timedOut } }),
    },
  };
}
const failed: TurnEnd = { kind: "failed", ...TIMES, answer: ANSWER, error: reportError("TURN_FAILED", "no") };

const order = (...ends: TurnEnd[]) => rankAttempts(ends).map(({ number }) => number);

test.each([
  [
    "one that passed comes first, whatever its size",
    [completed({ exitCode: 1 }), completed({ exitCode: 0, lines: 900 })],
    [2, 1],
  ],
  [
    "one that was not checked comes before one that failed the check",
    [completed({ exitCode: 1 }), completed({ isUnchecked: true })],
    [2, 1],
  ],
  ["a check whose time was up has failed", [completed({ timedOut: true }), completed({ isUnchecked: true })], [2, 1]],
  [
    "one without changes comes after one that failed the check",
    [completed({ exitCode: 0, files: 0 }), completed({ exitCode: 1 })],
    [2, 1],
  ],
  ["one that failed comes last", [failed, completed({ exitCode: 0, files: 0 })], [2, 1]],
  [
    "then the one with fewer lines",
    [completed({ exitCode: 0, lines: 9 }), completed({ exitCode: 0, lines: 3 })],
    [2, 1],
  ],
  [
    "lines that cannot be counted come after",
    [completed({ exitCode: 0, lines: undefined }), completed({ exitCode: 0, lines: 3 })],
    [2, 1],
  ],
  [
    "of two such, the one with fewer files",
    [completed({ exitCode: 0, lines: undefined, files: 2 }), completed({ exitCode: 0, lines: undefined })],
    [2, 1],
  ],
  [
    "then the quicker one",
    [completed({ exitCode: 0, durationMs: 5 }), completed({ exitCode: 0, durationMs: 2 })],
    [2, 1],
  ],
  ["else as they were started", [completed({ exitCode: 0 }), completed({ exitCode: 0 }), failed, failed], [1, 2, 3, 4]],
])("%s", (_, ends, expected) => {
  expect(order(...ends)).toEqual(expected);
});
