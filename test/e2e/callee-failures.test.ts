// How turns of the real Claude Code fail, and what its processes do between turns.
import { afterEach, test as base, beforeEach, expect } from "vitest";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { FULL_ACCESS } from "../../src/domain/sandbox.ts";
import type { ModelFault } from "../../src/setup/demo/messages-standin.ts";
import { until } from "../support/lab.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab, KEY, type OpenOptions } from "./claude-lab.ts";

const test = base.skipIf(!CAN_BE_HELD);

let claude: ClaudeLab;
const opened: AgentBackend[] = [];
beforeEach(async () => {
  claude = await createClaudeLab();
});
afterEach(async () => {
  for (const backend of opened.splice(0)) await backend.close();
  expect(claude.listAlive()).toEqual([]);
  await claude.close();
});

function open(options?: OpenOptions): AgentBackend {
  const backend = claude.open(options);
  opened.push(backend);
  return backend;
}

const run = (backend: AgentBackend, prompt: string, change?: TurnChange) =>
  backend.startTurn(toTurnRequest(claude.lab, prompt, change)).outcome;

/** The prompts that the model was last asked with. */
function lastPrompts(): string[] {
  const messages = claude.model.requests.at(-1)?.body.messages ?? [];
  const texts = messages.flatMap(({ role, content }) =>
    role !== "user" ? [] : typeof content === "string" ? [content] : content.map(({ text = "" }) => text),
  );
  return texts.filter((text) => text !== "" && !text.startsWith("<system-reminder>"));
}

const FAULTS: readonly [fault: ModelFault, code: string][] = [
  [{ status: 401, message: "invalid x-api-key" }, "AGENT_UNAUTHENTICATED"],
  [{ status: 403, message: "not allowed" }, "AGENT_UNAUTHENTICATED"],
  [{ status: 429, message: "slow down" }, "RATE_LIMITED"],
  [{ status: 429, message: "You've hit your usage limit" }, "USAGE_LIMIT"],
  [{ status: 400, message: "Your credit balance is too low to access the Anthropic API" }, "USAGE_LIMIT"],
  [{ status: 400, message: "prompt is too long: 300000 tokens > 200000 maximum" }, "CONTEXT_OVERFLOW"],
  [{ status: 400, message: `no, ${KEY}` }, "TURN_FAILED"],
  [{ status: 404, message: "model: x" }, "MODEL_NOT_FOUND"],
  [{ status: 500, message: "oops" }, "MODEL_OVERLOADED"],
  [{ status: 529, message: "Overloaded" }, "MODEL_OVERLOADED"],
];

test("each answer of the provider has its code, is told at once, and the thread goes on after it", async () => {
  const backend = open();
  claude.respond(() => ({ text: "one" }));
  const { threadId } = (await run(backend, "first")).report;
  for (const [fault, code] of FAULTS) {
    claude.respond(() => fault);
    const outcome = await run(backend, "next", { threadId });
    expect(outcome, JSON.stringify(fault)).toMatchObject({
      kind: "failed",
      error: { code },
      report: { hasWorked: false },
    });
    expect(outcome.report.durationMs).toBeLessThan(10_000);
    expect(JSON.stringify(outcome)).not.toContain(KEY);
  }
  claude.respond(() => ({ text: `two ${KEY}` }));
  expect(await run(backend, "last", { threadId })).toMatchObject({
    kind: "completed",
    report: { content: "two [redacted]" },
  });
  expect(lastPrompts()[0]).toContain("first");
});

test("a prompt that begins like a command goes to the model", async () => {
  const backend = open();
  claude.respond(() => ({ text: "asked" }));
  for (const prompt of ["/cost", "/clear", "/init", "/exit", "/usr/bin/x fails"]) {
    const { report } = await run(backend, prompt);
    expect(report.content, prompt).toBe("asked");
    expect(lastPrompts().map((text) => text.trim())).toEqual([prompt]);
    expect(await backend.readConversation(report.threadId ?? "", 1_000)).toMatchObject([{ text: prompt }, {}]);
  }
});

test("a bridge ends at once, in a turn and between turns, and the answers are kept", async () => {
  const backend = open();
  claude.respond(() => ({ text: "one" }));
  const { threadId } = (await run(backend, "first")).report;
  claude.respond(() => ({ tool: "Bash", input: { command: "tail -f /dev/null", description: "x" } }));
  const turn = backend.startTurn(toTurnRequest(claude.lab, "second", { sandbox: FULL_ACCESS }));
  await until("the command runs", () => claude.listAlive().some(({ command }) => command.startsWith("tail")));
  const before = performance.now();
  await backend.close();
  expect(performance.now() - before).toBeLessThan(1_000);
  expect((await turn.outcome).kind).toBe("interrupted");
  expect(claude.listAlive()).toEqual([]);
  expect(await backend.readConversation(threadId ?? "", 1_000)).toHaveLength(2);
});

