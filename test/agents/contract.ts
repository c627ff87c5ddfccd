// What every backend promises, whichever agent it runs. A backend's own suite calls `contractOf`; test/agents/contract.test.ts shows with a
// scripted backend that each promise can be kept, and that a backend which breaks one is found out.
import { describe, expect, test } from "vitest";
import type { AgentBackend, CallerConfig } from "../../src/agents/agent-backend.ts";
import type { ErrorCode } from "../../src/domain/error-codes.ts";
import type { AgentQuestion } from "../../src/domain/questions.ts";
import { READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import type { ThreadQuery } from "../../src/domain/stored-thread.ts";
import type { ThreadFrame } from "../../src/domain/thread.ts";
import type { TurnOutcome, TurnRequest } from "../../src/domain/turn.ts";
import type { TurnEvent } from "../../src/domain/turn-events.ts";

/** What the agent does in each turn from now on. */
export type Script =
  /** Runs a command that ends at once, then gives its answer. */
  | { readonly does: "answer"; readonly text: string }
  /** Runs a command that does not end. */
  | { readonly does: "work" }
  /** Says nothing more. */
  | { readonly does: "hang" }
  /** Ends the turn with an error. */
  | { readonly does: "fail" }
  /** Asks a question and answers with the choice, or with `nobody to ask` or `timed out`. Only for backends that can ask. */
  | { readonly does: "ask"; readonly question: AgentQuestion };

/** A backend with an agent that does what it is told. */
export interface Stage {
  readonly backend: AgentBackend;
  /** Another backend for the same agent and its threads, as after a restart. */
  reopen(): AgentBackend;
  script(script: Script): void;
  /** Processes and the like that belong to turns and are alive. */
  listRunning(): readonly unknown[];
  /** A directory to work in, without links. */
  readonly cwd: string;
  /** An id that no thread has. */
  readonly unknownThread: string;
  /** What a caller may set, if there is anything, and what it may not. */
  readonly allowed: CallerConfig | undefined;
  readonly denied: CallerConfig;
  /** Code of the error that the script `fail` ends a turn with. */
  readonly failure: ErrorCode;
  /**
   * What the installed agent cannot do: the calls fail with AGENT_UNSUPPORTED. Its files may also not say what a thread may do, and a thread may
   * be lost with its process: then the turn after a restart fails with THREAD_BROKEN.
   */
  readonly lacks: readonly ("fork" | "archive" | "stored sandbox" | "reload")[];
  /** The sandbox of the turns: the narrowest in which the agent runs commands; absent means read-only. */
  readonly sandbox?: SandboxPolicy | undefined;
  /** Limits that a turn which does nothing reaches soon. Ms. */
  readonly short: { readonly deadlineMs: number; readonly silenceMs: number };
  close(): Promise<void>;
}

/** One promise. `check` throws where it is broken. */
export interface Promised {
  readonly name: string;
  readonly check: (stage: Stage) => Promise<void>;
}

/** Registers a test for each promise; each gets a stage of its own. */
export function contractOf(name: string, open: () => Promise<Stage>): void {
  describe(`${name} keeps the contract:`, () => {
    for (const promised of PROMISES) {
      test(promised.name, async () => {
        const stage = await open();
        try {
          await promised.check(stage);
        } finally {
          await stage.backend.close();
          await stage.close();
        }
      });
    }
  });
}

/** A limit that no turn here reaches unless it is meant to. */
const LONG_MS = 60_000;

interface Started {
  readonly events: TurnEvent[];
  readonly turn: ReturnType<AgentBackend["startTurn"]>;
  readonly questions: AgentQuestion[];
}

function start(stage: Stage, asked: Partial<TurnRequest> = {}, backend = stage.backend): Started {
  const events: TurnEvent[] = [];
  const questions: AgentQuestion[] = [];
  const turn = backend.startTurn({
    prompt: "Do it.",
    frame: toFrame(stage),
    images: [],
    deadlineMs: LONG_MS,
    silenceMs: LONG_MS,
    quietMs: LONG_MS,
    onEvent: (event) => events.push(event),
    ask: async (question) => {
      questions.push(question);
      return { kind: "chosen", id: question.kind === "input" ? "no" : (question.choices[0] ?? "no") };
    },
    ...asked,
  });
  return { events, turn, questions };
}

function toFrame({ cwd, backend, sandbox = READ_ONLY }: Stage): ThreadFrame {
  return { cwd, sandbox, approvalPolicy: "never", own: {}, backend: backend.name };
}

/** Runs one turn; fails where it did not complete. */
async function complete(stage: Stage, asked: Partial<TurnRequest> = {}, backend = stage.backend) {
  const { turn, events } = start(stage, asked, backend);
  const outcome = await turn.outcome;
  expect(outcome, describeOutcome(outcome)).toMatchObject({ kind: "completed" });
  return { events, report: outcome.report, threadId: outcome.report.threadId ?? "" };
}

function describeOutcome(outcome: TurnOutcome): string {
  return outcome.kind === "failed" ? `${outcome.error.code} ${outcome.error.message}` : outcome.kind;
}

async function waitFor(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A turn that works on something without end. */
async function startWork(stage: Stage, asked: Partial<TurnRequest> = {}): Promise<Started> {
  stage.script({ does: "work" });
  const started = start(stage, asked);
  await waitFor("the agent works", () => started.events.some(isCommand) && stage.listRunning().length > 0);
  return started;
}

const isCommand = (event: TurnEvent): boolean => event.kind === "item" && event.item.type === "command";

function expectIdle(stage: Stage): Promise<void> {
  return waitFor("nothing of the turn is alive", () => stage.listRunning().length === 0);
}

async function startsThread(stage: Stage): Promise<void> {
  stage.script({ does: "answer", text: "one" });
  const { report, events, threadId } = await complete(stage);
  expect(report).toMatchObject({ content: "one", hasWorked: true, leftRunning: [] });
  expect(report.durationMs).toBeGreaterThanOrEqual(0);
  expect(events[0]).toEqual({ kind: "thread", threadId });
  expect(stage.backend.parseThreadId(threadId)).toBe(threadId);
}

async function continuesThread(stage: Stage): Promise<void> {
  stage.script({ does: "answer", text: "one" });
  const { threadId } = await complete(stage);
  stage.script({ does: "answer", text: "two" });
  expect((await complete(stage, { threadId })).report).toMatchObject({ threadId, content: "two" });
  stage.script({ does: "answer", text: "three" });
  await stage.backend.close();
  const later = stage.reopen();
  try {
    if (stage.lacks.includes("reload")) {
      const outcome = await start(stage, { threadId }, later).turn.outcome;
      expect(outcome).toMatchObject({ kind: "failed", report: { hasWorked: false }, error: { code: "THREAD_BROKEN" } });
      expect(await later.readConversation(threadId, 10_000)).toHaveLength(4);
      return;
    }
    expect((await complete(stage, { threadId }, later)).report).toMatchObject({ threadId, content: "three" });
  } finally {
    await later.close();
  }
}

async function tellsEvents(stage: Stage): Promise<void> {
  stage.script({ does: "answer", text: "done" });
  const { events, report } = await complete(stage);
  const told = events.length;
  // The rules are read beside the stream, so they come at any time.
  const ordered = events.filter(({ kind }) => kind !== "rules");
  const items = events.flatMap((event) => (event.kind === "item" ? [event] : []));
  const kinds = ordered.map(({ kind }) => kind);
  expect(kinds.indexOf("begun"), kinds.join()).toBe(1);
  expect(kinds.indexOf("item"), kinds.join()).toBeGreaterThan(1);
  const phases = items.filter(({ item }) => item.type === "command").map(({ phase, id }) => ({ phase, id }));
  const [{ id } = { id: "" }] = phases;
  expect(phases.filter(({ phase }) => phase !== "changed")).toEqual([
    { phase: "started", id },
    { phase: "finished", id },
  ]);
  const message = { kind: "item", phase: "finished", item: { type: "message", text: "done" } };
  expect(items.at(-1)).toMatchObject(message);
  expect(report.commands).toMatchObject({ count: 1, failed: 0 });
  const usage = events.flatMap((event) => (event.kind === "usage" ? [event.usage] : []));
  expect(usage).toEqual(report.usage === undefined ? [] : [report.usage]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(events, "an event came after the outcome").toHaveLength(told);
}

async function interrupts(stage: Stage): Promise<void> {
  const { turn, events } = await startWork(stage);
  turn.interrupt();
  turn.interrupt();
  const outcome = await turn.outcome;
  expect(outcome.kind, describeOutcome(outcome)).toBe("interrupted");
  await expectIdle(stage);
  const [thread] = events;
  const threadId = thread?.kind === "thread" ? thread.threadId : undefined;
  expect(outcome.report.threadId).toBe(threadId);
  if (!stage.backend.capabilities.canContinueInterrupted) return;
  stage.script({ does: "answer", text: "on" });
  expect((await complete(stage, { threadId })).report).toMatchObject({ threadId, content: "on" });
}

async function interruptsAtOnce(stage: Stage): Promise<void> {
  stage.script({ does: "answer", text: "one" });
  const { turn } = start(stage);
  turn.interrupt();
  expect((await turn.outcome).kind).toBe("interrupted");
  await expectIdle(stage);
}

async function steers(stage: Stage): Promise<void> {
  const { turn } = await startWork(stage);
  const expected = stage.backend.capabilities.canSteer ? "delivered" : "not possible here";
  expect(await turn.steer("Look at this too.")).toBe(expected);
  turn.interrupt();
  await turn.outcome;
  expect(await turn.steer("Too late.")).toBe("not possible here");
}

/** The frame of a turn that asks about everything that it does. */
const toAskingFrame = (stage: Stage): ThreadFrame => ({ ...toFrame(stage), approvalPolicy: "untrusted" });

async function asks(stage: Stage): Promise<void> {
  const frame = toAskingFrame(stage);
  if (!stage.backend.capabilities.canAsk) {
    stage.script({ does: "answer", text: "one" });
    const { turn, questions } = start(stage, { frame });
    await turn.outcome;
    expect(questions).toEqual([]);
    return;
  }
  stage.script({ does: "ask", question: QUESTION });
  const { turn, questions } = start(stage, { frame });
  expect(await turn.outcome).toMatchObject({ kind: "completed", report: { content: "no" } });
  expect(questions).toHaveLength(1);
  const pending = start(stage, { frame, ask: () => new Promise(() => {}) });
  await waitFor("the turn has begun", () => pending.events.length > 0);
  pending.turn.interrupt();
  expect((await pending.turn.outcome).kind, "a question outlives its turn").toBe("interrupted");
}

const QUESTION: AgentQuestion = { kind: "command", summary: "touch x", choices: ["no", "once"] };

async function waitsForPerson(stage: Stage): Promise<void> {
  if (!stage.backend.capabilities.canAsk) return;
  const { deadlineMs, silenceMs } = stage.short;
  stage.script({ does: "ask", question: QUESTION });
  const ask: TurnRequest["ask"] = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2 * Math.max(deadlineMs, silenceMs)));
    return { kind: "chosen", id: "once" };
  };
  const { turn } = start(stage, { frame: toAskingFrame(stage), deadlineMs, silenceMs, ask });
  expect(await turn.outcome).toMatchObject({ kind: "completed", report: { content: "once" } });
}

