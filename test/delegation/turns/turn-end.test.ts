// However a call ends, its end is data, with the thread that can be continued and the time that its turn began.
import { expect, test } from "vitest";
import type { TurnAnswer } from "../../../src/delegation/requests.ts";
import { endCall } from "../../../src/delegation/turns/turn-end.ts";
import { BridgeError, reportError } from "../../../src/domain/errors.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

const answer = (extra: Partial<TurnAnswer> = {}): TurnAnswer => ({
  threadId: "t",
  sessionId: undefined,
  cwd: "/p",
  sandbox: READ_ONLY,
  content: "",
  usage: undefined,
  changes: [],
  commands: { count: 0, failed: 0 },
  refusedCommands: [],
  hasWorked: false,
  warnings: [],
  leftRunning: [],
  durationMs: 1,
  ...extra,
});

type Act = Parameters<typeof endCall>[2];

function end(act: Act, onTurnStart?: () => void) {
  let now = 0;
  const call = {
    signal: new AbortController().signal,
    report: () => {},
    canReport: false,
    canTask: false,
    onTurnStart,
  };
  return endCall(call, () => (now += 10), act);
}

test("a call that is refused before its turn has an error and no start", async () => {
  const ended = await end(async () => {
    throw new BridgeError("DEPTH_EXCEEDED", "x");
  });
  expect(ended).toMatchObject({ kind: "refused", error: { code: "DEPTH_EXCEEDED" }, startedAt: undefined });
});

test("a refused call names the thread that it found, but not for an error that it does not exist", async () => {
  const refuse = (code: "SESSION_BUSY" | "THREAD_NOT_FOUND") =>
    end(async (_call, state) => {
      state.threadId = "t";
      throw new BridgeError(code, "x");
    });
  expect(await refuse("SESSION_BUSY")).toMatchObject({ error: { threadId: "t" } });
  expect(await refuse("THREAD_NOT_FOUND")).toMatchObject({ error: { threadId: undefined } });
});

test("what nobody expected is INTERNAL, with its cause for the log alone", async () => {
  const cause = new TypeError("/secret");
  const ended = await end(async () => {
    throw cause;
  });
  expect(ended).toMatchObject({ kind: "refused", error: { code: "INTERNAL" }, cause });
});

test("a failed turn names its own thread before the one that the call continued", async () => {
  const error = reportError("NETWORK", "x");
  const fail = (threadId: string | undefined) =>
    end(async (call, state) => {
      state.threadId = "old";
      call.onTurnStart?.();
      return { kind: "failed", report: answer({ threadId }), error };
    });
  expect(await fail("new")).toMatchObject({ kind: "failed", error: { threadId: "new" } });
  expect(await fail(undefined)).toMatchObject({ kind: "failed", error: { threadId: "old" } });
});

test("an interrupted turn is CANCELLED, and keeps what is known of it", async () => {
  const ended = await end(async () => ({ kind: "interrupted", report: answer({ content: "so far" }) }));
  expect(ended).toMatchObject({
    kind: "interrupted",
    error: { code: "CANCELLED", threadId: "t" },
    answer: { content: "so far" },
  });
});

test("the turn begins with the first of its turns, and whoever called is told", async () => {
  const told: string[] = [];
  const ended = await end(
    async (call) => {
      call.onTurnStart?.();
      call.onTurnStart?.();
      return { kind: "completed", report: answer() };
    },
    () => told.push("begun"),
  );
  expect(ended).toMatchObject({ kind: "completed", startedAt: 20, waitedMs: 10 });
  expect(told).toEqual(["begun", "begun"]);
});

test("a cancel after a turn that had answered keeps its answer and names its commit", async () => {
  const commit = { id: "aaa", message: "Mend it", files: 1 };
  const report = answer({ content: "x", answered: `Found it. ${"y ".repeat(500)}`, commit, isUncommitted: true });
  const ended = await end(async () => ({ kind: "interrupted", report }));
  expect(ended).toMatchObject({ error: { code: "CANCELLED", threadId: "t", details: { commit } } });
  const { error } = ended as { error: { message: string; agentText: string } };
  expect(error.message).toBe("The turn was cancelled and ended. A turn before that had answered; its answer follows.");
  expect(error.agentText).toMatch(/^Found it\. [y ]+…$/);
});
