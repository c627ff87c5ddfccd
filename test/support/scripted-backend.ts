// A backend whose agent does what a script says, in memory: it shows that the contract can be kept, and what happens where it is broken.
import type { AgentBackend, CheckedConfig, RunningTurn } from "../../src/agents/agent-backend.ts";
import { BridgeError, type ErrorReport, reportError } from "../../src/domain/errors.ts";
import type { StoredThread, ThreadQuery } from "../../src/domain/stored-thread.ts";
import type { ThreadFrame, ThreadMessage } from "../../src/domain/thread.ts";
import type { TurnOutcome, TurnReport, TurnRequest } from "../../src/domain/turn.ts";
import type { TurnEvent } from "../../src/domain/turn-events.ts";
import type { Script, Stage } from "../agents/contract.ts";

/** A promise that the backend breaks. */
export type Flaw =
  | "throws"
  | "keeps running"
  | "loses interrupted threads"
  | "forgets threads"
  | "tells late"
  | "tells out of order"
  | "steers after the end"
  | "asks nobody"
  | "waits for an answer"
  | "counts a person's time"
  | "misses silence"
  | "takes any config"
  | "takes any id"
  | "goes on after closing"
  | "lists every thread"
  | "finds any words"
  | "calls a running thread free"
  | "forks nothing"
  | "forks into itself"
  | "lists archived threads";

const USAGE = { inputTokens: 2, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0 };
const NO_ARGUMENTS: Omit<CheckedConfig, "own"> = {
  ...{ model: undefined, reasoningEffort: undefined, developerInstructions: undefined, sandboxMode: undefined },
  ...{ approvalPolicy: undefined, networkAccess: undefined, writableRoots: undefined },
  ...{ excludeSlashTmp: undefined, excludeTmpdir: undefined },
};

interface Thread {
  readonly frame: ThreadFrame;
  readonly messages: ThreadMessage[];
  isRunning: boolean;
  isArchived: boolean;
}

/** The agent, which all backends of a stage share. */
interface Agent {
  readonly threads: Map<string, Thread>;
  readonly running: Set<object>;
  readonly breaks: (flaw: Flaw) => boolean;
  script: Script;
}

type End =
  | { readonly kind: "completed"; readonly content: string }
  | { readonly kind: "failed"; readonly error: ErrorReport; readonly isTimeUp: boolean }
  | { readonly kind: "interrupted" };

/** Opens a stage with such a backend; `flaw` is what it does wrong. */
export function openScriptedStage(flaw?: Flaw): Stage {
  const breaks = (other: Flaw): boolean => other === flaw;
  const agent: Agent = { threads: new Map(), running: new Set(), script: { does: "hang" }, breaks };
  return {
    backend: createScriptedBackend(agent),
    reopen: () => createScriptedBackend(breaks("forgets threads") ? { ...agent, threads: new Map() } : agent),
    script: (script) => {
      agent.script = script;
    },
    listRunning: () => [...agent.running],
    cwd: "/p",
    unknownThread: "t-999",
    allowed: { profile: "p" },
    denied: { config: { anything: 1 } },
    failure: "TURN_FAILED",
    short: { deadlineMs: 60, silenceMs: 60 },
    lacks: [],
    close: async () => {},
  };
}

function createScriptedBackend(agent: Agent): AgentBackend {
  const { threads, breaks } = agent;
  const turns = new Set<RunningTurn>();
  let isClosed = false;
  return {
    name: "scripted",
    agent: "Gnome",
    continues: [],
    capabilities: {
      canAsk: true,
      canSteer: true,
      canContinueInterrupted: true,
      projectInstructions: undefined,
      untold: [],
    },
    readDefaults: () => Promise.reject(new Error("no user has a set-up of it")),
    checkConfig: ({ config = {}, profile }) => {
      const [key] = Object.keys(config);
      if (key !== undefined && !breaks("takes any config")) throw new BridgeError("CONFIG_DENIED", `${key}.`);
      return { ...NO_ARGUMENTS, own: profile === undefined ? {} : { profile } };
    },
    parseThreadId: (text) => (/^t-\d+$/.test(text) || breaks("takes any id") ? text : undefined),
    findThread: async (threadId) => {
      const thread = threads.get(threadId);
      return thread === undefined ? { kind: "unknown" } : { kind: "found", frame: thread.frame };
    },
    readConversation: async (threadId, maxCharacters) => {
      const messages = threads.get(threadId)?.messages ?? [];
      let left = maxCharacters;
      return messages.filter((_, at) => {
        left = maxCharacters - messages.slice(at).reduce((sum, { text }) => sum + text.length, 0);
        return left >= 0;
      });
    },
    ...scriptThreads(agent),
    runInSandbox: async ({ command }) => ({
      ...{ exitCode: 0, timedOut: false, output: command, isCut: false, durationMs: 1, warnings: [] },
    }),
    startTurn: (request) => {
      const turn = new ScriptedTurn(agent, request).start();
      turns.add(turn);
      if (isClosed && !breaks("goes on after closing")) turn.interrupt();
      return turn;
    },
    close: async () => {
      isClosed = true;
      for (const turn of turns) turn.interrupt();
      await Promise.allSettled([...turns].map(({ outcome }) => outcome));
    },
  };
}

