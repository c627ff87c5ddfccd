// Agents that fail, break the protocol or do not end.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { FULL_ACCESS, READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { TurnEvent } from "../../../src/domain/turn-events.ts";
import { type AcpStage, type AcpStageOptions, NO_SANDBOX, openAcpStage } from "../../support/acp-stage.ts";
import { type TurnChange, toTurnRequest } from "../../support/turn-request.ts";

const WRITING = { ...READ_ONLY, mode: "workspace-write" } as const;

let stage: AcpStage | undefined;
afterEach(() => stage?.close());

/** Runs one turn of a new backend, and makes sure that nothing is left of it. */
async function run(script: object, change: TurnChange = {}, options: AcpStageOptions = {}) {
  stage = openAcpStage(options);
  stage.script(script);
  const backend = stage.open();
  try {
    return await backend.startTurn(toTurnRequest(stage, "x", change)).outcome;
  } finally {
    await backend.close();
    expect(stage.listAlive()).toEqual([]);
  }
}

const fail = (code: number, message: string, data?: object) => ({ does: "fail", error: { code, message, data } });

describe("a failure that the agent tells", () => {
  test.each<[string, object, string]>([
    [
      "a login that is refused (Gemini)",
      fail(401, '{"error":{"code":401,"message":"API key not valid"}}'),
      "AGENT_UNAUTHENTICATED",
    ],
    ["a login that is refused (qwen)", fail(-32603, "Internal error", { details: "401 no" }), "AGENT_UNAUTHENTICATED"],
    ["no login", fail(-32000, "Authentication required"), "AGENT_UNAUTHENTICATED"],
    ["a daily quota (Gemini)", fail(429, "You have exhausted your daily quota on this model."), "USAGE_LIMIT"],
    ["too many requests", fail(429, "slow down"), "RATE_LIMITED"],
    [
      "a text that is too long (Gemini)",
      fail(400, "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)."),
      "CONTEXT_OVERFLOW",
    ],
    [
      "a text that is too long (opencode)",
      fail(-32603, "Internal error", { errorName: "ContextOverflowError" }),
      "CONTEXT_OVERFLOW",
    ],
    ["an unknown model (Gemini says 500)", fail(500, "models/nope is not found"), "MODEL_NOT_FOUND"],
    ["an overloaded provider", fail(503, "overloaded"), "MODEL_OVERLOADED"],
    ["no network", fail(-32603, "fetch failed", { details: "ECONNREFUSED" }), "NETWORK"],
    ["an error of its own", fail(-32603, "Internal error"), "TURN_FAILED"],
    ["a message that it does not take", fail(-32602, "Invalid params"), "PROTOCOL_ERROR"],
    ["an end by its own limit", { does: "stop", result: { stopReason: "max_turn_requests" } }, "TURN_FAILED"],
    ["an end without a word", { does: "stop", result: { stopReason: "end_turn" } }, "TURN_FAILED"],
    ["an end without a reason", { does: "stop", result: {} }, "PROTOCOL_ERROR"],
    ["another protocol", { does: "answer", text: "x", protocolVersion: 2 }, "AGENT_UNSUPPORTED"],
  ])("%s", async (_, script, code) => {
    const outcome = await run(script);
    expect(outcome).toMatchObject({ kind: "failed", error: { code } });
    if (outcome.kind === "failed") expect(outcome.error.nextStep).not.toBe("");
  });
});

