// Tasks as a client meets them: a call that goes on, and the three methods that look after it.
import { describe, expect, test, vi } from "vitest";
import type { Jobs } from "../../../src/delegation/jobs/job.ts";
import { BridgeError } from "../../../src/domain/errors.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import type { CalledTool } from "../../../src/mcp/call-tool.ts";
import { createTaskMethods } from "../../../src/mcp/tasks/task-methods.ts";
import { createScriptedJobs, makeQuestion } from "../../support/scripted-jobs.ts";
import { openWire, say } from "../../support/wire.ts";

const TASKS = { extensions: { "io.modelcontextprotocol/tasks": {} } };
const ID = "cx-abcdefgh";
const CALL = { name: "t", arguments: {} };

/** A server with these jobs; `t` starts one, after `work`. */
async function open(
  overrides: Partial<Jobs> = {},
  work: (ask: () => Promise<unknown>) => Promise<unknown> = async () => {},
) {
  const scripted = createScriptedJobs(overrides);
  const view = () => ({ now: 1_002_000, resultTtlMs: undefined });
  const drop = vi.fn();
  const called: CalledTool = {
    result: say("plain"),
    task: { handle: { resultType: "task", taskId: ID, status: "working" }, drop, jobId: ID },
  };
  const question = { message: "Which?", choices: [], timeoutMs: 60_000 };
  const wire = await openWire(
    async ({ askUser, canTask, report }) => {
      report(`tasks: ${canTask}`);
      await work(async () => askUser?.(question));
      return called;
    },
    createTaskMethods({ jobs: () => scripted.jobs, view, logger: SILENT_LOGGER }),
  );
  const ask = async (id: number, method: string, params: Record<string, unknown> = { taskId: ID }) => {
    wire.ask(id, method, params, TASKS);
    return wire.answer(id);
  };
  return { ...scripted, wire, ask, drop };
}

describe("a call that goes on", () => {
  test("is a handle for a client that declared tasks, and an ordinary result for everybody else", async () => {
    const { wire, ask, drop } = await open();
    expect((await ask(1, "tools/call", CALL)).result).toMatchObject({ resultType: "task", taskId: ID });
    wire.ask(2, "tools/call", CALL, { extensions: {} });
    expect((await wire.answer(2)).result).toMatchObject({ resultType: "complete", content: [{ text: "plain" }] });
    wire.receive({ id: 3, method: "tools/call", params: CALL });
    expect((await wire.answer(3)).result).toEqual(say("plain"));
    expect(drop).not.toHaveBeenCalled();
  });

  test("says to its tool whether the client declared tasks", async () => {
    const { wire } = await open();
    wire.ask(1, "tools/call", CALL, TASKS, { progressToken: 1 });
    wire.ask(2, "tools/call", CALL, {}, { progressToken: 2 });
    await wire.answer(2);
    const told = wire.sent.flatMap(({ params }) => (params === undefined ? [] : [params["message"]]));
    expect(told).toEqual(["tasks: true", "tasks: false"]);
  });

  test.each([
    ["the new era", (wire: Awaited<ReturnType<typeof open>>["wire"]) => wire.ask(1, "tools/call", CALL, TASKS)],
    [
      "the old one",
      (wire: Awaited<ReturnType<typeof open>>["wire"]) => wire.receive({ id: 1, method: "tools/call", params: CALL }),
    ],
  ])("is cancelled where its cancel came before its handle, in %s, and nothing is sent", async (_era, call) => {
    let start = (): void => {};
    const { wire, drop } = await open({}, () => new Promise<void>((resolve) => (start = resolve)));
    call(wire);
    await vi.waitFor(() => expect(start).not.toBe(undefined));
    await new Promise((resolve) => setTimeout(resolve, 10));
    wire.receive({ method: "notifications/cancelled", params: { requestId: 1 } });
    start();
    await vi.waitFor(() => expect(drop).toHaveBeenCalledTimes(1));
    expect(wire.sent).toEqual([]);
  });

  test("after a question is a handle in the answer to the next request; it is cancelled if that never comes", async () => {
    for (const comesBack of [true, false]) {
      let started = false;
      const { wire, drop } = await open({}, async (ask) => {
        void ask();
        await new Promise((resolve) => setTimeout(resolve, 20));
        started = true;
      });
      wire.ask(1, "tools/call", CALL, { ...TASKS, elicitation: {} });
      const { requestState } = (await wire.answer(1)).result as { requestState: string };
      await vi.waitFor(() => expect(started).toBe(true));
      if (comesBack) {
        wire.ask(2, "tools/call", { ...CALL, requestState, inputResponses: { q1: { action: "cancel" } } }, TASKS);
        expect((await wire.answer(2)).result).toMatchObject({ resultType: "task" });
      }
      wire.end();
      expect(drop).toHaveBeenCalledTimes(comesBack ? 0 : 1);
    }
  });
});

