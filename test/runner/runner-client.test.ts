// A bridge and its runner, both ends: what goes over the pipes, and what becomes of calls when a runner fails.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CallContext } from "../../src/delegation/requests.ts";
import { NO_FLAGS } from "../../src/domain/codex-flags.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import type { CalledTool, ToolCaller } from "../../src/mcp/call-tool.ts";
import { createOutlivingCalls } from "../../src/runner/outliving-calls.ts";
import { type RunnerClient, startRunner } from "../../src/runner/runner-client.ts";
import { BridgeLineSchema, parseLine, type RunnerLine } from "../../src/runner/runner-lines.ts";
import { createServedCalls } from "../../src/runner/served-calls.ts";

const say = (text: string): CalledTool => ({
  result: { content: [{ type: "text", text }], structuredContent: { content: text } },
});
const makeCall = (change: Partial<CallContext> = {}): CallContext => ({
  ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false },
  ...change,
});
const started: RunnerClient[] = [];
afterEach(() => {
  for (const runner of started.splice(0)) runner.close();
});

/** Starts a program that is no runner, or a poor one. */
async function start(script: string, readyMs = 5_000): Promise<RunnerClient> {
  const runner = await startRunner({
    ...{ file: process.execPath, args: ["-e", script], cwd: "/", env: {}, codexFlags: NO_FLAGS, readyMs },
    ...{ cancelJob: async () => {}, logger: SILENT_LOGGER },
  });
  started.push(runner);
  return runner;
}

const READY = `console.log('{"kind":"ready"}');`;

describe("a runner", () => {
  test.each([
    ["ends at once", "process.exit(3)", "its program ended at once (exit code 3)"],
    ["hangs", "setInterval(() => {}, 1000)", "it was not ready within 300 ms"],
    ["is unable", `console.log('{"kind":"unable","why":"no room"}'); setInterval(() => {}, 1000)`, "no room"],
    ["talks nonsense", "console.log('{}'); console.log('x'); process.exit(0)", "its program ended at once"],
  ])("that %s is none, and says why", async (_name, script, why) => {
    await expect(start(script, why.includes("300") ? 300 : 5_000)).rejects.toThrow(why);
  });

  test("that cannot be run is none", async () => {
    const nothing = startRunner({
      ...{ file: "/nowhere/node", args: [], cwd: "/", env: {}, codexFlags: NO_FLAGS },
      ...{ cancelJob: async () => {}, logger: SILENT_LOGGER },
    });
    await expect(nothing).rejects.toThrow("ENOENT");
  });

  test("that dies ends its calls without an answer, and takes no more", async () => {
    const runner = await start(
      `${READY} process.stdin.on("data", (c) => String(c).includes("call") && process.exit(1))`,
    );
    expect(await runner.call("codex", { prompt: "x" }, makeCall())).toBeUndefined();
    await runner.ended;
    expect(await runner.call("codex", { prompt: "x" }, makeCall())).toBeUndefined();
  });

  test("that withdraws a question has the client's form withdrawn", async () => {
    const ask = '{"kind":"ask","call":1,"key":1,"question":{"message":"?","choices":[],"timeoutMs":9000}}';
    const unask = '{"kind":"unask","call":1,"key":1}';
    const runner = await start(
      `${READY} process.stdin.on("data", (c) => { if (String(c).includes('"call"')) console.log('${ask}\\n${unask}'); })`,
    );
    const withdrawn = new Promise<boolean>((resolve) => {
      const askUser: CallContext["askUser"] = (_question, signal) =>
        new Promise((settle) => {
          signal?.addEventListener("abort", () => {
            resolve(true);
            settle({ kind: "unanswered" });
          });
        });
      void runner.call("codex", { prompt: "x" }, makeCall({ askUser }));
    });
    expect(await withdrawn).toBe(true);
  });

  test("ends when its bridge lets go of it and nothing is to do", async () => {
    const runner = await start(`${READY} process.stdin.resume()`);
    runner.close();
    await runner.ended;
  });
});

