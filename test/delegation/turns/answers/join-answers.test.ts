// Two turns of one call as one answer.
import { expect, test } from "vitest";
import { joinAnswers } from "../../../../src/delegation/turns/answers/join-answers.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";

const tokens = (number: number) => ({
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
  reasoningOutputTokens: number,
});
const BASE = {
  ...{ threadId: "t", content: "one", sandbox: READ_ONLY, sessionId: undefined, cwd: "/p", usage: tokens(1) },
  ...{ changes: [], refusedCommands: [], hasWorked: true, warnings: ["w"], leftRunning: [], durationMs: 5 },
  commands: { count: 1, failed: 0 },
};

test("lists are joined, numbers summed, and the rest is the later turn's", () => {
  const change = { path: "/p/a", kind: "add" as const };
  const first = { ...BASE, changes: [change], receipt: "rc-1", diffStat: "1 file changed" };
  const second = { ...BASE, content: "two", changes: [change], receipt: "rc-2", warnings: ["w", "v"] };
  expect(joinAnswers(first, second)).toMatchObject({
    ...{ content: "two", changes: [change], warnings: ["w", "v"], durationMs: 10, usage: tokens(2) },
    ...{ commands: { count: 2, failed: 0 }, receipt: "rc-2" },
    earlierReceipts: [{ id: "rc-1", diffStat: "1 file changed" }],
  });
});

test("what only one of them knows is kept", () => {
  const second = { ...BASE, threadId: undefined, usage: undefined, commands: { count: 0, failed: 0, refused: 2 } };
  expect(joinAnswers(BASE, second)).toMatchObject({
    ...{ threadId: "t", usage: tokens(1), commands: { count: 1, failed: 0, refused: 2 }, earlierReceipts: [] },
  });
});
