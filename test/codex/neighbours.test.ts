// Two bridges on one machine: one project, one CODEX_HOME, one state folder. Neither harms the other's threads, names and sandboxes.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { TestBridge } from "../support/bridge.ts";
import { test as labTest } from "../support/fixture.ts";
import { type Lab, say, until } from "../support/lab.ts";

const test = labTest
  .extend("one", ({ startBridge }) => startBridge())
  .extend("two", ({ startBridge }) => startBridge());

/** Begins a call whose model hangs; resolves once the model is asked. The result is how to end it. */
async function hang(
  lab: Lab,
  bridge: TestBridge,
  name: string,
  args: Record<string, unknown>,
): Promise<() => Promise<void>> {
  const asked = lab.standIn.requests.length;
  lab.respond(() => ({ ending: "hang" }));
  const abort = new AbortController();
  const call = bridge.call(name, args, { signal: abort.signal }).catch(() => undefined);
  await until("the model is asked", () => lab.standIn.requests.length > asked);
  lab.respond(say("hello"));
  return async () => {
    abort.abort();
    await call;
  };
}

describe("a thread that a neighbour is at work on", () => {
  test("is busy, with who has it, and goes on afterwards", async ({ lab, one, two }) => {
    const { threadId } = (await one.call("codex", { prompt: "x" })).structured;
    const end = await hang(lab, one, "codex-reply", { prompt: "y", threadId });
    const busy = await two.call("codex-reply", { prompt: "z", threadId });
    expect(busy.text).toMatch(
      /^\[SESSION_BUSY\] Another bridge runs a turn on this thread: pid \d+ in \S+project, since /,
    );
    expect(busy.text).toContain(`threadId: ${threadId}`);
    expect(busy.structured["error"]).toMatchObject({
      retryable: true,
      holder: { pid: process.pid, cwd: lab.project },
    });
    await end();
    const goesOn = async () => (await two.call("codex-reply", { prompt: "z", threadId })).text === "hello";
    await until("the lock is gone", goesOn);
  });

  test("is not a call to be corrected where the same task leads there", async ({ lab, one, two }) => {
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    const task = { task: "Run the failing test suite and fix it", mode: "run" };
    const asked = lab.standIn.requests.length;
    const isFirst = (index: number) => index === asked;
    lab.respond(({ index }) =>
      isFirst(index) ? { error: { status: 400, body: { error: { message: "odd" } } } } : { ending: "hang" },
    );
    const abort = new AbortController();
    const first = one.call("route_task", task, { signal: abort.signal }).catch(() => undefined);
    await until("the second attempt runs", () => lab.standIn.requests.length > asked + 1);
    const busy = await two.call("route_task", task);
    expect(busy.text).toMatch(/^\[SESSION_BUSY\] Another bridge[\s\S]*the same call may work later/);
    abort.abort();
    await first;
  });

  test("that only waits for a free slot there goes on here", async ({ lab, startBridge, two }) => {
    const full = await startBridge({ env: { BRIDGE_MAX_TURNS: "1" } });
    const { threadId } = (await full.call("codex", { prompt: "x" })).structured;
    const end = await hang(lab, full, "codex", { prompt: "long" });
    let isWaiting = false;
    const onProgress = (message: string) => {
      isWaiting ||= message.includes("BRIDGE_MAX_TURNS");
    };
    const waiting = full.call("codex-reply", { prompt: "waits", threadId }, { onProgress });
    await until("it waits", () => isWaiting);
    const beside = await two.call("codex-reply", { prompt: "y", threadId });
    expect(beside.text).toBe("hello");
    await end();
    expect((await waiting).text).toBe("hello");
  });

  test("is busy from its first moment on, also by its name", async ({ lab, one, two }) => {
    const end = await hang(lab, one, "codex", { prompt: "x", sessionId: "main" });
    const busy = await two.call("codex-reply", { prompt: "z", sessionId: "main" });
    expect(busy.text).toMatch(/^\[SESSION_BUSY\] Another bridge/);
    await end();
  });
});

