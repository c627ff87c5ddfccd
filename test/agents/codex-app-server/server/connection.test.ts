// The JSON-RPC itself, without a process: what is sent, and what happens at each line of the server's.
import { describe, expect, test, vi } from "vitest";
import { RpcConnection } from "../../../../src/agents/codex-app-server/server/connection.ts";
import {
  RequestTimedOut,
  RpcError,
  ServerEnded,
  UnreadableAnswer,
} from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import type { ThreadListener } from "../../../../src/agents/codex-app-server/server/server-types.ts";
import { SILENT_LOGGER } from "../../../../src/domain/logger.ts";

const END = { exitCode: 1, signal: undefined, stderr: "boom", isOurs: false };
const LIMITS = { timeoutMs: 5_000 };

function connect() {
  const sent: any[] = [];
  const globals: unknown[] = [];
  const warned: string[] = [];
  const logger = {
    ...SILENT_LOGGER,
    warn: (_fields: object, text: string) => warned.push(text),
    error: (_fields: object, text: string) => warned.push(text),
  };
  const connection = new RpcConnection({
    write: (line) => sent.push(JSON.parse(line)),
    onGlobal: (method, params) => globals.push([method, params]),
    logger,
  });
  const say = (message: unknown): void => connection.takeLine(JSON.stringify(message));
  return { connection, sent, globals, warned, say };
}

function listener(change: Partial<ThreadListener> = {}) {
  const heard: unknown[] = [];
  const self: ThreadListener = {
    notification: (method, params) => heard.push([method, params]),
    request: async () => ({ decision: "decline" }),
    skipped: (bytes) => heard.push(["skipped", bytes]),
    ended: (end) => heard.push(["ended", end]),
    ...change,
  };
  return { heard, self };
}

function neverAnswer() {
  let signal: AbortSignal | undefined;
  const request: ThreadListener["request"] = (_method, _params, given) => {
    signal = given;
    return new Promise(() => {});
  };
  return { request, getSignal: () => signal };
}

const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (why: unknown) => ({ why }),
  );