describe("calls", () => {
  const answered = say("done");
  function setUp(startIt: () => Promise<RunnerClient>) {
    const here = vi.fn<ToolCaller>(async () => say("here"));
    const warnings: (string | undefined)[] = [];
    const calls = createOutlivingCalls({
      ...{ jobTools: new Set(["codex"]), jobAfterMs: 0, taskAfterMs: 20_000, startRunner: startIt, onLost: () => {} },
      callHere: (warning) => {
        warnings.push(warning);
        return here;
      },
      refusal: ({ caller }) => (caller?.threadId === "below" ? "it is below" : undefined),
      ...{ redact: (text) => text.replaceAll("s3cret", "***"), logger: SILENT_LOGGER },
    });
    return { calls, here, warnings };
  }
  const never = new Promise<void>(() => {});

  test("go to the runner only where they may become jobs", async () => {
    const call = vi.fn(async () => answered);
    const { calls, here } = setUp(async () => ({ call, ended: never, close: () => {} }));
    await calls.callTool("codex", {}, makeCall());
    await calls.callTool("agent_job", { background: true }, makeCall({ canTask: true }));
    expect([here.mock.calls.length, call.mock.calls.length]).toEqual([2, 0]);
    expect(await calls.callTool("codex", { background: true }, makeCall())).toBe(answered);
    expect(await calls.callTool("codex", {}, makeCall({ canTask: true }))).toBe(answered);
    expect(await calls.callTool("codex", { onQuota: "wait" }, makeCall())).toBe(answered);
    expect([here.mock.calls.length, call.mock.calls.length]).toEqual([2, 3]);
  });

  test("of an agent that a bridge works with end with this bridge, and that is told", async () => {
    const call = vi.fn(async () => answered);
    const { calls, warnings } = setUp(async () => ({ call, ended: never, close: () => {} }));
    const from = (threadId: string) => makeCall({ caller: { agent: "codex", threadId } });
    await calls.callTool("codex", { background: true }, from("below"));
    expect(call).not.toHaveBeenCalled();
    expect(warnings).toEqual([
      "the job ends with this session although BRIDGE_JOBS=outlive is set, because it is below.",
    ]);
    await calls.callTool("codex", { background: true }, from("a person's"));
    expect(call).toHaveBeenCalledTimes(1);
  });

  test("that waited for quota have a runner start them, or this bridge where there is none", async () => {
    const startIt = vi.fn(
      async (): Promise<RunnerClient> => ({ call: async () => answered, ended: never, close: () => {} }),
    );
    const { calls } = setUp(startIt);
    expect([await calls.wake(), await calls.wake(), startIt.mock.calls.length]).toEqual([true, true, 1]);
    calls.release();
    expect(await calls.wake()).toBe(false);
    const none = setUp(async () => {
      throw new Error("no room");
    });
    expect(await none.calls.wake()).toBe(false);
  });

  test.each([
    ["are nested too deep to be written", `{"background":true,"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
    ["have a name that would get lost", '{"background":true,"__proto__":{}}'],
    ["have a number that would get lost", '{"background":true,"outputSchema":{"minimum":1e999}}'],
  ])("whose arguments %s are refused here", async (_what, args) => {
    const call = vi.fn(async () => answered);
    const { calls, here } = setUp(async () => ({ call, ended: never, close: () => {} }));
    await calls.callTool("codex", JSON.parse(args), makeCall());
    expect([here.mock.calls.length, call.mock.calls.length]).toEqual([1, 0]);
  });

  test("run here with a warning without secrets where there is no runner; the next try waits", async () => {
    const startIt = vi.fn(async (): Promise<RunnerClient> => {
      throw new Error("no s3cret room");
    });
    const { calls, warnings } = setUp(startIt);
    for (let count = 0; count < 3; count += 1) await calls.callTool("codex", { background: true }, makeCall());
    expect(startIt).toHaveBeenCalledTimes(1);
    expect(warnings).toHaveLength(3);
    for (const warning of warnings)
      expect(warning).toMatch(/could not be started: no \*\*\* room\. .*doctor` checks the state folder\.$/);
  });

  test("of a runner that has ended are errors that say how to go on; the next call has a new runner", async () => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const answers = [undefined, answered];
    const startIt = vi.fn(async () => ({ call: async () => answers.shift(), ended, close: () => {} }));
    const { calls } = setUp(startIt);
    const lost = await calls.callTool("codex", { background: true }, makeCall());
    expect(lost?.result).toMatchObject({ isError: true, structuredContent: { error: { code: "JOB_INTERRUPTED" } } });
    end();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await calls.callTool("codex", { background: true }, makeCall())).toBe(answered);
    expect(startIt).toHaveBeenCalledTimes(2);
  });
});

/** Both ends in this process, joined by text as on the pipes. */
function join(callTool: ToolCaller, live: string[] = []) {
  const told: RunnerLine[] = [];
  const served = createServedCalls({
    callTool,
    jobs: { liveIds: () => live },
    send: (line) => void told.push(JSON.parse(JSON.stringify(line))),
  });
  const take = (line: unknown): void => {
    const parsed = parseLine(JSON.stringify(line), BridgeLineSchema);
    if (parsed === undefined || parsed.kind === "begin") throw new Error(`no line: ${JSON.stringify(line)}`);
    served.take(parsed);
  };
  const call = { kind: "call", call: 1, tool: "codex", args: {}, canReport: true, canTask: false };
  return { served, told, take, call };
}