async function failsAsOutcome(stage: Stage): Promise<void> {
  stage.script({ does: "fail" });
  const { turn } = start(stage);
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ kind: "failed", error: { code: stage.failure } });
  if (outcome.kind === "failed")
    for (const text of [outcome.error.message, outcome.error.nextStep]) expect(text).not.toBe("");
  await expectIdle(stage);
}

async function failsBeforeTurn(stage: Stage): Promise<void> {
  stage.script({ does: "answer", text: "one" });
  const gone = { ...toFrame(stage), cwd: `${stage.cwd}/gone` };
  for (const asked of [{ threadId: stage.unknownThread }, { frame: gone }]) {
    const outcome = await start(stage, asked).turn.outcome;
    expect(outcome).toMatchObject({ kind: "failed", report: { hasWorked: false } });
  }
  await expectIdle(stage);
}

async function keepsLimits(stage: Stage): Promise<void> {
  const { deadlineMs, silenceMs } = stage.short;
  stage.script({ does: "work" });
  expect(await start(stage, { deadlineMs }).turn.outcome).toMatchObject({
    kind: "failed",
    isTimeUp: true,
    error: { code: "TURN_TIMED_OUT" },
  });
  await expectIdle(stage);
  stage.script({ does: "hang" });
  const silent = start(stage, { silenceMs, quietMs: silenceMs / 3 });
  expect(await silent.turn.outcome).toMatchObject({ kind: "failed", isTimeUp: true, error: { code: "TURN_STALLED" } });
  expect(silent.events).toContainEqual({ kind: "quiet", forMs: silenceMs / 3 });
  await expectIdle(stage);
}