describe("requests", () => {
  test("answers find their requests in any order", async () => {
    const { connection, sent, say } = connect();
    const [a, b] = [connection.request("a", { x: 1 }, LIMITS), connection.request("b", {}, LIMITS)];
    expect(sent).toEqual([
      { jsonrpc: "2.0", id: 0, method: "a", params: { x: 1 } },
      { jsonrpc: "2.0", id: 1, method: "b", params: {} },
    ]);
    say({ id: 1, result: { of: "b" } });
    say({ id: 0, result: { of: "a" } });
    expect(await Promise.all([a, b])).toEqual([{ of: "a" }, { of: "b" }]);
  });

  test("the server's own error", async () => {
    const { connection, say } = connect();
    const asked = connection.request("a", {}, LIMITS);
    say({ id: 0, error: { code: -32_600, message: "thread not found: x", data: { more: true } } });
    const error = await asked.catch((why: unknown) => why);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: -32_600, message: "thread not found: x", data: { more: true } });
  });

  test.for<[string, unknown]>([
    ["null", { id: 0, result: null }],
    ["an array", { id: 0, result: [] }],
    ["a text", { id: 0, result: "ok" }],
  ])("an answer that is %s is unreadable", async ([, answer]) => {
    const { connection, say } = connect();
    const asked = connection.request("a", {}, LIMITS);
    say(answer);
    await expect(asked).rejects.toBeInstanceOf(UnreadableAnswer);
  });

  test("an error without code and message is still one", async () => {
    const { connection, say } = connect();
    const asked = connection.request("a", {}, LIMITS);
    say({ id: 0, error: {} });
    await expect(asked).rejects.toMatchObject({ name: "RpcError", code: -32_603, message: "" });
  });

  test("answers twice: the second is dropped", async () => {
    const { connection, say } = connect();
    const asked = connection.request("a", {}, LIMITS);
    say({ id: 0, result: { first: true } });
    say({ id: 0, result: { first: false } });
    say({ id: 0, error: { code: 1, message: "no" } });
    expect(await asked).toEqual({ first: true });
  });

  test("never answered: it times out, and what comes late is told to whoever wants to know", async () => {
    const { connection, say } = connect();
    const onLate = vi.fn();
    const asked = connection.request("a", {}, { timeoutMs: 20, onLate });
    await expect(asked).rejects.toBeInstanceOf(RequestTimedOut);
    expect(connection.isSilent).toBe(true);
    say({ id: 0, result: { turn: 1 } });
    say({ id: 0, result: { turn: 2 } });
    expect(onLate.mock.calls).toEqual([[{ turn: 1 }]]);
    expect(connection.isSilent).toBe(false);
  });

  test("a late error is not told as success", async () => {
    const { connection, say } = connect();
    const [onLate, onLateFailure] = [vi.fn(), vi.fn()];
    await settled(connection.request("a", {}, { timeoutMs: 1, onLate, onLateFailure }));
    say({ id: 0, error: { code: 1, message: "no" } });
    expect(onLate).not.toHaveBeenCalled();
    expect(onLateFailure).toHaveBeenCalledOnce();
  });

  test("a server that ends fails what would have come late", async () => {
    const { connection } = connect();
    const [onLate, onLateFailure] = [vi.fn(), vi.fn()];
    await settled(connection.request("a", {}, { timeoutMs: 1, onLate, onLateFailure }));
    connection.close({ exitCode: 1, signal: undefined, stderr: "", isOurs: false });
    expect(onLate).not.toHaveBeenCalled();
    expect(onLateFailure).toHaveBeenCalledOnce();
  });

  test("an abort rejects with its reason; before it is sent nothing is sent", async () => {
    const { connection, sent, say } = connect();
    const stop = new AbortController();
    const onLate = vi.fn();
    const asked = connection.request("a", {}, { ...LIMITS, signal: stop.signal, onLate });
    stop.abort("enough");
    expect(await settled(asked)).toEqual({ why: "enough" });
    say({ id: 0, result: { late: true } });
    expect(onLate).toHaveBeenCalledOnce();
    expect(await settled(connection.request("b", {}, { ...LIMITS, signal: stop.signal }))).toEqual({ why: "enough" });
    expect(sent).toHaveLength(1);
  });

  test("onResult comes before the next line, so a listener set there misses nothing", async () => {
    const { connection, say } = connect();
    const { heard, self } = listener();
    const asked = connection.request("thread/start", {}, { ...LIMITS, onResult: () => connection.listen("t", self) });
    say({ id: 0, result: { thread: { id: "t" } } });
    say({ method: "thread/started", params: { thread: { id: "t" } } });
    await asked;
    expect(heard).toEqual([["thread/started", { thread: { id: "t" } }]]);
  });

  test("warnings about the config are kept, the newest 50", () => {
    const { connection, say } = connect();
    for (let at = 0; at < 60; at += 1) say({ method: "configWarning", params: { summary: `${at}`, details: null } });
    say({ method: "deprecationNotice", params: { summary: "old", details: null } });
    const texts = connection.warnings.config.map(({ text }) => text);
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([50, "10", "59"]);
  });

  test("a callback that throws changes nothing for the request", async () => {
    const { connection, say, warned } = connect();
    const onResult = (): void => {
      throw new Error("bad");
    };
    const asked = connection.request("a", {}, { ...LIMITS, onResult });
    say({ id: 0, result: {} });
    expect(await asked).toEqual({});
    expect(warned).toEqual(["a listener of the app server failed"]);
  });

  test("the server's end rejects what is open, and what comes after", async () => {
    const { connection, sent } = connect();
    const asked = settled(connection.request("a", {}, LIMITS));
    connection.close(END);
    const { why } = (await asked) as { why: ServerEnded };
    expect(why).toBeInstanceOf(ServerEnded);
    expect(why.end).toEqual(END);
    await expect(connection.request("b", {}, LIMITS)).rejects.toBeInstanceOf(ServerEnded);
    expect(sent).toHaveLength(1);
  });
});

describe("lines that are none", () => {
  test.for([
    "",
    "garbage",
    "{",
    "[]",
    "null",
    "7",
    "{}",
    '{"id":0}',
    '{"id":null,"result":{}}',
    '{"id":{},"method":"x"}',
    '{"id":"0","result":{}}',
    '{"id":99,"result":{}}',
    '{"method":7}',
    '{"id":0,"error":"no"}',
  ])("%s", async (line) => {
    const { connection, sent, globals } = connect();
    const asked = settled(connection.request("a", {}, { timeoutMs: 50 }));
    connection.takeLine(line);
    expect(((await asked) as { why: unknown }).why).toBeInstanceOf(RequestTimedOut);
    expect(sent).toHaveLength(1);
    expect(globals).toEqual([]);
  });

  test("their text is not logged: it may hold parts of prompts", () => {
    const { connection, warned } = connect();
    connection.takeLine("a secret");
    expect(warned.join()).not.toContain("secret");
    expect(warned).toHaveLength(1);
  });
});

