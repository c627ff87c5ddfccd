// The built server as a process of its own, spoken to in raw lines, as Claude Code would.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createProcessTable } from "../../src/process/process-table.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

export interface Message {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { code: number; message: string };
}

export interface StdioBridge {
  readonly process: ChildProcess;
  /** Every stdout line, parsed; a line that is not JSON throws here. */
  readonly messages: Message[];
  readonly stderr: () => string;
  write(text: string): void;
  send(message: Record<string, unknown>): void;
  call(id: number, name: string, args: Record<string, unknown>): void;
  /** Waits for the message that answers an id. */
  answer(id: number | string, limitMs?: number): Promise<Message>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

export function startStdioBridge(options: { env: Record<string, string>; cwd: string; words?: string[] }): StdioBridge {
  const child = spawn(process.execPath, [BIN, ...(options.words ?? [])], {
    env: options.env,
    cwd: options.cwd,
    stdio: "pipe",
  });
  const messages: Message[] = [];
  let pending = "";
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdout.on("data", (chunk) => {
    const lines = (pending + chunk).split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) messages.push(JSON.parse(line) as Message);
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  const bridge: StdioBridge = {
    process: child,
    messages,
    stderr: () => stderr,
    write: (text) => void child.stdin.write(text),
    send: (message) => bridge.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    call: (id, name, args) =>
      bridge.send({ id, method: "tools/call", params: { name, arguments: args, _meta: { progressToken: id } } }),
    answer: async (id, limitMs = 20_000) => {
      const end = Date.now() + limitMs;
      for (;;) {
        const found = messages.find((message) => message.id === id && message.method === undefined);
        if (found !== undefined) return found;
        if (Date.now() > end) throw new Error(`no answer to ${id}; stderr: ${stderr}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    exited,
  };
  return bridge;
}

export async function shakeHands(bridge: StdioBridge): Promise<Message> {
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
