// One case of the hostile client: a server of its own with a fake Codex, and the checks that every case ends with.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { nanoid } from "nanoid";
import { expect } from "vitest";
import { until } from "../support/lab.ts";
import {
  findMarked,
  killMarked,
  type Message,
  OUTLIVES,
  type StdioBridge,
  shakeHands,
  startStdioBridge,
} from "../support/stdio-bridge.ts";

type Id = string | number | null;

/** A prompt that holds this word makes the fake hang, with children in the background and in a session of their own. */
export const HANG = "HANG";
/** A prompt that holds this word makes the fake's turn fail. */
export const FAIL = "FAIL";
const BIN = join(import.meta.dirname, "../../dist/bin.js");
/** A file of this name in the project holds the events that the fake says in place of its own answer. */
const ANSWER_FILE = "said.jsonl";

export interface Attack {
  readonly bridge: StdioBridge;
  readonly project: string;
  /** Writes bytes as they are; the server owes an answer for each of the ids, as often as it is named. */
  write(bytes: string | Buffer, ...owed: Id[]): void;
  /** Sends a request, which is owed an answer. */
  ask(id: string | number, method: string, params?: unknown): void;
  /** Sends a call of a tool, with its id as progress token. */
  call(id: string | number, name: string, args: unknown): void;
  /** Cancels a call: whether an answer was on its way already is nobody's to know. */
  cancel(id: string | number): void;
  /** Has the fake answer this text from now on. */
  answerWith(text: string): void;
  /** Every answer to an id. */
  answers(id: Id): Message[];
  /** Processes of this case, less the server and its runner. */
  children(): string[];
  /** Turns that the fake Codex was started for. */
  countTurns(): number;
  /** Ends the jobs that outlive the server, as a person does. */
  stopJobs(): Promise<void>;
}

export interface AttackOptions {
  /** Whether the case shakes hands itself, if at all. */
  readonly isRaw?: boolean;
  /** Whether the case itself ends the server. */
  readonly isEnding?: boolean;
  readonly env?: Record<string, string>;
  readonly nodeFlags?: string[];
}

