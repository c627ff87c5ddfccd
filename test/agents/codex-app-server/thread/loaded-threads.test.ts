// Which threads stay loaded, by a server of the test's own. The real one: test/codex/contract.test.ts, test/codex/neighbours.test.ts.
import { getEventListeners, setMaxListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import type { GlobalNotice } from "../../../../src/agents/codex-app-server/protocol/global-notices.ts";
import { NoServer } from "../../../../src/agents/codex-app-server/server/failed-launches.ts";
import { RpcError, ServerEnded } from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import type { ServerLease, ThreadListener } from "../../../../src/agents/codex-app-server/server/server-types.ts";
import type { WantedThread } from "../../../../src/agents/codex-app-server/thread/load-thread.ts";
import { createLoadedThreads } from "../../../../src/agents/codex-app-server/thread/loaded-threads.ts";
import { createSpareThread } from "../../../../src/agents/codex-app-server/thread/spare-thread.ts";
import type { JsonObject } from "../../../../src/domain/json.ts";

/** A server that loads threads and lets go of them, or does not where a test says so. */
function createServer() {
  const asked: string[] = [];
  const listeners = new Map<string, ThreadListener>();
  const retired = new AbortController();
  setMaxListeners(0, retired.signal);
  const server = {
    leases: 0,
    letsGo: true,
    isAlone: false,
    socket: undefined as string | undefined,
    ended: undefined as string | undefined,
    refuses: undefined as Error | undefined,
    loaded: [] as string[],
    refusesGoal: undefined as Error | undefined,
    started: 0,
    answerLate: undefined as (() => void) | undefined,
    failLate: undefined as (() => void) | undefined,
    config: [] as GlobalNotice[],
  };
  const lease = (): ServerLease => {
    server.leases += 1;
    let isReleased = false;
    return {
      socket: server.socket,
      isAlone: server.isAlone,
      get isOnly() {
        return server.leases === 1;
      },
      remember: () => {},
      retired: retired.signal,
      retire: () => retired.abort(),
      end: async (how) => {
        server.ended = how;
        retired.abort();
      },
      release: () => {
        if (!isReleased) server.leases -= 1;
        isReleased = true;
      },
      connection: {
        userAgent: "test",
        warnings: server,
        listen: (threadId, listener) => {
          listeners.set(threadId, listener);
          return () => void listeners.delete(threadId);
        },
        request: async (method, params, { onResult, onLate, onLateFailure }) => {
          // Asked with each resume; no thread here has a goal.
          if (method === "thread/goal/get" && server.refusesGoal !== undefined) throw server.refusesGoal;
          if (method === "thread/goal/get") return {};
          asked.push(method);
          if (server.refuses !== undefined) {
            server.answerLate = () => onLate?.(answer(method, params));
            server.failLate = onLateFailure;
            throw server.refuses;
          }
          const result = answer(method, params);
          onResult?.(result);
          return result;
        },
      },
    };
  };
  function answer(method: string, { threadId }: JsonObject): JsonObject {
    if (method === "thread/start") {
      server.started += 1;
      return { thread: { id: `t${server.started}` } };
    }
    if (method === "thread/loaded/list") return { data: server.loaded };
    if (method === "thread/resume") return { thread: { id: String(threadId) } };
    const listener = listeners.get(String(threadId));
    if (method === "thread/unsubscribe" && server.letsGo) {
      setTimeout(() => listener?.notification("thread/closed", {}), 5);
    }
    return {};
  }
  return { asked, listeners, state: server, lease, retired: retired.signal };
}

const toLoad = (key: string) => ({
  ...{ key, essence: key, needsRules: true, rulesWarning: undefined },
  toParams: (mark: string): JsonObject => ({ mark, key }),
});

function setUp(idleMs = 60_000) {
  const server = createServer();
  const held: string[] = [];
  let ask: (threadId: string) => void = () => {};
  const stored = new Set(["t1"]);
  const threads = createLoadedThreads({
    idleMs,
    open: {
      hold: (threadId) => held.push(`hold ${threadId}`),
      drop: (threadId) => held.push(`drop ${threadId}`),
      onAsked: (letGo) => {
        ask = letGo;
      },
    },
    isStored: (threadId) => stored.has(threadId),
  });
  const want = (threadId: string | undefined, key = "k"): WantedThread => ({
    threadId,
    load: toLoad(key),
    mark: "m",
    takeServer: async () => server.lease(),
    timeoutMs: 1_000,
    signal: new AbortController().signal,
  });
  return { server, threads, want, held, stored, ask: (threadId: string) => ask(threadId) };
}

test("a thread stays loaded for the turns that need it loaded the same way", async () => {
  const { server, threads, want } = setUp();
  const first = await threads.open(want(undefined));
  threads.giveBack(first);
  expect(await threads.open(want("t1"))).toBe(first);
  threads.giveBack(first);
  const other = await threads.open(want("t1", "other"));
  expect(other).not.toBe(first);
  expect(server.asked).toEqual(["thread/start", "thread/unsubscribe", "thread/resume"]);
  expect(server.state.leases).toBe(1);
});

test("an idle thread is let go of in time, or when another bridge asks; one with a turn is not", async () => {
  const { server, threads, want, held, ask } = setUp(20);
  const thread = await threads.open(want(undefined));
  const detach = thread.attach({
    notification: () => {},
    subagent: () => {},
    request: async () => ({}),
    skipped: () => {},
    ended: () => {},
  });
  ask("t1");
  expect(server.asked).toEqual(["thread/start"]);
  detach();
  threads.giveBack(thread);
  expect(threads.isIdle("t1")).toBe(true);
  await vi.waitFor(() => expect(held).toEqual(["hold t1", "drop t1"]));
  const again = await threads.open(want("t1"));
  threads.giveBack(again);
  ask("t1");
  await vi.waitFor(() => expect(held).toEqual(["hold t1", "drop t1", "hold t1", "drop t1"]));
  expect(server.state.leases).toBe(0);
});

test("a thread that is being let go of is loaded again only after that", async () => {
  const { server, threads, want } = setUp();
  threads.giveBack(await threads.open(want(undefined)));
  const left = threads.letGo("t1");
  const opened = threads.open(want("t1"));
  expect(server.asked).toEqual(["thread/start", "thread/unsubscribe"]);
  await Promise.all([left, opened]);
  expect(server.asked.at(-1)).toBe("thread/resume");
});

test("a server that does not let go of a thread gets no further turn", async () => {
  vi.useFakeTimers();
  try {
    const { server, threads, want } = setUp();
    const thread = await threads.open(want(undefined));
    threads.giveBack(thread);
    server.state.letsGo = false;
    const left = threads.letGo("t1");
    await vi.advanceTimersByTimeAsync(3_001);
    await left;
    expect(thread.isUsable).toBe(false);
    expect(server.state.leases).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("what keeps a thread from being loaded is told, and the server is free again", async () => {
  const { server, threads, want } = setUp();
  const ended = new ServerEnded({ exitCode: 1, signal: undefined, stderr: "bad", isOurs: false });
  for (const [error, code] of [
    [new RpcError(-32_600, "no rollout found for thread id t9"), "THREAD_NOT_FOUND"],
    [ended, "AGENT_EXITED"],
  ] as const) {
    server.state.refuses = error;
    await expect(threads.open(want("t9"))).rejects.toMatchObject({ code });
  }
  expect(server.state.leases).toBe(0);
});

test("a turn whose server ended after the thread was loaded hears of it at once", async () => {
  const { server, threads, want } = setUp();
  const thread = await threads.open(want("t1"));
  const end = { exitCode: 1, signal: undefined, stderr: "bad", isOurs: false };
  server.listeners.get("t1")?.ended(end);
  const ended = vi.fn();
  thread.attach({ notification: () => {}, subagent: () => {}, request: async () => ({}), skipped: () => {}, ended });
  expect(ended.mock.calls).toEqual([[end]]);
  expect(server.state.leases).toBe(0);
});

test("a server that ends while it is asked for the thread's goal is no server", async () => {
  const { server, threads, want } = setUp();
  server.state.refusesGoal = new ServerEnded({ exitCode: 1, signal: undefined, stderr: "bad", isOurs: false });
  await expect(threads.open(want("t1"))).rejects.toBeInstanceOf(NoServer);
  // In doubt it has one.
  server.state.refusesGoal = new RpcError(-32_601, "unknown method");
  expect(await threads.open(want("t1"))).toMatchObject({ hasGoal: true });
});

test("a thread whose file is gone is not gone on with: it is loaded again, so that Codex says so", async () => {
  const { server, threads, want, stored } = setUp();
  threads.giveBack(await threads.open(want(undefined)));
  threads.giveBack(await threads.open(want("t1")));
  expect(server.asked).toEqual(["thread/start"]);
  stored.clear();
  threads.giveBack(await threads.open(want("t1")));
  expect(server.asked).toEqual(["thread/start", "thread/unsubscribe", "thread/resume"]);
  // One that Codex never stored goes on.
  threads.giveBack(await threads.open(want("t1")));
  expect(server.asked).toHaveLength(3);
});

test("a server that could not read its command rules loads no thread that needs them, and serves nobody else", async () => {
  const { server, threads, want } = setUp();
  const details = "failed to parse rules file /h/rules/a.rules: starlark error";
  server.state.config = [
    { kind: "config", text: "Error parsing rules; custom rules not applied.", details, path: undefined },
  ];
  await expect(threads.open(want(undefined))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    report: { agentText: expect.stringContaining("/h/rules/a.rules") },
  });
  expect(server.asked).toEqual(["thread/start", "thread/unsubscribe"]);
  expect(server.state.leases).toBe(0);
  const rulesWarning = "rules were ignored";
  const without = { ...want(undefined), load: { ...toLoad("k"), needsRules: false, rulesWarning } };
  const thread = await threads.open(without);
  expect(thread.isUsable).toBe(false);
  const notification = vi.fn();
  thread.attach({ notification, subagent: () => {}, request: async () => ({}), skipped: () => {}, ended: () => {} });
  expect(notification).toHaveBeenCalledWith("warning", { message: rulesWarning });
});

describe("a thread with a server of its own", () => {
  const alone = () => {
    const made = setUp();
    made.server.state.isAlone = true;
    return made;
  };

  test("only so many of them stay loaded without a turn", async () => {
    const { server, threads, want } = alone();
    for (let count = 0; count < 10; count += 1) threads.giveBack(await threads.open(want(undefined)));
    await vi.waitFor(() => expect(server.state.leases).toBe(8));
    expect(["t2", "t3"].map((id) => threads.isIdle(id))).toEqual([false, true]);
  });

  test("ends its server if it is not let go of", async () => {
    const { server, threads, want } = alone();
    await threads.open(want(undefined));
    server.state.letsGo = false;
    vi.useFakeTimers();
    const left = threads.letGo("t1");
    await vi.advanceTimersByTimeAsync(5_000);
    await left;
    vi.useRealTimers();
    expect(server.state.ended).toBe("at once");
    expect(server.state.leases).toBe(0);
  });

  test.for([
    ["a turn that nobody asked for", { threadId: "t1", turn: { id: "u" } }],
    ["a subagent that works on", { threadId: "other", turn: { id: "u" } }],
  ] as const)("ends its server for %s", async ([, params]) => {
    const { server, threads, want } = alone();
    threads.giveBack(await threads.open(want(undefined)));
    server.listeners.get("t1")?.notification("turn/started", params);
    await vi.waitFor(() => expect(server.state.leases).toBe(0));
    expect(server.state.ended).toBe("at once");
  });
});

test("a turn that nobody asked for is interrupted, and its thread let go of", async () => {
  const { server, threads, want } = setUp();
  threads.giveBack(await threads.open(want(undefined)));
  server.listeners.get("t1")?.notification("turn/started", { threadId: "t1", turn: { id: "u" } });
  await vi.waitFor(() => expect(server.state.leases).toBe(0));
  expect(server.asked).toEqual(["thread/start", "turn/interrupt", "thread/unsubscribe"]);
});

test("a turn on an idle thread is the user's where a terminal can open it", async () => {
  const { server, threads, want } = setUp();
  server.state.socket = "/socket";
  const thread = await threads.open(want(undefined));
  threads.giveBack(thread);
  server.listeners.get("t1")?.notification("turn/started", { threadId: "t1", turn: { id: "u" } });
  expect(thread.others.isRunning).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(server.asked).toEqual(["thread/start"]);
  expect(server.state.leases).toBe(1);
});

test("a thread that a terminal keeps is told to be outdated once, and is loaded anew once the terminal is closed", async () => {
  const { server, threads, want } = setUp();
  const wantNew = { ...want("t1", "new"), load: { ...toLoad("new"), essence: "k" } };
  server.state.socket = "/s";
  server.state.loaded = ["t1"];
  server.state.letsGo = false;
  const first = await threads.open(want("t1"));
  threads.giveBack(first);
  const warningsOf = (thread: typeof first): unknown[] => {
    const warnings: unknown[] = [];
    const listener = { notification: (_method: string, params: JsonObject) => void warnings.push(params["message"]) };
    thread.attach({ ...listener, subagent: () => {}, request: async () => ({}), skipped: () => {}, ended: () => {} })();
    return warnings;
  };
  const second = await threads.open(wantNew);
  expect(second).toBe(first);
  expect(warningsOf(second)).toEqual([expect.stringContaining("config or login has changed")]);
  threads.giveBack(second);
  const third = await threads.open(wantNew);
  expect([third, warningsOf(third)]).toEqual([first, []]);
  threads.giveBack(third);
  server.state.letsGo = true;
  server.state.loaded = [];
  const anew = await threads.open(wantNew);
  expect(anew).not.toBe(first);
  expect(anew.as.key).toBe("new");
});

test("a spare thread is taken by the next thread that is loaded like it", async () => {
  const { server, want } = setUp();
  const spare = createSpareThread(60_000);
  const wish = { ...want(undefined), stamp: "s", like: "this", isStillRight: () => true };
  spare.prepare(wish);
  spare.prepare(wish);
  await vi.waitFor(() => expect(server.listeners.size).toBe(1));
  expect([spare.isLike("this"), spare.isLike("that")]).toEqual([true, false]);
  expect(spare.take({ load: toLoad("other"), stamp: "s" })).toBeUndefined();
  expect(spare.isLike("this")).toBe(false);
  expect(spare.take({ load: toLoad("k"), stamp: "changed" })).toBeUndefined();
  expect(spare.take({ load: toLoad("k"), stamp: "s" })?.as.threadId).toBe("t1");
  expect(spare.take({ load: toLoad("k"), stamp: "s" })).toBeUndefined();
  expect(server.asked).toEqual(["thread/start"]);
});

test("a spare thread that is not right any more, fails, or waits for too long is no spare thread", async () => {
  const { server, want } = setUp();
  const spare = createSpareThread(20);
  const take = () => spare.take({ load: toLoad("k"), stamp: "s" });
  spare.prepare({ ...want(undefined), stamp: "s", like: "this", isStillRight: () => false });
  await vi.waitFor(() => expect(server.asked).toEqual(["thread/start", "thread/unsubscribe"]));
  expect(take()).toBeUndefined();
  const right = { ...want(undefined), stamp: "s", like: "this", isStillRight: () => true };
  server.state.refuses = new RpcError(-32_600, "no");
  spare.prepare(right);
  await vi.waitFor(() => expect(server.asked).toHaveLength(3));
  server.state.refuses = undefined;
  spare.prepare(right);
  await vi.waitFor(() => expect(server.asked.at(-1)).toBe("thread/unsubscribe"));
  expect(take()).toBeUndefined();
  await vi.waitFor(() => expect(server.state.leases).toBe(0));
});

test("an idle thread and a spare one do not keep a server that is to be replaced", async () => {
  const { server, threads, want } = setUp();
  const spare = createSpareThread(60_000);
  threads.giveBack(await threads.open(want(undefined)));
  spare.prepare({ ...want(undefined), stamp: "s", like: "this", isStillRight: () => true });
  await vi.waitFor(() => expect(server.listeners.size).toBe(2));
  server.lease().retire();
  await vi.waitFor(() => expect(server.state.leases).toBe(1));
});

test("a load that was given up keeps the next one of its thread waiting until the server has let go of it", async () => {
  const { server, threads, want } = setUp();
  server.state.refuses = new Error("aborted");
  await expect(threads.open(want("t1"))).rejects.toThrow("aborted");
  server.state.refuses = undefined;
  const next = threads.open(want("t1"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(server.asked).toEqual(["thread/resume"]);
  server.state.answerLate?.();
  await next;
  expect(server.asked).toEqual(["thread/resume", "thread/unsubscribe", "thread/resume"]);
  expect(server.state.leases).toBe(1);
});

test("a load that was given up and then fails keeps nobody waiting", async () => {
  const { server, threads, want } = setUp();
  server.state.refuses = new Error("aborted");
  await expect(threads.open(want("t1"))).rejects.toThrow("aborted");
  server.state.refuses = undefined;
  const next = threads.open(want("t1"));
  server.state.failLate?.();
  await next;
  expect(server.asked).toEqual(["thread/resume", "thread/resume"]);
  expect(server.state.leases).toBe(1);
});

test("a load that was given up and is never answered ends only a server that nobody else uses", async () => {
  vi.useFakeTimers();
  try {
    const { server, threads, want } = setUp();
    const other = await threads.open(want(undefined));
    const ended = vi.fn();
    other.attach({ notification: () => {}, subagent: () => {}, request: async () => ({}), skipped: () => {}, ended });
    server.state.refuses = new Error("aborted");
    await expect(threads.open(want("t9"))).rejects.toThrow("aborted");
    await vi.advanceTimersByTimeAsync(10_001);
    expect([server.state.ended, server.retired.aborted, server.state.leases]).toEqual([undefined, true, 1]);
    server.state.refuses = undefined;
    server.state.answerLate?.();
    await vi.advanceTimersByTimeAsync(10);
    expect(server.asked).toEqual(["thread/start", "thread/resume", "thread/unsubscribe"]);
    await other.abandon();
    const { server: alone, threads: empty, want: wanted } = setUp();
    alone.state.refuses = new Error("aborted");
    await expect(empty.open(wanted("t9"))).rejects.toThrow("aborted");
    await vi.advanceTimersByTimeAsync(10_001);
    expect([alone.state.ended, alone.state.leases]).toEqual(["at once", 0]);
  } finally {
    vi.useRealTimers();
  }
});

test("a thousand threads that were let go of leave nothing with their server", async () => {
  const { server, threads, want } = setUp();
  const spare = createSpareThread(60_000);
  const first = await threads.open(want(undefined));
  const loaded = [];
  for (let count = 0; count < 1_000; count += 1) loaded.push(await threads.open(want(undefined)));
  spare.prepare({ ...want(undefined), stamp: "s", like: "this", isStillRight: () => true });
  await vi.waitFor(() => expect(server.listeners.size).toBe(1_002));
  await Promise.all(loaded.map(({ as }) => threads.letGo(as.threadId)));
  spare.drop();
  await vi.waitFor(() => expect(server.state.leases).toBe(1));
  expect(server.listeners.size).toBe(1);
  expect(getEventListeners(server.retired, "abort")).toHaveLength(1);
  threads.giveBack(first);
  await threads.letGo("t1");
  expect(getEventListeners(server.retired, "abort")).toEqual([]);
});
