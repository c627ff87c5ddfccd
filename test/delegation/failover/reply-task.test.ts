// A reply whose thread's work was with another agent meanwhile: it goes back, or on there.
import { expect, test } from "vitest";
import type { TaskAgent } from "../../../src/delegation/failover/failover.ts";
import { toReplyTask } from "../../../src/delegation/failover/reply-task.ts";
import type { CallContext, ReplyRequest } from "../../../src/delegation/requests.ts";
import { CLAUDE, CODEX } from "../../../src/domain/agents.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { ThreadRecord } from "../../../src/domain/thread.ts";

const frame = { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", own: {} } as const;
const base = { project: "/p", turns: 1, createdAt: 0, lastUsedAt: 0 };
const codexThread: ThreadRecord = { ...base, threadId: "t-codex", frame: { ...frame, backend: "codex-exec" } };
const claudeThread: ThreadRecord = { ...base, threadId: "t-claude", frame: { ...frame, backend: "claude-code" } };
const call: CallContext = {
  ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false },
};

/** What Codex is asked for a reply to a thread that has this record. */
async function askCodex(record: ThreadRecord | undefined, asked: Partial<ReplyRequest> = {}) {
  const calls: [kind: string, request: object][] = [];
  const never = async (kind: string, request: object) => {
    calls.push([kind, request]);
    return {} as never;
  };
  const open = async (id: string): Promise<TaskAgent> => ({
    ...(id === "codex" ? CODEX : CLAUDE),
    delegation: { start: (request) => never("start", request), reply: (request) => never("reply", request) },
    threads: {
      find: () => record,
      exportFor: async () => Promise.reject(new Error("not asked for")),
      note: async () => true,
      recall: async (threadId) => [{ role: "assistant", text: `Done in ${threadId}` }],
    },
  });
  const request = { prompt: "And?", threadId: "t", model: "gpt-5", ...asked };
  const { task, backFrom } = await toReplyTask({ names: [CODEX, CLAUDE], open }, "codex", request);
  const { delegation } = await open("codex");
  await task.goOn?.(delegation, call, true);
  return { calls, backFrom, elsewhere: task.elsewhere, request: task.request };
}

const RETOLD = /^This goes on a conversation with Claude Code\..*Claude Code: Done in t-claude\n\nNow:\nAnd\?$/s;

test("a thread that no other agent had to do with is replied to as it was asked", async () => {
  const wrong = { ...claudeThread, cameFrom: { agent: "gemini" } };
  for (const record of [undefined, codexThread, claudeThread, wrong]) {
    const { calls, backFrom, elsewhere, request } = await askCodex(record);
    expect(calls).toEqual([["reply", { prompt: "And?", threadId: "t", model: "gpt-5", mayRelay: true }]]);
    expect([backFrom, elsewhere, request.prompt, "model" in request]).toEqual([undefined, undefined, "And?", false]);
  }
});

test("a thread whose work went to another agent is told what was done there, and goes on there if it has to", async () => {
  const { calls, backFrom, elsewhere, request } = await askCodex({
    ...codexThread,
    wentTo: { agent: "claude", threadId: "t-claude" },
  });
  expect(calls).toMatchObject([["reply", { prompt: expect.stringMatching(RETOLD), threadId: "t" }]]);
  expect([backFrom, elsewhere]).toEqual(["Claude Code", { agent: "claude", threadId: "t-claude" }]);
  // There the conversation is known.
  expect(request.prompt).toBe("And?");
});

test("another agent's thread: the work goes back to the thread that it came from, or to a new one within its limits", async () => {
  const back = await askCodex(
    { ...claudeThread, cameFrom: { agent: "codex", threadId: "t-codex" } },
    { sessionId: "x" },
  );
  expect(back.calls).toMatchObject([
    ["reply", { prompt: expect.stringMatching(RETOLD), threadId: "t-codex", sessionId: undefined, mayRelay: true }],
  ]);
  const begun = await askCodex({ ...claudeThread, cameFrom: { agent: "codex" } });
  expect(begun.calls).toMatchObject([
    ["start", { prompt: expect.stringMatching(RETOLD), cwd: "/p", within: READ_ONLY, sandboxWish: "read-only" }],
  ]);
  expect(begun.elsewhere).toEqual({ agent: "claude", threadId: "t-claude" });
});