test("a sandbox that a neighbour has narrowed stays narrow", async ({ one, two }) => {
  const { threadId } = (await one.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
  expect((await two.call("codex-reply", { prompt: "x", threadId })).structured["sandbox"]).toBe("workspace-write");
  await one.call("codex-reply", { prompt: "x", threadId, sandbox: "read-only" });
  expect((await two.call("codex-reply", { prompt: "x", threadId })).structured["sandbox"]).toBe("read-only");
  const wider = await two.call("codex-reply", { prompt: "x", threadId, sandbox: "workspace-write" });
  expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
});

describe("a name", () => {
  test("that both give at the same moment is given once", async ({ one, two }) => {
    const results = await Promise.all([one, two].map((it) => it.call("codex", { prompt: "x", sessionId: "main" })));
    expect(results.map(({ isError }) => isError).sort()).toEqual([false, true]);
    expect(results.find(({ isError }) => isError)?.text).toMatch(/^\[INVALID_ARGUMENT\] sessionId "main" is in use/);
    const { threadId } = results.find(({ isError }) => !isError)?.structured ?? {};
    expect((await two.call("codex-reply", { prompt: "y", sessionId: "main" })).structured.threadId).toBe(threadId);
  });

  test("that is started anew while a call by that name waits leads to the new thread", async ({ lab, one }) => {
    await one.call("codex", { prompt: "x", sessionId: "main" });
    let goOn = (): void => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    lab.respond(async () => {
      await held;
      return { steps: [{ say: "hello" }] };
    });
    const asked = lab.standIn.requests.length;
    const reset = one.call("codex-reply", { prompt: "y", sessionId: "main", resetSession: true });
    await until("the reset runs", () => lab.standIn.requests.length > asked);
    let isWaiting = false;
    const onProgress = (message: string) => {
      isWaiting ||= message.includes("earlier turn");
    };
    const waiting = one.call("codex-reply", { prompt: "z", sessionId: "main" }, { onProgress });
    await until("it waits", () => isWaiting);
    goOn();
    const { threadId } = (await reset).structured;
    const answer = await waiting;
    expect(answer.isError, answer.text).toBe(false);
    expect(answer.structured).toMatchObject({ threadId, sessionId: "main" });
  });

  test("that a neighbour has started anew leads to the new thread", async ({ one, two }) => {
    await one.call("codex", { prompt: "x", sessionId: "main" });
    await two.call("codex-reply", { prompt: "y", sessionId: "main" });
    const reset = { prompt: "y", sessionId: "main", resetSession: true };
    const { threadId } = (await one.call("codex-reply", reset)).structured;
    expect((await two.call("codex-reply", { prompt: "z", sessionId: "main" })).structured.threadId).toBe(threadId);
  });
});

// Why sweeping them after a day harms no turn, however long it runs.
test("the files of a run are needed at its start only", async ({ lab, one }) => {
  const schema = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  lab.respond(({ toolOutputs }) => {
    rmSync(join(lab.stateDir, "schemas"), { recursive: true, force: true });
    return { steps: [toolOutputs.length === 0 ? { run: "true" } : { say: '{"a":"b"}' }] };
  });
  const args = { prompt: "x", outputSchema: schema, "base-instructions": "Be kind." };
  const result = await one.call("codex", args);
  expect(result.isError, result.text).toBe(false);
  expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain("Be kind.");
});

test("a state folder that cannot be written costs warnings, not the turn", async ({ lab, one }) => {
  const { threadId } = (await one.call("codex", { prompt: "x" })).structured;
  rmSync(join(lab.stateDir, "locks"), { recursive: true });
  writeFileSync(join(lab.stateDir, "locks"), "no folder");
  const reply = await one.call("codex-reply", { prompt: "x", threadId });
  expect(reply.isError, reply.text).toBe(false);
  expect(reply.structured["warnings"]).toEqual([expect.stringMatching(/could not be locked/)]);
  const start = await one.call("codex", { prompt: "x", sessionId: "main" });
  expect(start.structured["warnings"]).toEqual([expect.stringMatching(/could not be locked/)]);
});

test("a lock that a bridge left when it died holds nobody up, a damaged one neither", async ({ lab, one, two }) => {
  const { threadId } = (await one.call("codex", { prompt: "x" })).structured;
  mkdirSync(join(lab.stateDir, "locks"), { recursive: true });
  const dead = { pid: process.pid, start: 1, bootId: "another", cwd: "/gone", since: 1 };
  for (const text of [JSON.stringify(dead), "{", ""]) {
    writeFileSync(join(lab.stateDir, "locks", `${threadId}.json`), text);
    const reply = await two.call("codex-reply", { prompt: "x", threadId });
    expect(reply.isError, reply.text).toBe(false);
  }
});
