// Runs a program through execa: input in, lines out, exit status at the end. The only file that imports execa; it does so lazily, to keep the start short.
import type { Readable } from "node:stream";
import { createLineSplitter } from "../domain/line-splitter.ts";
import { requireFiles } from "./file-shortage.ts";
import { createOutputEnds } from "./output-ends.ts";

/** A program to run. */
export interface ProgramRequest {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Text for stdin, which is closed after it; or a stream, whose end closes stdin. */
  readonly input: string | Readable;
  /** If it aborts before the spawn, the program is not started. Ending a started program is the run ledger's task. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Receives the text after the last newline at the end of the output. Without this callback, that text is passed to `onLine`. */
  readonly onRest?: (rest: string) => void;
  /** As LineReader's. */
  readonly onLongLine: (bytes: number, head: string) => void;
}

/** How a program ended. For a program that could not be started, only `spawnError` is set. */
export interface ProgramEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The first 4 KiB and the last 16 KiB of stderr, with a line `[…]` between where that is not all. */
  readonly stderr: string;
  readonly spawnError: Error | undefined;
}

/** A started program. */
export interface RunningProgram {
  /** undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves once the program itself has exited and its lines are delivered, even if a grandchild still holds its pipes. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Kills the program itself, not the processes that it started. */
  readonly kill: () => void;
}

const NOT_STARTED: ProgramEnd = { exitCode: undefined, signal: undefined, stderr: "", spawnError: undefined };
const MAX_LINE_BYTES = 67_108_864;
/** What a program says first can prove that it was started, however much it says later. */
const STDERR_BYTES = { first: 4_096, last: 16_384 };
/** Time after the exit in which the rest of the output is read: a grandchild may keep the pipe open for ever. */
const DRAIN_MS = 100;
/** Limit for all of these times: a grandchild may also write for ever. */
const MOST_DRAIN_MS = 2_000;
/** Files that a spawn opens at once: three pipes with two ends, a pipe of libuv's, and some for what else runs meanwhile. */
const SPAWN_FILES = 16;

/**
 * Starts a program in its own session. execa does not end it: `run-processes.ts` ends all processes of a run.
 * Rejects only for an argument that contains a NUL, and with the system's error where too few files can be opened (`EMFILE`, `ENFILE`).
 */
export async function startProgram(request: ProgramRequest): Promise<RunningProgram> {
  requireFiles(SPAWN_FILES);
  const { execa } = await import("execa");
  // Checked last, with no await before the spawn: a run that was ended must not begin.
  if (request.signal.aborted) {
    return { pid: undefined, ended: Promise.resolve(NOT_STARTED), kill: () => {} };
  }
  // With too few files left, Node creates no pipes and only emits an error event on the child. execa (9.6.1) does not listen to it by then,
  // so the event would end the server.
  requireFiles(SPAWN_FILES);
  const child = execa(request.file, [...request.args], {
    cwd: request.cwd,
    env: { ...request.env },
    extendEnv: false,
    buffer: false,
    reject: false,
    cleanup: false,
    detached: true,
    input: request.input,
    encoding: "buffer",
  });
  const splitter = createLineSplitter(request, MAX_LINE_BYTES);
  let received = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    received += 1;
    splitter.push(chunk);
  });
  const stderr = createOutputEnds(STDERR_BYTES);
  child.stderr?.on("data", (chunk: Buffer) => {
    received += 1;
    stderr.push(chunk);
  });
  const streams = [child.stdin, child.stdout, child.stderr].filter((stream) => stream !== null && stream !== undefined);
  // A program that does not read its input closes the pipe early. Its exit status tells what happened, not the pipe's error.
  for (const stream of streams) stream.on("error", () => {});
  const exited = new Promise<void>((resolve) => {
    if (child.pid === undefined) resolve();
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const ended = finish();
  return { pid: child.pid, ended, kill: () => void child.kill("SIGKILL") };

  // Reads what was written before the exit and is still in the pipes. On a busy machine the time can be over before the pipes were read
  // once, so it starts again whenever something arrived.
  async function drain(): Promise<void> {
    let isClosed = false;
    const closed = Promise.race([new Promise((resolve) => child.once("close", resolve)), child]).then(() => {
      isClosed = true;
    });
    const until = performance.now() + MOST_DRAIN_MS;
    for (let before = -1; before !== received && !isClosed && performance.now() < until; ) {
      before = received;
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function finish(): Promise<ProgramEnd> {
    await exited;
    await drain();
    for (const stream of streams) stream.destroy();
    const result = await child;
    const rest = splitter.end();
    if (rest !== "") (request.onRest ?? request.onLine)(rest);
    return {
      exitCode: result.exitCode,
      signal: result.signal,
      stderr: stderr.toText(),
      spawnError:
        child.pid === undefined
          ? result.cause instanceof Error
            ? result.cause
            : new Error(result.shortMessage ?? "not started")
          : undefined,
    };
  }
}

/** What a short command printed. */
export interface CommandOutput {
  /** undefined where it was killed or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was killed from here: by the time limit, the signal, or the output limit. */
  readonly wasEnded: boolean;
  /** The signal that ended it. */
  readonly signal: string | undefined;
  readonly spawnError: Error | undefined;
}

/** Output limit of a short command, in UTF-16 units: a command that floods is killed before it fills the memory. */
const OUTPUT_LENGTH = 16_777_216;

/**
 * Runs a short command to its end. Kills the program itself after `timeoutMs`, when the signal aborts, or when it prints more than 16 Mi
 * characters. The run ledger ends the processes that it started.
 */
export async function runCommand(
  command: Pick<ProgramRequest, "file" | "args" | "env" | "cwd">,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<CommandOutput> {
  const lines: string[] = [];
  let length = 0;
  let wasEnded = false;
  const end = (): void => {
    wasEnded = true;
    program.kill();
  };
  const program = await startProgram({
    ...command,
    input: "",
    signal: limits.signal,
    onLine: (line) => {
      length += line.length + 1;
      if (length <= OUTPUT_LENGTH) lines.push(line);
      else end();
    },
    onLongLine: end,
  });
  const timer = setTimeout(end, limits.timeoutMs);
  // It may have aborted between the spawn and here; then there is no further event.
  if (limits.signal.aborted) end();
  limits.signal.addEventListener("abort", end, { once: true });
  const { exitCode, stderr, signal, spawnError } = await program.ended;
  clearTimeout(timer);
  limits.signal.removeEventListener("abort", end);
  return { exitCode, stdout: lines.join("\n"), stderr, wasEnded, signal, spawnError };
}