async function findsThreads(stage: Stage): Promise<void> {
  const { backend, cwd, unknownThread } = stage;
  stage.script({ does: "answer", text: "the answer" });
  const { threadId } = await complete(stage, { prompt: "the question" });
  for (const scope of ["whole", "recent"] as const) {
    expect(await backend.findThread(threadId, scope)).toMatchObject({
      kind: "found",
      frame: { cwd, sandbox: { mode: "read-only" }, backend: backend.name },
    });
  }
  expect(await backend.findThread(unknownThread)).toEqual({ kind: "unknown" });
  for (const text of ["", ".", "../x", "a/b", "no such thread"]) expect(backend.parseThreadId(text)).toBeUndefined();
  expect(await backend.readConversation(threadId, 10_000)).toEqual([
    { role: "user", text: "the question" },
    { role: "assistant", text: "the answer" },
  ]);
  expect(await backend.readConversation(threadId, 10)).toEqual([{ role: "assistant", text: "the answer" }]);
  expect(await backend.readConversation(unknownThread, 10_000)).toEqual([]);
}

async function checksConfig({ backend, allowed, denied }: Stage): Promise<void> {
  expect(backend.checkConfig({}).own).toEqual({});
  // It is given the whole call, and most of it is not its business.
  const call = { prompt: "x", cwd: "/", sandbox: "read-only", config: undefined };
  expect(backend.checkConfig(call).own).toEqual({});
  if (allowed !== undefined) {
    const { own } = backend.checkConfig(allowed);
    // It is stored as JSON.
    expect(own).not.toEqual({});
    expect(JSON.parse(JSON.stringify(own))).toEqual(own);
  }
  expect(() => backend.checkConfig(denied)).toThrow(expect.objectContaining({ code: "CONFIG_DENIED" }));
}