function scriptThreads({
  threads,
  breaks,
}: Agent): Pick<AgentBackend, "listThreads" | "searchThreads" | "findStoredThread" | "forkThread" | "setArchived"> {
  const list = ({ isWanted, withArchived, most }: ThreadQuery): StoredThread[] =>
    [...threads]
      .map(([threadId, thread]) => toStored(threadId, thread))
      .filter((thread) => isWanted(thread) || breaks("lists every thread"))
      .filter(({ isArchived }) => withArchived || !isArchived || breaks("lists archived threads"))
      .reverse()
      .slice(0, most);
  const walk = { isComplete: true, skipped: { unreadable: 0, compressed: 0, foreign: 0 } };
  return {
    listThreads: async (query) => ({ ...walk, threads: list(query) }),
    searchThreads: async (query, words) => {
      const textOf = (threadId: string) => (threads.get(threadId)?.messages ?? []).map(({ text }) => text).join("\n");
      const has = (text: string) =>
        words.every((word) => text.toLowerCase().includes(word)) || breaks("finds any words");
      const all = list(query).map((thread) => ({ ...thread, message: textOf(thread.threadId) }));
      const found = all.filter(({ message }) => has(message));
      return { ...walk, threads: found, searched: all.length, searchedInPart: 0 };
    },
    findStoredThread: async (threadId) => {
      const thread = threads.get(threadId);
      if (thread === undefined) return undefined;
      const stored = toStored(threadId, thread);
      return breaks("calls a running thread free") ? { ...stored, use: "free" } : stored;
    },
    forkThread: async ({ threadId, frame }) => {
      const source = threads.get(threadId);
      if (source === undefined) throw new BridgeError("THREAD_NOT_FOUND", "There is no such thread.");
      if (breaks("forks into itself")) return threadId;
      const forked = `t-${threads.size + 1}`;
      const messages = breaks("forks nothing") ? [] : [...source.messages];
      threads.set(forked, { frame, messages, isRunning: false, isArchived: false });
      return forked;
    },
    setArchived: async ({ threadId, isArchived }) => {
      const thread = threads.get(threadId);
      if (thread === undefined) throw new BridgeError("THREAD_NOT_FOUND", "There is no such thread.");
      thread.isArchived = isArchived;
    },
  };
}

function toStored(threadId: string, { frame, messages, isRunning, isArchived }: Thread): StoredThread {
  return {
    ...{ threadId, cwd: frame.cwd, origin: "scripted", lastUsedAt: 0, name: undefined, isArchived },
    ...{
      firstPrompt: messages[0]?.text,
      sandboxMode: frame.sandbox.mode,
      model: undefined,
      reasoningEffort: undefined,
    },
    use: isRunning ? "running" : "free",
  };
}

class ScriptedTurn {
  readonly #agent: Agent;
  readonly #request: TurnRequest;
  readonly #script: Script;
  readonly #process = {};
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #report: { threadId: string | undefined; commands: number; hasWorked: boolean };
  #end: (end: End) => void = () => {};
  #hasEnded = false;

  constructor(agent: Agent, request: TurnRequest) {
    this.#agent = agent;
    this.#request = request;
    this.#script = agent.script;
    this.#report = { threadId: request.threadId, commands: 0, hasWorked: false };
  }

