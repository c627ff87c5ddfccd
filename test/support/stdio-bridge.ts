// The built server as a process of its own, spoken to in raw lines, as Claude Code would.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { isRecord } from "../../src/domain/guards.ts";
import { createLineSplitter } from "../../src/domain/line-splitter.ts";
import { createProcessTable } from "../../src/process/process-table.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
/** Another Node than this one may run the server: test:hostile names it. */
const NODE = process.env["LAB_NODE_BIN"] ?? process.execPath;
const MAX_LINE_BYTES = 67_108_864;

/** The era that requests belong to; test:hostile goes through both. */
export const ERA = process.env["LAB_ERA"] === "modern" ? "modern" : "legacy";

/** Whether jobs outlive their bridge; test:hostile says so. */
export const OUTLIVES = process.env["LAB_JOBS"] === "outlive";

export const TASKS = { extensions: { "io.modelcontextprotocol/tasks": {} } };

/** What a client of the new era can do, where a test does not say. One that takes tasks has all its calls run in the runner. */
const DECLARED: unknown = OUTLIVES ? TASKS : {};

/** The `_meta` of a request of the new era. */
export const toEnvelope = (
  capabilities: unknown = DECLARED,
  version: unknown = "2026-07-28",
): Record<string, unknown> => ({
  "io.modelcontextprotocol/protocolVersion": version,
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": capabilities,
});

export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string };
}

export interface StdioBridge {
  readonly process: ChildProcess;
  /** Every stdout line, parsed; a line that is no JSON-RPC object throws here. */
  readonly messages: Message[];
  /** The lines that threw. */
  readonly impure: readonly string[];
  readonly stderr: () => string;
  write(text: string | Buffer): void;
  /** Sends a message; a request of the new era gets its envelope, unless it brings one. */
  send(message: Record<string, unknown>): void;
  /** Says what the client can do: from now on, in each request of the new era. */
  declare(capabilities: unknown): void;
  call(id: number, name: string, args: Record<string, unknown>): void;
  /** Waits for the message that answers an id. */
  answer(id: number | string, limitMs?: number): Promise<Message>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

export interface StdioBridgeOptions {
  env: Record<string, string>;
  cwd: string;
  words?: string[];
  /** Flags of Node's own. */
  nodeFlags?: string[];
  /** Program and words that start the server. */
  through?: string[];
}

export function startStdioBridge(options: StdioBridgeOptions): StdioBridge {
  const words = [...(options.through ?? []), NODE, ...(options.nodeFlags ?? []), BIN, ...(options.words ?? [])];
  const child = spawn(words[0] ?? NODE, words.slice(1), {
    env: options.env,
    cwd: options.cwd,
    stdio: "pipe",
  });
  let declared = DECLARED;
  const messages: Message[] = [];
  const impure: string[] = [];
  const waiting = new Set<(message: Message) => void>();
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  const take = (line: string): void => {
    const message = parseMessage(line);
    if (message === undefined) {
      impure.push(line);
      throw new Error(`an impure line on stdout: ${line.slice(0, 500)}`);
    }
    messages.push(message);
    for (const look of waiting) look(message);
  };
  const splitter = createLineSplitter({ onLine: take, onLongLine: (bytes) => take(`${bytes} bytes`) }, MAX_LINE_BYTES);
  child.stdout.on("data", (chunk: Buffer) => splitter.push(chunk));
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  const bridge: StdioBridge = {
    process: child,
    messages,
    impure,
    stderr: () => stderr,
    write: (text) => void child.stdin.write(text),
    send: (message) => bridge.write(`${JSON.stringify({ jsonrpc: "2.0", ...ofEra(message, declared) })}\n`),
    declare: (capabilities) => {
      declared = capabilities;
    },
    call: (id, name, args) =>
      bridge.send({ id, method: "tools/call", params: { name, arguments: args, _meta: { progressToken: id } } }),
    answer: (id, limitMs = 20_000) =>
      new Promise((resolve, reject) => {
        const isAnswer = (message: Message): boolean => message.id === id && message.method === undefined;
        const found = messages.find(isAnswer);
        if (found !== undefined) {
          resolve(found);
          return;
        }
        const look = (message: Message): void => {
          if (!isAnswer(message)) return;
          waiting.delete(look);
          clearTimeout(late);
          resolve(message);
        };
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no answer to ${id}; stderr: ${stderr}`));
        }, limitMs);
        waiting.add(look);
      }),
    exited,
  };
  return bridge;
}

/** A line of JSON-RPC; undefined for any other. */
function parseMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || value["jsonrpc"] !== "2.0") return undefined;
    const isRequest = typeof value["method"] === "string";
    const isResponse = "id" in value && "result" in value !== "error" in value;
    return isRequest !== isResponse ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

// Params that cannot hold an envelope stay as they are.
function ofEra(message: Record<string, unknown>, capabilities: unknown): Record<string, unknown> {
  const { id, method, params = {} } = message;
  if (ERA === "legacy" || id === undefined || method === undefined || !isRecord(params)) return message;
  const { _meta = {} } = params;
  return isRecord(_meta)
    ? { ...message, params: { ...params, _meta: { ...toEnvelope(capabilities), ..._meta } } }
    : message;
}

export async function shakeHands(bridge: StdioBridge): Promise<Message> {
  if (ERA === "modern") {
    bridge.send({ id: "init", method: "server/discover" });
    return bridge.answer("init");
  }
  bridge.send({
    id: "init",
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
  });
  const answer = await bridge.answer("init");
  bridge.send({ method: "notifications/initialized" });
  return answer;
}

/** Living processes that have `NAME=value` in their environment. */
export function findMarked(mark: string): { pid: number; command: string }[] {
  const table = createProcessTable("linux");
  return table
    .list()
    .filter((entry) => table.environment(entry.pid)?.includes(mark) === true)
    .map(({ pid }) => ({ pid, command: table.commandLine(pid) }));
}

/** Ends every process that `findMarked` finds; one that has gone meanwhile is no error. */
export function killMarked(mark: string): void {
  for (const { pid } of findMarked(mark)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}