async function closes(stage: Stage): Promise<void> {
  const { backend } = stage;
  const { turn } = await startWork(stage);
  await Promise.all([backend.close(), backend.close()]);
  expect((await turn.outcome).kind).toBe("interrupted");
  await expectIdle(stage);
  await backend.close();
  stage.script({ does: "answer", text: "one" });
  expect((await start(stage).turn.outcome).kind, "a closed backend ran a turn").toBe("interrupted");
}

/** The ids of the threads in the stage's directory. */
async function listIds({ backend, cwd }: Stage, query: Partial<ThreadQuery> = {}): Promise<string[]> {
  const { signal } = new AbortController();
  const wanted = { isWanted: (thread: { cwd: string }) => thread.cwd === cwd, withArchived: false, most: 20, signal };
  return (await backend.listThreads({ ...wanted, ...query })).threads.map(({ threadId }) => threadId);
}

async function listsThreads(stage: Stage): Promise<void> {
  const { backend, cwd } = stage;
  stage.script({ does: "answer", text: "about parsers" });
  const first = (await complete(stage, { prompt: "Count the lines" })).threadId;
  stage.script({ does: "answer", text: "about Lexers" });
  const second = (await complete(stage, { prompt: "Count the words" })).threadId;
  expect(await listIds(stage)).toEqual([second, first]);
  expect(await listIds(stage, { most: 1 })).toEqual([second]);
  expect(await listIds(stage, { isWanted: ({ threadId }) => threadId === first })).toEqual([first]);
  const query = { isWanted: () => true, withArchived: false, most: 20, signal: new AbortController().signal };
  const { threads, isComplete, skipped } = await backend.listThreads(query);
  const sandboxMode = stage.lacks.includes("stored sandbox") ? undefined : "read-only";
  expect(threads[1]).toMatchObject({ threadId: first, cwd, firstPrompt: "Count the lines", sandboxMode });
  expect({ isComplete, skipped }).toEqual({ isComplete: true, skipped: { unreadable: 0, compressed: 0, foreign: 0 } });
  const found = await backend.searchThreads(query, ["count", "lexers"]);
  expect(found.threads.map(({ threadId }) => threadId)).toEqual([second]);
  expect(found.threads[0]?.message).toContain("exers");
  expect(found).toMatchObject({ searched: 2, searchedInPart: 0 });
}

