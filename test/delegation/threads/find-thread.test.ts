import { expect, test } from "vitest";
import type { KnownThread } from "../../../src/agents/agent-backend.ts";
import { createThreadFinder, narrowByLastTurn } from "../../../src/delegation/threads/find-thread.ts";
import type { AgentNames } from "../../../src/domain/agents.ts";
import { FULL_ACCESS, READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../../src/domain/thread.ts";

const FRAME: ThreadFrame = { cwd: "/p", sandbox: FULL_ACCESS, approvalPolicy: "never", own: {}, backend: "gnome" };
const RECORD: ThreadRecord = {
  ...{ threadId: "t-1", sessionId: "mine", project: "/p", frame: FRAME },
  ...{ turns: 1, createdAt: 1, lastUsedAt: 1 },
};

const GNOME: AgentNames = {
  ...{ id: "gnome", name: "Gnome", tools: { start: "gnome", reply: "gnome-reply" } },
  backends: ["gnome", "dwarf"],
};
const ELF: AgentNames = {
  ...{ id: "elf", name: "Elf", tools: { start: "elf", reply: "elf-reply" } },
  backends: ["elf-exec"],
};

function setUp(records: readonly ThreadRecord[], known: KnownThread = { kind: "unknown" }, isDamaged = false) {
  const backend = {
    ...{ name: "gnome", continues: ["dwarf"], agent: "Gnome", findThread: async () => known },
    parseThreadId: (text: string) => (/^t-\d+$/i.test(text) ? text.toLowerCase() : undefined),
  };
  const sessions = {
    get: (threadId: string) => records.find((record) => record.threadId === threadId),
    getByName: (sessionId: string) => records.find((record) => record.sessionId === sessionId),
    isDamaged: () => isDamaged,
    listNewest: () => records,
  };
  return { sessions, backend, agent: GNOME, agents: [GNOME, ELF], baseDir: "/p", clock: () => 9 };
}

const find = (options: ReturnType<typeof setUp>, request: { threadId?: string; sessionId?: string }) =>
  createThreadFinder(options)(request);
const report = (code: string, message: string) => ({ report: { code, message: expect.stringContaining(message) } });

test("a thread is found by its id, however it is written, by its name, and by both", async () => {
  const options = setUp([RECORD]);
  for (const request of [{ threadId: "T-1" }, { sessionId: "mine" }, { threadId: "t-1", sessionId: "mine" }]) {
    expect(await find(options, request)).toEqual({ record: RECORD, warnings: [] });
  }
});

test.each([
  [{}, "INVALID_ARGUMENT", "needs a threadId or a sessionId"],
  [{ threadId: "../t-1" }, "INVALID_ARGUMENT", "is not a thread id"],
  [{ sessionId: "other" }, "SESSION_NOT_FOUND", 'called "other"'],
  [{ threadId: "t-2" }, "THREAD_NOT_FOUND", "Gnome has no thread t-2"],
  [{ threadId: "t-1", sessionId: "other" }, "INVALID_ARGUMENT", "different threads"],
])("%j is refused with %s", async (request, code, message) => {
  await expect(find(setUp([RECORD]), request)).rejects.toMatchObject(report(code, message));
});

test("a thread of another agent is refused with the tool that continues it, by id and by name", async () => {
  const options = setUp([{ ...RECORD, frame: { ...FRAME, backend: "elf-exec" } }]);
  for (const request of [{ threadId: "t-1" }, { sessionId: "mine" }]) {
    await expect(find(options, request)).rejects.toMatchObject({
      report: {
        code: "INVALID_ARGUMENT",
        message: "The thread t-1 is one of Elf, not of Gnome.",
        nextStep: "Continue it with elf-reply, or start a new thread with gnome.",
      },
    });
  }
});

test("the threads that a caller may have meant are those of the agent", async () => {
  const others = Array.from({ length: 8 }, (_, at) => ({
    ...{ ...RECORD, threadId: `t-1${at}`, frame: { ...FRAME, backend: "elf-exec" } },
  }));
  const options = setUp([...others, RECORD]);
  await expect(find(options, {})).rejects.toMatchObject({
    report: {
      message: "gnome-reply needs a threadId or a sessionId.",
      nextStep: expect.stringMatching(/^Pass the one you mean\. The newest threads of this directory: t-1 \([^;]*\.$/),
    },
  });
});

test("a thread of another backend is refused by the names of both, by id and by name", async () => {
  const options = setUp([{ ...RECORD, frame: { ...FRAME, backend: "codex-exec" } }]);
  for (const request of [{ threadId: "t-1" }, { sessionId: "mine" }]) {
    await expect(find(options, request)).rejects.toMatchObject(
      report("INVALID_ARGUMENT", "belongs to the backend codex-exec, and this bridge runs gnome"),
    );
  }
});

test("a thread of a backend that this one continues is found", async () => {
  const record = { ...RECORD, frame: { ...FRAME, backend: "dwarf" } };
  expect(await find(setUp([record]), { threadId: "t-1" })).toMatchObject({ record });
});

test("a thread that cannot be kept is refused in the backend's words", async () => {
  const known = { kind: "unusable", message: "It is packed.", nextStep: "Unpack it." } as const;
  await expect(find(setUp([], known), { threadId: "t-1" })).rejects.toMatchObject({
    report: { code: "THREAD_NOT_FOUND", message: "It is packed.", nextStep: "Unpack it." },
  });
});

test("a thread without a record has the frame of its last turn, and is read-only where its record is damaged", async () => {
  const known = { kind: "found", frame: FRAME } as const;
  expect(await find(setUp([], known), { threadId: "t-1" })).toMatchObject({ record: { turns: 0, frame: FRAME } });
  const { record, warnings } = await find(setUp([], known, true), { threadId: "t-1" });
  expect(record.frame.sandbox).toEqual(READ_ONLY);
  expect(warnings.join()).toContain("damaged");
});

test("a thread stays within the sandbox of its last turn", async () => {
  const found = { record: RECORD, warnings: [] };
  const last = { kind: "found", frame: { ...FRAME, sandbox: READ_ONLY } } as const;
  const narrowed = await narrowByLastTurn(setUp([], last), found);
  expect(narrowed.record.frame.sandbox).toEqual(READ_ONLY);
  expect(narrowed.warnings.join()).toContain("so this one does too");
  expect(await narrowByLastTurn(setUp([]), found)).toBe(found);
  // An agent that does not keep the sandbox says nothing of it.
  expect(await narrowByLastTurn(setUp([], { ...last, isSandboxUnknown: true }), found)).toBe(found);
});