describe("what the server says", () => {
  test("of a thread goes to its listener, of none to the global one, of a thread without listener nowhere", () => {
    const { connection, globals, say } = connect();
    const { heard, self } = listener();
    const stop = connection.listen("t", self);
    say({ method: "turn/started", params: { threadId: "t", n: 1 } });
    say({ method: "turn/started", params: { threadId: "other" } });
    say({ method: "account/rateLimits/updated", params: { rateLimits: {} } });
    say({ method: "unknown/notification" });
    say({ method: "thread/started", params: { thread: { id: "child" } } });
    stop();
    say({ method: "turn/started", params: { threadId: "t", n: 2 } });
    expect(heard).toEqual([["turn/started", { threadId: "t", n: 1 }]]);
    expect(globals).toEqual([
      ["account/rateLimits/updated", { rateLimits: {} }],
      ["unknown/notification", {}],
      ["thread/started", { thread: { id: "child" } }],
    ]);
  });

  test("a thread has one listener; a new one after it", () => {
    const { connection } = connect();
    const stop = connection.listen("t", listener().self);
    expect(() => connection.listen("t", listener().self)).toThrow("has a listener already");
    stop();
    const again = connection.listen("t", listener().self);
    // A second call of the first does not end the second.
    stop();
    expect(() => connection.listen("t", listener().self)).toThrow();
    again();
  });

  test("a listener that throws does not stop the others", () => {
    const { connection, say } = connect();
    const bad = listener({
      notification: () => {
        throw new Error("bad");
      },
      ended: () => {
        throw new Error("bad");
      },
    });
    const good = listener();
    connection.listen("bad", bad.self);
    connection.listen("good", good.self);
    say({ method: "x", params: { threadId: "bad" } });
    say({ method: "x", params: { threadId: "good" } });
    connection.close(END);
    expect(good.heard).toEqual([
      ["x", { threadId: "good" }],
      ["ended", END],
    ]);
  });

  test("the end is told once, also to one who comes after it", async () => {
    const { connection, say } = connect();
    const { heard, self } = listener();
    connection.listen("t", self);
    connection.close(END);
    connection.close(END);
    say({ method: "x", params: { threadId: "t" } });
    expect(heard).toEqual([["ended", END]]);
    const late = listener();
    connection.listen("t", late.self);
    await Promise.resolve();
    expect(late.heard).toEqual([["ended", END]]);
  });

  test("a line too long to read is told to every listener", () => {
    const { connection } = connect();
    const { heard, self } = listener();
    connection.listen("t", self);
    connection.takeLongLine(70_000_000, '{"method":"item/completed","params":{"item":{"text":"xxx');
    expect(heard).toEqual([["skipped", 70_000_000]]);
  });

  test("an answer too long to read rejects its request alone", async () => {
    const { connection } = connect();
    const { heard, self } = listener();
    connection.listen("t", self);
    const [a, b] = [settled(connection.request("a", {}, LIMITS)), connection.request("b", {}, LIMITS)];
    connection.takeLongLine(70_000_000, '{"id":0,"result":{"thread":{"id":"');
    expect(((await a) as { why: unknown }).why).toBeInstanceOf(UnreadableAnswer);
    connection.takeLine('{"id":1,"result":{}}');
    await b;
    expect(heard).toEqual([]);
  });
});