async function tellsUse(stage: Stage): Promise<void> {
  const { turn, events } = await startWork(stage);
  const [thread] = events;
  const threadId = thread?.kind === "thread" ? thread.threadId : "";
  const use = async () => (await stage.backend.findStoredThread(threadId))?.use;
  expect(["running", "unknown"]).toContain(await use());
  turn.interrupt();
  await turn.outcome;
  expect(["free", "unknown"]).toContain(await use());
  expect(await stage.backend.findStoredThread(stage.unknownThread)).toBeUndefined();
}

async function forks(stage: Stage): Promise<void> {
  const { backend } = stage;
  stage.script({ does: "answer", text: "one" });
  const { threadId } = await complete(stage);
  const asked = { threadId, frame: toFrame(stage), signal: new AbortController().signal };
  if (stage.lacks.includes("fork")) {
    await expect(backend.forkThread(asked)).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
    return;
  }
  const fork = await backend.forkThread(asked);
  expect(fork).not.toBe(threadId);
  const said = await backend.readConversation(threadId, 10_000);
  expect(said).toHaveLength(2);
  expect(await backend.readConversation(fork, 10_000)).toEqual(said);
  expect((await listIds(stage)).toSorted()).toEqual([fork, threadId].toSorted());
  stage.script({ does: "answer", text: "two" });
  expect((await complete(stage, { threadId: fork })).report).toMatchObject({ threadId: fork, content: "two" });
  expect(await backend.readConversation(fork, 10_000)).toHaveLength(4);
  expect(await backend.readConversation(threadId, 10_000)).toEqual(said);
  await expect(backend.forkThread({ ...asked, threadId: stage.unknownThread })).rejects.toMatchObject({
    code: "THREAD_NOT_FOUND",
  });
  await expectIdle(stage);
}

async function archives(stage: Stage): Promise<void> {
  const { backend, cwd } = stage;
  stage.script({ does: "answer", text: "one" });
  const { threadId } = await complete(stage);
  const asked = { threadId, cwd, isArchived: true, signal: new AbortController().signal };
  if (stage.lacks.includes("archive")) {
    await expect(backend.setArchived(asked)).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
    return;
  }
  await backend.setArchived(asked);
  await backend.setArchived(asked);
  expect(await listIds(stage)).toEqual([]);
  expect(await listIds(stage, { withArchived: true })).toEqual([threadId]);
  await backend.setArchived({ ...asked, isArchived: false });
  expect(await listIds(stage)).toEqual([threadId]);
  expect((await complete(stage, { threadId })).report).toMatchObject({ threadId, content: "one" });
  await expect(backend.setArchived({ ...asked, threadId: stage.unknownThread })).rejects.toMatchObject({
    code: "THREAD_NOT_FOUND",
  });
  await expectIdle(stage);
}

/** The contract. */
export const PROMISES: readonly Promised[] = [
  { name: "a turn starts a thread, and its last message is the answer", check: startsThread },
  { name: "a further turn continues the thread, after a restart too", check: continuesThread },
  { name: "events come in order, and none after the outcome", check: tellsEvents },
  { name: "an interrupted turn leaves nothing running, and its thread goes on", check: interrupts },
  { name: "a turn can be interrupted before it has begun", check: interruptsAtOnce },
  { name: "steering is answered as the capability says", check: steers },
  { name: "questions are asked as the capability says, and end with their turn", check: asks },
  { name: "the time that a person takes for an answer does not count", check: waitsForPerson },
  { name: "a failure of the agent's is an outcome", check: failsAsOutcome },
  { name: "what keeps a turn from starting is an outcome", check: failsBeforeTurn },
  { name: "deadline and silence end a turn, and silence is told before", check: keepsLimits },
  { name: "threads are found, and what was said in them is read", check: findsThreads },
  { name: "threads are listed by their directory, the last used first, and searched for words", check: listsThreads },
  { name: "a thread with a running turn is never called free", check: tellsUse },
  { name: "a fork has the history, and leaves the other thread as it is", check: forks },
  { name: "an archived thread is left out until it is taken out of the archive", check: archives },
  { name: "what a caller may not set is refused", check: checksConfig },
  { name: "closing ends everything, for good", check: closes },
];