/** Runs one case. Whatever the client did: the server lives and answers, ends with code 0, and leaves nothing. */
export async function attack(act: (it: Attack) => Promise<void> | void, options: AttackOptions = {}): Promise<void> {
  const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  const mark = nanoid();
  const it = start(folder, mark, options);
  const { bridge } = it;
  try {
    if (options.isRaw !== true) await shakeHands(bridge);
    await act(it);
    if (options.isEnding !== true) {
      it.ask("the last", "ping");
      await until("every request is answered", () => !it.isOwing(), 60_000);
      bridge.process.stdin?.end();
    }
    await until("the server ends", () => bridge.process.exitCode !== null || bridge.process.signalCode !== null);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(it.findSurplus()).toEqual([]);
    expect(bridge.impure).toEqual([]);
    expect(bridge.messages.filter(hasLoneSurrogate)).toEqual([]);
    expect(bridge.stderr().split("\n").filter(isAlarming)).toEqual([]);
    await until("nothing is left over", () => findMarked(`LAB_CASE=${mark}`).length === 0, 5_000);
    // A server that has to end before it has looked twice leaves its record to the next one.
    if (options.isEnding !== true) expect(listRecords(folder, "runs")).toEqual([]);
    expect(listRecords(folder, "runners")).toEqual([]);
  } finally {
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    killMarked(`LAB_CASE=${mark}`);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

interface Ledger {
  isOwing(): boolean;
  /** Answers that nobody asked for. */
  findSurplus(): Message[];
}

function start(folder: string, mark: string, { env = {}, nodeFlags = [] }: AttackOptions): Attack & Ledger {
  const project = join(folder, "project");
  mkdirSync(project);
  mkdirSync(join(folder, "codex-home"));
  const whole = {
    HOME: folder,
    PATH: "/usr/bin:/bin",
    CODEX_BIN: writeFake(folder),
    CODEX_HOME: join(folder, "codex-home"),
    CODEX_API_KEY: "the key of nobody",
    BRIDGE_STATE_DIR: join(folder, "state"),
    BRIDGE_LOG_LEVEL: "debug",
    BRIDGE_DEPTH: "0",
    BRIDGE_JOBS: OUTLIVES ? "outlive" : "session",
    LAB_CASE: mark,
    ...env,
  };
  const bridge = startStdioBridge({ env: whole, cwd: project, nodeFlags });
  const owed = new Map<Id, number>();
  const owe = (id: Id): void => void owed.set(id, (owed.get(id) ?? 0) + 1);
  const cancelled = new Set<Id>(["init"]);
  const countAnswers = (): Map<Id, number> => {
    const counts = new Map<Id, number>();
    for (const { id, method } of bridge.messages) {
      if (method === undefined && id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  };
  const it: Attack & Ledger = {
    bridge,
    project,
    write: (bytes, ...ids) => {
      for (const id of ids) owe(id);
      bridge.write(bytes);
    },
    ask: (id, method, params) => {
      owe(id);
      bridge.send({ id, method, ...(params === undefined ? {} : { params }) });
    },
    call: (id, name, args) => it.ask(id, "tools/call", { name, arguments: args, _meta: { progressToken: id } }),
    cancel: (id) => {
      cancelled.add(id);
      bridge.send({ method: "notifications/cancelled", params: { requestId: id, reason: "test" } });
    },
    answerWith: (text) => {
      const item = { id: "i", type: "agent_message", text };
      writeFileSync(join(project, ANSWER_FILE), `${JSON.stringify({ type: "item.completed", item })}\n`);
    },
    answers: (id) => bridge.messages.filter((message) => message.id === id && message.method === undefined),
    children: () =>
      findMarked(`LAB_CASE=${mark}`)
        .filter(({ pid, command }) => pid !== bridge.process.pid && !command.endsWith(" run-jobs"))
        .map(({ command }) => command),
    countTurns: () => readText(join(folder, "turns")).length,
    stopJobs: async () => {
      await promisify(execFile)(process.execPath, [BIN, "jobs", "--stop"], { env: whole, cwd: project });
    },
    isOwing: () => {
      const counts = countAnswers();
      return [...owed].some(([id, times]) => !cancelled.has(id) && (counts.get(id) ?? 0) < times);
    },
    findSurplus: () => {
      const surplus = [...countAnswers()].filter(
        ([id, times]) => times > (owed.get(id) ?? (cancelled.has(id) ? 1 : 0)),
      );
      return surplus.flatMap(([id]) => it.answers(id));
    },
  };
  return it;
}

/** A Codex that answers what the bridge asks of it, notes each turn, and has done at once what it is told. */
function writeFake(folder: string): string {
  const id = "01a1fa4f-63b2-7772-b0a6-";
  const said = '{"type":"item.completed","item":{"id":"i","type":"agent_message","text":"done"}}';
  const done = '{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":2}}';
  const path = join(folder, "fake-codex");
  const lines = [
    "#!/bin/sh",
    'case "$*" in *--help*) echo --json --ephemeral; exit 0;; *"mcp list"*) exit 0;; esac',
    "prompt=$(cat)",
    `printf x >>${folder}/turns`,
    `id=$(printf '${id}%012x' $$)`,
    `for word; do case $word in ${id}*) id=$word;; esac; done`,
    `printf '{"type":"thread.started","thread_id":"%s"}\\n' $id`,
    `case $prompt in *${FAIL}*) echo '{"type":"turn.failed","error":{"message":"odd"}}'; exit 1;; esac`,
    `case $prompt in *${HANG}*) sleep 311 & setsid sleep 312 & wait;; esac`,
    `if [ -f ${ANSWER_FILE} ]; then cat ${ANSWER_FILE}; else printf '%s\\n' '${said}'; fi`,
    `printf '%s\\n' '${done}'`,
  ];
  writeFileSync(path, `${lines.join("\n")}\n`, { mode: 0o755 });
  return path;
}

// The log is on stderr too: a warning of Node's own is no line of it, and the level of errors is for what must not happen.
function isAlarming(line: string): boolean {
  return line !== "" && !/^\{"level":[234]0,/.test(line);
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function listRecords(folder: string, kind: string): string[] {
  const records = join(folder, "state", kind);
  return existsSync(records) ? readdirSync(records) : [];
}

// What strict readers refuse as JSON; an id and a progress token are the client's own words.
function hasLoneSurrogate({ id: _id, ...rest }: Message): boolean {
  const text = JSON.stringify(rest, (name, value: unknown) => (name === "progressToken" ? undefined : value));
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text);
}