test("no connection to the provider is an error of the network", async () => {
  const backend = open({ env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:1" } });
  expect(await run(backend, "x")).toMatchObject({ kind: "failed", error: { code: "NETWORK" } });
});

test("what Claude Code refuses at its start is told as that", async () => {
  const backend = open();
  const cases: readonly [TurnChange, string][] = [
    [{ outputSchema: { type: "nonsense" } }, "INVALID_ARGUMENT"],
    [{ threadId: "01a1fa4f-63b2-4772-b0a6-be473084c496" }, "THREAD_NOT_FOUND"],
    [{ images: ["/dev/null"] }, "INVALID_ARGUMENT"],
    [{ frame: { ...toTurnRequest(claude.lab, "x").frame, reasoningEffort: "huge" } }, "INVALID_ARGUMENT"],
  ];
  for (const [change, code] of cases) {
    expect(await run(backend, "x", change), code).toMatchObject({ kind: "failed", error: { code } });
  }
  expect(claude.model.requests).toHaveLength(0);
});

base.runIf(CAN_BE_HELD && process.getuid?.() === 0)("full access as root is refused with the next step", async () => {
  const backend = open({ env: { IS_SANDBOX: "" } });
  const outcome = await run(backend, "x", { sandbox: FULL_ACCESS });
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "AGENT_UNSUPPORTED" } });
  expect(JSON.stringify(outcome)).toContain("IS_SANDBOX=1");
});

test("an answer that must fit a schema is its JSON, or no answer", async () => {
  const backend = open();
  const outputSchema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
  claude.respond(() => ({ tool: "StructuredOutput", input: { a: "b" } }));
  expect(await run(backend, "x", { outputSchema })).toMatchObject({
    kind: "completed",
    report: { content: '{"a":"b"}' },
  });
  claude.respond(() => ({ text: "no" }));
  const failed = await run(backend, "x", { outputSchema });
  expect(failed).toMatchObject({ kind: "failed", error: { code: "INVALID_OUTPUT" }, report: { content: "no" } });
});

test("following turns run in the same process, with their own tokens, and it ends when it is idle", async () => {
  const backend = open({ idleMs: 700 });
  claude.respond(() => ({ text: "one" }));
  const first = (await run(backend, "first")).report;
  const [before] = claude.listAgents();
  const second = (await run(backend, "second", { threadId: first.threadId })).report;
  expect(claude.listAgents()).toMatchObject([{ pid: before?.pid }]);
  expect(second.usage).toEqual(first.usage);
  expect(second.model).toBe(first.model);
  await until("the idle process has ended", () => claude.listAlive().length === 0);
  expect(lastPrompts()).toEqual(["first", "second"]);
});

test.each([
  ["with its sandbox", () => claude.listAlive()],
  ["alone", () => claude.listAgents()],
  // It is the first of its processes: the others go on without it.
  ["in its sandbox, whose Codex is gone", () => claude.listAlive().slice(0, 1)],
])("a kept process that dies %s is replaced, and one that dies in a turn fails it", async (_, listDying) => {
  const backend = open();
  claude.respond(() => ({ text: "one" }));
  const { threadId } = (await run(backend, "first")).report;
  for (const { pid } of listDying()) process.kill(pid, "SIGKILL");
  await until("nothing is left of it", () => claude.listAlive().length === 0);
  expect(await run(backend, "second", { threadId })).toMatchObject({ kind: "completed", report: { threadId } });
  expect(lastPrompts()).toEqual(["first", "second"]);
  claude.respond(() => ({ isSilent: true }));
  const asked = claude.model.requests.length;
  const running = run(backend, "third", { threadId });
  await until("the model is asked", () => claude.model.requests.length > asked);
  for (const { pid } of listDying()) process.kill(pid, "SIGKILL");
  expect(await running).toMatchObject({ kind: "failed", error: { code: "AGENT_EXITED" } });
});

test("another bridge continues a thread that this one keeps, and both go on with one history", async () => {
  const [one, two] = [open(), open()];
  claude.respond(() => ({ text: "yes" }));
  const { threadId } = (await run(one, "first")).report;
  expect(await run(two, "second", { threadId })).toMatchObject({ kind: "completed" });
  expect(claude.listAgents()).toHaveLength(1);
  expect(await run(one, "third", { threadId })).toMatchObject({ kind: "completed" });
  expect(lastPrompts()).toEqual(["first", "second", "third"]);
  const said = await one.readConversation(threadId ?? "", 10_000);
  expect(said.filter(({ role }) => role === "user").map(({ text }) => text)).toEqual(["first", "second", "third"]);
});

test("a second turn on a thread is refused while one runs", async () => {
  const backend = open();
  claude.respond(() => ({ text: "yes" }));
  const { threadId } = (await run(backend, "first")).report;
  claude.respond(() => ({ isSilent: true }));
  const turn = backend.startTurn(toTurnRequest(claude.lab, "second", { threadId }));
  expect(await run(backend, "third", { threadId })).toMatchObject({ kind: "failed", error: { code: "SESSION_BUSY" } });
  turn.interrupt();
  expect((await turn.outcome).kind).toBe("interrupted");
});

test("a kept one that is killed once its model was asked does not get the prompt again", async () => {
  const backend = open();
  claude.respond(() => ({ text: "one" }));
  const { threadId } = (await run(backend, "first")).report;
  claude.respond(() => {
    for (const { pid } of claude.listAgents()) process.kill(pid, "SIGKILL");
    return { isSilent: true };
  });
  expect(await run(backend, "second", { threadId })).toMatchObject({ kind: "failed", error: { code: "AGENT_EXITED" } });
  expect(claude.model.requests.length).toBe(2);
});
