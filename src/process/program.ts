// Runs a program through execa: prompt in, lines out, an exit. The only file that imports execa, and lazily: it is not needed to start.
import type { Readable } from "node:stream";
import { createLineSplitter } from "../domain/line-splitter.ts";
import { requireFiles } from "./file-shortage.ts";

/** A program to run. */
export interface ProgramRequest {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** Whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Text for stdin, which is then closed; or a stream, with which it ends. */
  readonly input: string | Readable;
  /** Aborted before the spawn: the program is not started. Ending it later is the run ledger's. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Gets what stood after the last newline once the output is over; without it that is a line too. */
  readonly onRest?: (rest: string) => void;
  readonly onLongLine: (bytes: number) => void;
}

/** How a program ended. A program that could not be started has a `spawnError` and nothing else. */
export interface ProgramEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The last 16 KiB of stderr. */
  readonly stderr: string;
  readonly spawnError: Error | undefined;
}

/** A started program. */
export interface RunningProgram {
  /** undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves once the program itself has exited and its lines are delivered, even while a grandchild holds its pipes. Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  /** Kills the program itself, and nothing that it has started. */
  readonly kill: () => void;
}

const NOT_STARTED: ProgramEnd = { exitCode: undefined, signal: undefined, stderr: "", spawnError: undefined };
const MAX_LINE_BYTES = 67_108_864;
const STDERR_BYTES = 16_384;
/** What a program has written is read within this time after its exit; a grandchild may keep the pipe open for ever. */
const DRAIN_MS = 100;
/** A grandchild may also write for ever. */
const MOST_DRAIN_MS = 2_000;
/** Files that a spawn needs at once: three pipes with two ends, a pipe of libuv's own, and a few for others meanwhile. */
const SPAWN_FILES = 16;

/**
 * Starts a program in a session of its own. Ending it is not execa's: `run-processes.ts` ends all that belongs to a run.
 * Rejects for an argument that holds a NUL, with what the system says where too few files are left to open (`EMFILE`, `ENFILE`), and for nothing else.
 */
export async function startProgram(request: ProgramRequest): Promise<RunningProgram> {
  requireFiles(SPAWN_FILES);
  const { execa } = await import("execa");
  // The last look, with nothing awaited before the spawn: a run that was ended must not begin.
  if (request.signal.aborted) {
    return { pid: undefined, ended: Promise.resolve(NOT_STARTED), kill: () => {} };
  }
  // With too few files left, Node makes no pipes and tells it by an event of the child alone, which execa (9.6.1) does not listen to by
  // then: it would end the server.
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
  let stderr: Buffer = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    received += 1;
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_BYTES);
  });
  const streams = [child.stdin, child.stdout, child.stderr].filter((stream) => stream !== null && stream !== undefined);
  // A program that does not read its prompt closes the pipe early: that is its exit's business.
  for (const stream of streams) stream.on("error", () => {});
  const exited = new Promise<void>((resolve) => {
    if (child.pid === undefined) resolve();
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const ended = finish();
  return { pid: child.pid, ended, kill: () => void child.kill("SIGKILL") };

  // What was written before the exit lies in the pipes. On a busy machine the time can be over before they were looked at once, so it
  // begins anew as long as something came.
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
      stderr: stderr.toString("utf8"),
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
  /** undefined where it was ended or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was ended from here: by its time, the signal, or a flood. */
  readonly wasEnded: boolean;
  /** The signal that it died of. */
  readonly signal: string | undefined;
  readonly spawnError: Error | undefined;
}

/** Longest output of a short command, in UTF-16 units; one that floods is ended before it fills the memory. */
const OUTPUT_LENGTH = 16_777_216;

/**
 * Runs a short command to its end. After `timeoutMs`, when the signal aborts, or when it prints more than 16 Mi characters,
 * the program itself is killed; what it has started is the run ledger's to end.
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
  // It may have aborted between the spawn and here, and would not tell a second time.
  if (limits.signal.aborted) end();
  limits.signal.addEventListener("abort", end, { once: true });
  const { exitCode, stderr, signal, spawnError } = await program.ended;
  clearTimeout(timer);
  limits.signal.removeEventListener("abort", end);
  return { exitCode, stdout: lines.join("\n"), stderr, wasEnded, signal, spawnError };
}