describe("questions of the server's", () => {
  const ASK = { method: "item/commandExecution/requestApproval", id: 0, params: { threadId: "t", itemId: "i" } };

  test("the listener's value is the result", async () => {
    const { connection, sent, say } = connect();
    const request = vi.fn(async () => ({ decision: "accept" }));
    connection.listen("t", listener({ request }).self);
    say(ASK);
    await vi.waitFor(() => expect(sent).toEqual([{ jsonrpc: "2.0", id: 0, result: { decision: "accept" } }]));
    expect(request.mock.calls).toEqual([[ASK.method, ASK.params, expect.any(AbortSignal)]]);
  });

  test("the server's ids and ours do not mix", async () => {
    const { connection, sent, say } = connect();
    connection.listen("t", listener().self);
    const mine = connection.request("a", {}, LIMITS);
    say(ASK);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    say({ id: 0, result: { mine: true } });
    expect(await mine).toEqual({ mine: true });
  });

  test.for<[string, unknown, number]>([
    ["an RpcError", new RpcError(-32_601, "not known here"), -32_601],
    ["any other error, without its words", new Error("secret"), -32_603],
  ])("a rejection is sent: %s", async ([, why, code]) => {
    const { connection, sent, say } = connect();
    connection.listen("t", listener({ request: () => Promise.reject(why) }).self);
    say(ASK);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ id: 0, error: { code } });
    expect(JSON.stringify(sent)).not.toContain("secret");
  });

  test("a listener that throws is a rejection", async () => {
    const { connection, sent, say } = connect();
    const request = (): never => {
      throw new Error("bad");
    };
    connection.listen("t", listener({ request }).self);
    say(ASK);
    await vi.waitFor(() => expect(sent[0]).toMatchObject({ id: 0, error: { code: -32_603 } }));
  });

  test.for<[string, object]>([
    ["of a thread that nobody listens to", { ...ASK, params: { threadId: "other" } }],
    ["of no thread", { method: "account/chatgptAuthTokens/refresh", id: 0, params: { reason: "x" } }],
    ["without parameters", { method: "unknown/method", id: 0 }],
  ])("%s are refused at once", ([, message]) => {
    const { connection, sent, say } = connect();
    connection.listen("t", listener().self);
    say(message);
    expect(sent).toEqual([{ jsonrpc: "2.0", id: 0, error: { code: expect.any(Number), message: expect.any(String) } }]);
  });

  test("one that is too long to read is refused", () => {
    const { connection, sent } = connect();
    connection.takeLongLine(70_000_000, '{"method":"item/tool/call","id":4,"params":{"threadId":"t","arguments":"xx');
    expect(sent).toMatchObject([{ id: 4, error: {} }]);
  });

  test("resolved by the server: aborted, told to the listener, and not answered", async () => {
    const { connection, sent, say } = connect();
    const signals: AbortSignal[] = [];
    const answers: (() => void)[] = [];
    const { heard, self } = listener({
      request: (_method, _params, signal) => {
        signals.push(signal);
        return new Promise((resolve) => answers.push(() => resolve({ decision: "accept" })));
      },
    });
    connection.listen("t", self);
    say(ASK);
    say({ method: "serverRequest/resolved", params: { threadId: "t", requestId: 0 } });
    expect(signals[0]?.aborted).toBe(true);
    expect(heard).toEqual([["serverRequest/resolved", { threadId: "t", requestId: 0 }]]);
    // The id is used again: the answer to the first must not be taken for one to the second.
    say(ASK);
    answers[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toEqual([]);
    answers[1]?.();
    await vi.waitFor(() => expect(sent).toHaveLength(1));
  });

  test("asked twice under one id: answered once", async () => {
    const { connection, sent, say } = connect();
    const request = vi.fn(async () => ({}));
    connection.listen("t", listener({ request }).self);
    say(ASK);
    say(ASK);
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(request).toHaveBeenCalledOnce();
    expect(sent).toHaveLength(1);
  });

  test("when the listener leaves, open ones are aborted and refused", () => {
    const { connection, sent, say } = connect();
    const { request, getSignal } = neverAnswer();
    const stop = connection.listen("t", listener({ request }).self);
    say(ASK);
    stop();
    expect(getSignal()?.aborted).toBe(true);
    expect(sent).toMatchObject([{ id: 0, error: {} }]);
  });

  test("when the server ends, open ones are aborted and nothing is sent", () => {
    const { connection, sent, say } = connect();
    const { request, getSignal } = neverAnswer();
    connection.listen("t", listener({ request }).self);
    say(ASK);
    connection.close(END);
    expect(getSignal()?.aborted).toBe(true);
    expect(sent).toEqual([]);
  });
});

test("a warning of a thread comes before its id is known, and is told once somebody listens", () => {
  const { connection, globals, say } = connect();
  const warn = (threadId: string | null, message: string) => ({ method: "warning", params: { threadId, message } });
  for (let at = 0; at < 60; at += 1) say(warn("other", `w${at}`));
  say(warn("t", "early"));
  say({ method: "thread/status/changed", params: { threadId: "t", status: { type: "idle" } } });
  const { heard, self } = listener();
  const stop = connection.listen("t", self);
  expect(heard).toEqual([["warning", { threadId: "t", message: "early" }]]);
  stop();
  const again = listener();
  connection.listen("t", again.self);
  expect(again.heard).toEqual([]);
  const other = listener();
  connection.listen("other", other.self);
  expect(other.heard).toHaveLength(49);
  expect(globals).toEqual([]);
});