describe("an agent that breaks the protocol:", () => {
  test.each<[string, object, string]>([
    [
      "half a line, then its end",
      { does: "raw", lines: ['{"jsonrpc":"2.0","method":"session/up'], exit: 0 },
      "AGENT_EXITED",
    ],
    ["it exits", { does: "raw", lines: [], exit: 3 }, "AGENT_EXITED"],
    ["a line that is too long", { does: "long line" }, "PROTOCOL_ERROR"],
  ])("%s", async (_, script, code) => {
    expect(await run(script)).toMatchObject({ kind: "failed", error: { code } });
  });

  test("words that are no JSON, and answers to nothing, are passed over until it falls silent", async () => {
    const lines = ["Welcome!\n", "[1]\n", '{"jsonrpc":"2.0","id":999,"result":{}}\n', '{"jsonrpc":"2.0","method":7}\n'];
    const outcome = await run({ does: "raw", lines }, { silenceMs: 500 });
    expect(outcome).toMatchObject({ kind: "failed", isTimeUp: true, error: { code: "TURN_STALLED" } });
  });

  test("50 MB of an answer are cut", { timeout: 120_000 }, async () => {
    const outcome = await run({ does: "flood", megabytes: 50 });
    expect(outcome).toMatchObject({
      kind: "completed",
      report: { warnings: expect.arrayContaining([expect.stringContaining("was cut")]) },
    });
    expect(outcome.report.content.length).toBeLessThan(17_000_000);
  });
});

test("a program that does not speak the protocol is told from one that fails", async () => {
  const agent = { command: [process.execPath, "-e", "console.log('usage: …'); process.exit(2)"] as const };
  expect(await run({}, {}, { agent })).toMatchObject({ kind: "failed", error: { code: "AGENT_BROKEN" } });
});

test("one that is not there is AGENT_NOT_FOUND", async () => {
  const agent = { command: ["no-such-agent"] as const };
  expect(await run({}, {}, { agent })).toMatchObject({ kind: "failed", error: { code: "AGENT_NOT_FOUND" } });
});

test("one that asks a person to log in, in place of its protocol, is ended at once", async () => {
  const words = "Please visit the following URL to authorize the application:";
  const agent = {
    command: [process.execPath, "-e", `console.log("\\u001b[2J${words}"); process.stdin.resume()`] as const,
  };
  expect(await run({}, {}, { agent })).toMatchObject({
    kind: "failed",
    error: { code: "AGENT_UNAUTHENTICATED", agentText: "visit the following URL to authorize" },
  });
});

test("one that says nothing at all is ended at the deadline", async () => {
  const agent = { command: [process.execPath, "-e", "process.stdin.resume()"] as const };
  expect(await run({}, { deadlineMs: 700 }, { agent })).toMatchObject({
    kind: "failed",
    error: { code: "AGENT_NOT_ANSWERING" },
  });
});

test.each<[string, object, AcpStageOptions]>([
  ["its version", { info: { name: "x", version: "v\u001b[2J\n".repeat(100_000) } }, { sandbox: NO_SANDBOX }],
  ["its session's id", { sessionId: "s".repeat(100_000) }, {}],
  ["its modes", { modes: Array.from({ length: 50_000 }, (_, at) => `mode-${at}`) }, {}],
])("%s does not fill an error, nor a record", async (_, script, options) => {
  const outcome = await run({ does: "answer", text: "x", ...script }, {}, options);
  expect(outcome.kind).toBe("failed");
  if (outcome.kind === "failed") {
    expect(outcome.error.message.length).toBeLessThan(700);
    expect(outcome.error.message).toMatch(/^[\P{Cc}]+$/u);
  }
});

describe("where the record of a thread cannot be written", () => {
  test("a turn does not begin, and its process does not stay", async () => {
    stage = openAcpStage();
    stage.script({ does: "answer", text: "done" });
    const backend = stage.open();
    writeFileSync(join(stage.root, "state/agent-threads"), "");
    const outcome = await backend.startTurn(toTurnRequest(stage, "x")).outcome;
    expect(outcome.kind).toBe("failed");
    expect(stage.listAlive()).toEqual([]);
    await backend.close();
  });

  test("an answer counts all the same, and says so", async () => {
    stage = openAcpStage();
    stage.script({ does: "answer", text: "done" });
    const backend = stage.open();
    const folder = join(stage.root, "state/agent-threads/scripted");
    const onEvent = (event: TurnEvent): void => {
      if (event.kind !== "begun") return;
      for (const name of readdirSync(folder)) {
        rmSync(join(folder, name));
        mkdirSync(join(folder, name));
      }
    };
    const outcome = await backend.startTurn({ ...toTurnRequest(stage, "x"), onEvent }).outcome;
    expect(outcome).toMatchObject({
      kind: "completed",
      report: { content: "done", warnings: [expect.stringContaining("not on record")] },
    });
    await backend.close();
    expect(stage.listAlive()).toEqual([]);
  });
});