describe("the runner's side", () => {
  test("asks the bridge for what only its client knows", async () => {
    const { take, told, call } = join(async (_name, _args, { askUser, listRoots, report }) => {
      report("at work");
      const roots = await listRoots?.();
      const answer = await askUser?.({ message: "Go?", choices: [{ id: "yes", title: "Yes" }], timeoutMs: 9 });
      return say(JSON.stringify([roots, answer]));
    });
    take({ ...call, canAsk: true, canListRoots: true });
    await vi.waitFor(() => expect(told).toMatchObject([{ kind: "report" }, { kind: "askRoots", key: 1 }]));
    take({ kind: "roots", call: 1, key: 1, paths: ["/p"] });
    await vi.waitFor(() => expect(told[2]).toMatchObject({ kind: "ask", key: 2, question: { message: "Go?" } }));
    take({ kind: "answer", call: 1, key: 2, answer: { kind: "chosen", id: "yes" } });
    const text = '[["/p"],{"kind":"chosen","id":"yes"}]';
    await vi.waitFor(() => expect(told[3]).toMatchObject({ kind: "end", result: { content: [{ text }] } }));
  });

  test("knows the agent that called, and takes no call whose agent it cannot read", async () => {
    const caller = { agent: "codex", threadId: "t-1", sandbox: "read-only" };
    const { take, told, call } = join(async (_name, _args, context) => say(JSON.stringify(context.caller)));
    const can = { canAsk: false, canListRoots: false };
    take({ ...call, ...can, caller });
    await vi.waitFor(() => expect(told).toMatchObject([{ result: { content: [{ text: JSON.stringify(caller) }] } }]));
    expect(() => take({ ...call, ...can, caller: { agent: "codex", sandbox: "wide" } })).toThrow("no line");
  });

  test("withdraws a question that nobody waits for any more, and takes what was filled in", async () => {
    const end = new AbortController();
    const fields = [{ id: "f1", title: "Port", isRequired: true, value: { type: "number", isInteger: true } }] as const;
    const { take, told, call } = join(async (_name, _args, { askUser }) => {
      const question = { message: "Which?", choices: [], fields, timeoutMs: 9 };
      const withdrawn = await askUser?.(question, end.signal);
      return say(JSON.stringify([withdrawn, await askUser?.(question)]));
    });
    take({ ...call, canAsk: true, canListRoots: false });
    await vi.waitFor(() => expect(told).toMatchObject([{ kind: "ask", key: 1, question: { fields } }]));
    end.abort();
    await vi.waitFor(() => expect(told[1]).toEqual({ kind: "unask", call: 1, key: 1 }));
    // An answer that was on its way is nobody's.
    take({ kind: "answer", call: 1, key: 1, answer: { kind: "filled", values: { f1: 1 } } });
    await vi.waitFor(() => expect(told[2]).toMatchObject({ kind: "ask", key: 2 }));
    take({ kind: "answer", call: 1, key: 2, answer: { kind: "filled", values: { f1: 80 } } });
    const text = '[{"kind":"unanswered"},{"kind":"filled","values":{"f1":80}}]';
    await vi.waitFor(() => expect(told[3]).toMatchObject({ kind: "end", result: { content: [{ text }] } }));
  });

  test("ends a call that is cancelled or whose bridge is gone, and answers its questions as unanswered", async () => {
    const { take, told, call, served } = join(async (_name, _args, { askUser, signal }) =>
      say(`${(await askUser?.({ message: "Go?", choices: [], timeoutMs: 9 }))?.kind} ${signal.aborted}`),
    );
    take({ ...call, canAsk: true, canListRoots: false });
    expect(served.isBusy).toBe(true);
    served.abandon();
    await vi.waitFor(() => expect(served.isBusy).toBe(false));
    expect(told.at(-1)).toMatchObject({ result: { structuredContent: { content: "unanswered true" } } });
  });

  test("tells when the job of a call has ended", async () => {
    const live = ["cx-00000001"];
    const task = { handle: { resultType: "task" }, drop: () => {}, jobId: "cx-00000001" };
    const { take, told, call, served } = join(async () => ({ ...say("started"), task }), live);
    take({ ...call, canAsk: true, canListRoots: false });
    await vi.waitFor(() => expect(told).toMatchObject([{ kind: "end", job: { id: "cx-00000001" } }]));
    served.review();
    expect(told).toHaveLength(1);
    live.pop();
    served.review();
    expect(told.at(-1)).toEqual({ kind: "over", call: 1 });
  });
});