describe("tasks/get", () => {
  test("shows a job, and says who answers", async () => {
    const { put, ask } = await open();
    put();
    expect((await ask(1, "tasks/get")).result).toMatchObject({
      ...{ resultType: "complete", taskId: ID, status: "working" },
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "codex-bridge" } },
    });
  });

  test("of an unknown job is -32602, of one that cannot be read just now -32603", async () => {
    const { ask } = await open();
    expect((await ask(1, "tasks/get", { taskId: "cx-unknown" })).error?.code).toBe(-32_602);
    expect((await ask(2, "tasks/get", { taskId: 5 })).error?.code).toBe(-32_602);
    expect((await ask(3, "tasks/get", {})).error?.code).toBe(-32_602);
    const broken = await open({
      find: async () => {
        throw new BridgeError("MACHINE_LIMIT", "The disk is full.");
      },
    });
    expect((await broken.ask(1, "tasks/get")).error).toEqual({
      code: -32_603,
      message: "The task cannot be read or told just now: The disk is full.",
    });
    const odd = await open({ find: () => Promise.reject(new Error("/secret/path")) });
    expect(JSON.stringify((await odd.ask(1, "tasks/get")).error)).not.toContain("secret");
  });
});

test.each(["tasks/get", "tasks/cancel", "tasks/update"])(
  "%s from a request that declares no tasks names what is missing",
  async (method) => {
    const { wire } = await open();
    for (const [id, capabilities] of [{}, { extensions: {} }, { extensions: { x: {} } }].entries()) {
      wire.ask(id, method, { taskId: ID }, capabilities);
      expect((await wire.answer(id)).error).toMatchObject({ code: -32_021, data: { requiredCapabilities: TASKS } });
    }
    wire.receive({ id: 9, method, params: { taskId: ID } });
    expect((await wire.answer(9)).error?.code).toBe(-32_601);
  },
);

describe("tasks/cancel", () => {
  test("is answered alike as often as it comes", async () => {
    const { put, ask, asked } = await open();
    put();
    for (const id of [1, 2]) expect((await ask(id, "tasks/cancel")).result).toMatchObject({ resultType: "complete" });
    expect(asked).toEqual([
      ["cancel", ID],
      ["cancel", ID],
    ]);
    expect((await ask(3, "tasks/cancel", { taskId: "cx-unknown" })).error?.code).toBe(-32_602);
  });

  test("is answered soon, however long it takes", async () => {
    const { put, ask } = await open({ cancel: () => new Promise(() => {}) });
    put();
    expect((await ask(1, "tasks/cancel")).result).toBeDefined();
  });
});

describe("tasks/update", () => {
  const responses = (inputResponses: unknown) => ({ taskId: ID, inputResponses });

  test("gives the answer to the job as a person's; the question is not shown again while its bridge still has it", async () => {
    const { put, ask, asked } = await open();
    put({ state: "waiting", question: makeQuestion() });
    expect((await ask(1, "tasks/get")).result).toMatchObject({ status: "input_required" });
    const yes = { action: "accept", content: { decision: "yes" } };
    expect((await ask(2, "tasks/update", responses({ k1: yes }))).result).toMatchObject({ resultType: "complete" });
    expect(asked).toEqual([["answer", ID, "k1", { kind: "chosen", id: "yes" }, "person"]]);
    expect((await ask(3, "tasks/get")).result).toMatchObject({ status: "working" });
    put({ state: "waiting", question: makeQuestion("k2") });
    expect((await ask(4, "tasks/get")).result).toMatchObject({ status: "input_required", inputRequests: { k2: {} } });
  });

  test("that is late, repeated or for another question is answered, and passed over", async () => {
    const { put, ask, asked } = await open();
    put({ state: "waiting", question: makeQuestion("k2") });
    for (const [id, inputResponses] of [
      { k1: { action: "decline" } },
      {},
      JSON.parse('{"__proto__":{"k2":{}}}'),
    ].entries()) {
      expect((await ask(id, "tasks/update", responses(inputResponses))).result).toBeDefined();
    }
    put({ state: "completed" });
    expect((await ask(9, "tasks/update", responses({ k2: { action: "decline" } }))).result).toBeDefined();
    expect(asked).toEqual([]);
  });

  test("that is malformed or for nobody is -32602, one that could not be passed on -32603", async () => {
    const { put, ask } = await open({ answer: () => Promise.reject(new Error("disk")) });
    put({ state: "waiting", question: makeQuestion() });
    for (const [id, inputResponses] of [undefined, null, [], "x"].entries()) {
      expect((await ask(id, "tasks/update", responses(inputResponses))).error?.code).toBe(-32_602);
    }
    expect((await ask(8, "tasks/update", { taskId: "cx-unknown", inputResponses: {} })).error?.code).toBe(-32_602);
    expect((await ask(9, "tasks/update", responses({ k1: { action: "decline" } }))).error?.code).toBe(-32_603);
  });
});

test("a task that brings its result has it noted as read", async () => {
  const noteRead = vi.fn();
  const { put, ask } = await open({ noteRead });
  put({ id: ID, state: "running" });
  await ask(1, "tasks/get");
  expect(noteRead).not.toHaveBeenCalled();
  put({ id: ID, state: "completed", endedAt: 1_001_000 });
  await ask(2, "tasks/get");
  expect(noteRead.mock.calls).toEqual([[ID]]);
});