describe("a kept one", () => {
  /** A thread whose agent is kept, and a reply to it. */
  async function keep() {
    stage = openAcpStage();
    const { root, project } = stage;
    stage.script({ does: "answer", text: "done", writesDown: true });
    const backend = stage.open();
    const first = await backend.startTurn(toTurnRequest({ project }, "first")).outcome;
    const { threadId } = first.report;
    const reply = (prompt: string) => backend.startTurn(toTurnRequest({ project }, prompt, { threadId })).outcome;
    // Its home is in the folder of the thread.
    const readPrompts = () =>
      (readdirSync(root, { recursive: true }) as string[])
        .filter((name) => name.endsWith("/prompts"))
        .flatMap((name) => readFileSync(join(root, name), "utf8").trim().split("\n"));
    return { stage, backend, reply, readPrompts };
  }

  test("that dies without a word once it has its prompt is not given it again: it may have worked", async () => {
    const { stage, backend, reply, readPrompts } = await keep();
    stage.script({ does: "die silently", writesDown: true });
    expect(await reply("second")).toMatchObject({
      kind: "failed",
      report: { hasWorked: true },
      error: { code: "AGENT_EXITED" },
    });
    expect(readPrompts()).toEqual(["first", "second"]);
    stage.script({ does: "answer", text: "again", writesDown: true });
    expect(await reply("third")).toMatchObject({ kind: "completed", report: { content: "again" } });
    expect(readPrompts()).toEqual(["first", "second", "third"]);
    await backend.close();
    expect(stage.listAlive()).toEqual([]);
  });

  test("that died before is not given a prompt: a new one gets it, once", async () => {
    const { stage, backend, reply, readPrompts } = await keep();
    const [agent] = stage.listAlive();
    // Its end is not told before the reply looks.
    process.kill(agent?.pid ?? 0, "SIGKILL");
    execFileSync("sh", ["-c", `while ! grep -q "^State:.Z" /proc/${agent?.pid}/status; do sleep 0.01; done`]);
    expect(await reply("second")).toMatchObject({ kind: "completed", report: { content: "done" } });
    expect(readPrompts()).toEqual(["first", "second"]);
    await backend.close();
    expect(stage.listAlive()).toEqual([]);
  });
});

test("one that heeds neither a cancel nor a signal is ended, and what it left too", async () => {
  const outcome = await run({ does: "deaf" }, { deadlineMs: 3_000 }, { env: { LAB_ACP_DEAF: "1" } });
  expect(outcome).toMatchObject({ kind: "failed", isTimeUp: true, error: { code: "TURN_TIMED_OUT" } });
  const left = await run({ does: "work", leaves: true }, { deadlineMs: 3_000 });
  expect(left).toMatchObject({ kind: "failed", isTimeUp: true });
});