  start(): RunningTurn {
    const { running, breaks } = this.#agent;
    running.add(this.#process);
    const ended = new Promise<End>((resolve) => {
      this.#end = resolve;
    });
    this.#watch();
    setImmediate(() => void this.#run());
    return {
      outcome: ended.then((end) => this.#settle(end)),
      interrupt: () => this.#end({ kind: "interrupted" }),
      steer: async () => (this.#hasEnded && !breaks("steers after the end") ? "not possible here" : "delivered"),
    };
  }

  #watch(): void {
    const { deadlineMs, silenceMs, quietMs, onEvent } = this.#request;
    const end = (code: "TURN_TIMED_OUT" | "TURN_STALLED"): void =>
      this.#end({ kind: "failed", error: reportError(code, "Its time is up."), isTimeUp: true });
    const isSilent = this.#script.does === "hang" && !this.#agent.breaks("misses silence");
    const isPaused = this.#script.does === "ask" && !this.#agent.breaks("counts a person's time");
    if (!isPaused) this.#timers.push(setTimeout(() => end("TURN_TIMED_OUT"), deadlineMs));
    if (!isSilent) return;
    this.#timers.push(setTimeout(() => end("TURN_STALLED"), silenceMs));
    this.#timers.push(setTimeout(() => onEvent({ kind: "quiet", forMs: quietMs }), quietMs));
  }

  async #run(): Promise<void> {
    const { frame, threadId } = this.#request;
    if (this.#hasEnded) return;
    if (frame.cwd !== "/p") return this.#fail("INVALID_ARGUMENT");
    const thread = threadId === undefined ? this.#open() : this.#agent.threads.get(threadId);
    if (thread === undefined) return this.#fail("THREAD_NOT_FOUND");
    const opening: TurnEvent[] = [{ kind: "thread", threadId: this.#report.threadId ?? "" }, { kind: "begun" }];
    for (const event of this.#agent.breaks("tells out of order") ? opening.reverse() : opening) this.#tell(event);
    thread.isRunning = true;
    thread.messages.push({ role: "user", text: this.#request.prompt });
    await this.#act(thread);
  }

  async #act(thread: Thread): Promise<void> {
    const script = this.#script;
    if (script.does === "hang") return;
    if (script.does === "fail") return this.#fail("TURN_FAILED");
    this.#report.hasWorked = true;
    if (script.does === "ask") return this.#answer(thread, await this.#ask(script));
    this.#tell({ kind: "item", phase: "started", id: "1", item: { type: "command", command: "true" } });
    if (script.does === "work") return;
    this.#report.commands = 1;
    this.#tell({ kind: "item", phase: "finished", id: "1", item: { type: "command", command: "true", exitCode: 0 } });
    this.#answer(thread, script.text);
  }

  async #ask({ question }: Extract<Script, { does: "ask" }>): Promise<string> {
    if (this.#agent.breaks("asks nobody")) return "no";
    const waiting = this.#request.ask(question);
    const answer = await waiting;
    if (answer.kind === "filled") return JSON.stringify(answer.values);
    return answer.kind === "chosen" ? answer.id : answer.kind;
  }

  #answer(thread: Thread, text: string): void {
    if (this.#hasEnded) return;
    thread.messages.push({ role: "assistant", text });
    this.#tell({ kind: "item", phase: "finished", id: "2", item: { type: "message", text } });
    this.#tell({ kind: "usage", usage: USAGE });
    this.#end({ kind: "completed", content: text });
  }

  #open(): Thread {
    const { threads } = this.#agent;
    const thread = { frame: this.#request.frame, messages: [], isRunning: false, isArchived: false };
    this.#report.threadId = `t-${threads.size + 1}`;
    threads.set(this.#report.threadId, thread);
    return thread;
  }

  #tell(event: TurnEvent): void {
    if (!this.#hasEnded) this.#request.onEvent(event);
  }

  #fail(code: "INVALID_ARGUMENT" | "THREAD_NOT_FOUND" | "TURN_FAILED"): void {
    this.#end({ kind: "failed", error: reportError(code, "It did not work."), isTimeUp: false });
  }

  async #settle(end: End): Promise<TurnOutcome> {
    const { breaks, running, threads } = this.#agent;
    const isInterrupted = end.kind === "interrupted";
    if (isInterrupted && breaks("waits for an answer") && this.#script.does === "ask") await new Promise(() => {});
    this.#hasEnded = true;
    const thread = threads.get(this.#report.threadId ?? "");
    if (thread !== undefined) thread.isRunning = false;
    for (const timer of this.#timers) clearTimeout(timer);
    if (!(isInterrupted && breaks("keeps running"))) running.delete(this.#process);
    if (isInterrupted && breaks("loses interrupted threads")) threads.clear();
    if (breaks("tells late")) setTimeout(() => this.#request.onEvent({ kind: "notice", text: "late" }), 5);
    if (end.kind === "failed" && breaks("throws")) throw new Error(end.error.message);
    if (end.kind === "completed") return { kind: end.kind, report: this.#toReport(end.content) };
    return { ...end, report: this.#toReport("") };
  }

  #toReport(content: string): TurnReport {
    const { threadId, commands, hasWorked } = this.#report;
    return {
      ...{ threadId, content, hasWorked, usage: content === "" ? undefined : USAGE },
      ...{ commands: { count: commands, failed: 0 }, refusedCommands: [], changes: [] },
      ...{ warnings: [], leftRunning: [], durationMs: 0 },
    };
  }
}