describe("permission", () => {
  /** What the agent was answered, and whether a person was asked. */
  async function ask(
    change: TurnChange & { policy?: "never" | "on-request" | "untrusted" },
    script = {},
    options: AcpStageOptions = {},
  ) {
    let asked = 0;
    const { policy = "never", sandbox = WRITING, ...more } = change;
    stage = openAcpStage(options);
    const request = toTurnRequest(stage, "x", { sandbox, ...more });
    stage.script({ does: "ask", ...script });
    const backend = stage.open();
    const events: TurnEvent[] = [];
    const outcome = await backend.startTurn({
      ...request,
      frame: { ...request.frame, approvalPolicy: policy },
      onEvent: (event) => events.push(event),
      ask: async () => {
        asked += 1;
        return { kind: "chosen", id: "once" };
      },
    }).outcome;
    await backend.close();
    expect(stage.listAlive()).toEqual([]);
    return { said: outcome.report.content, asked, outcome, events };
  }

  test("of a read-only turn is never given, and nobody is asked", async () => {
    for (const policy of ["never", "on-request", "untrusted"] as const) {
      for (const kind of ["execute", "edit", "fetch", "other"]) {
        expect(await ask({ sandbox: READ_ONLY, policy }, { kind })).toMatchObject({ said: "no", asked: 0 });
      }
    }
  });

  test("for edits is given where the operating system holds the frame", async () => {
    expect(await ask({}, { kind: "edit" })).toMatchObject({ said: "once", asked: 0 });
    expect(await ask({ policy: "untrusted" }, { kind: "edit" })).toMatchObject({ said: "once", asked: 1 });
  });

  test("for a command is the person's; without one it needs a frame with network", async () => {
    expect(await ask({ policy: "on-request" })).toMatchObject({ said: "once", asked: 1 });
    const wider = { ...WRITING, networkAccess: true };
    expect(await ask({ policy: "on-request", sandbox: wider })).toMatchObject({ said: "once", asked: 0 });
    const { said, outcome, events } = await ask({});
    expect(said).toBe("no");
    expect(outcome.report).toMatchObject({
      commands: { count: 1, failed: 1, refused: 1 },
      refusedCommands: ["touch x"],
    });
    expect(events).toContainEqual({ kind: "refused", commands: ["touch x"] });
    expect(await ask({ sandbox: { ...WRITING, networkAccess: true } })).toMatchObject({ said: "once", asked: 0 });
    expect(await ask({ sandbox: FULL_ACCESS })).toMatchObject({ said: "once", asked: 0 });
  });

  test("is never given for good, whatever the agent offers", async () => {
    const options = [{ optionId: "z", kind: "allow_always" }];
    const { outcome } = await ask({ sandbox: FULL_ACCESS }, { options });
    expect(outcome).toMatchObject({ kind: "failed", report: { content: "cancelled" } });
  });
});

describe("where nothing but its mode can hold an agent", () => {
  test("it does not begin, unless that mode is known", async () => {
    expect(await run({ does: "answer", text: "x" }, {}, { sandbox: NO_SANDBOX })).toMatchObject({
      kind: "failed",
      error: { code: "SANDBOX_UNAVAILABLE" },
    });
    expect(await run({ does: "answer", text: "x" }, { sandbox: WRITING }, { sandbox: NO_SANDBOX })).toMatchObject({
      kind: "failed",
      error: { code: "SANDBOX_UNAVAILABLE" },
    });
  });

  const always = { info: { name: "gemini-cli", version: "0.61.0" } };

  test("a known one runs, and the result says so", async () => {
    const outcome = await run({ does: "answer", text: "x", ...always }, {}, { sandbox: NO_SANDBOX });
    expect(outcome).toMatchObject({ kind: "completed", report: { sandbox: { mode: "read-only" } } });
    expect(outcome.report.warnings.join()).toContain("by its own mode alone, because there is none");
  });

  test("one that leaves the mode is ended at once", async () => {
    const outcome = await run({ does: "mode", ...always }, {}, { sandbox: NO_SANDBOX });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "SANDBOX_NOT_HELD" } });
  });
});

test("a mode that the agent does not have is the user's to correct", async () => {
  const agent = { modes: { "read-only": "look" } };
  expect(await run({ does: "answer", text: "x" }, {}, { agent })).toMatchObject({
    kind: "failed",
    error: { code: "CONFIG_INVALID" },
  });
});

test("a home of its own has the user's settings as links, and a person's home stays as it is", async () => {
  const outcome = await run({ does: "answer", text: "x" });
  expect(outcome.kind).toBe("completed");
  const { root } = stage ?? { root: "" };
  expect(existsSync(join(root, "home", "sessions"))).toBe(false);
  expect(existsSync(join(root, "state/callees/scripted", outcome.report.threadId ?? "", "home/sessions"))).toBe(true);
});

test("an answer that is no JSON does not fit a schema; a fence around JSON is taken off", async () => {
  const outputSchema = { type: "object" };
  expect(await run({ does: "answer", text: "Done." }, { outputSchema })).toMatchObject({
    kind: "failed",
    error: { code: "INVALID_OUTPUT" },
  });
  expect(await run({ does: "answer", text: '```json\n{"a":1}\n```' }, { outputSchema })).toMatchObject({
    kind: "completed",
    report: { content: '{"a":1}' },
  });
});
