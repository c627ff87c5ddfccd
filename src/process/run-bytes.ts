// Runs a short program to its end with bytes in and out. `run-command` reads lines of text, which would lose a name that is no UTF-8.
import type { ChildProcess } from "node:child_process";
import { requireFiles } from "./file-shortage.ts";
import { killGroup, type OwnedGroup, ownGroup } from "./owned-groups.ts";

/** A short program to run. */
export interface BytesCommand {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Bytes for stdin, which is closed after them. */
  readonly input?: Buffer | undefined;
}

/** What it printed. */
export interface BytesOutput {
  /** undefined where it was killed or could not be started. */
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  /** Its last 2,000 characters. */
  readonly stderr: string;
  /** Why it has no exit code, in the system's words; undefined where it has one. */
  readonly problem: string | undefined;
}

/** Files that a spawn opens at once: three pipes with two ends, and some for what else runs meanwhile. */
const SPAWN_FILES = 16;
const STDERR_CHARACTERS = 2_000;
/** Time after the limit until what is left is ended. */
const END_MS = 20;

/** What ends a program that does not end by itself. */
export interface BytesLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Runs it in a process group of its own. The group is killed after `timeoutMs`, when the signal aborts, when it prints more than `maxBytes`,
 * and when this process ends. Then nothing more is read, also where a process has left the group and holds the output open.
 * Never rejects, except with the system's error where too few files can be opened (`EMFILE`, `ENFILE`).
 */
export async function runForBytes(command: BytesCommand, limits: BytesLimits): Promise<BytesOutput> {
  requireFiles(SPAWN_FILES);
  const { execa } = await import("execa");
  const own = ownGroup();
  try {
    return await runOwned(command, limits, { execa, own: own.group });
  } finally {
    own.release();
  }
}

async function runOwned(
  command: BytesCommand,
  limits: BytesLimits,
  { execa, own }: { readonly execa: typeof import("execa")["execa"]; readonly own: OwnedGroup },
): Promise<BytesOutput> {
  const child = execa(command.file, [...command.args], {
    cwd: command.cwd,
    env: { ...command.env },
    extendEnv: false,
    reject: false,
    detached: true,
    encoding: "buffer",
    stripFinalNewline: false,
    input: command.input ?? Buffer.alloc(0),
    timeout: limits.timeoutMs,
    cancelSignal: limits.signal,
    killSignal: "SIGKILL",
    maxBuffer: limits.maxBytes,
  });
  own.pid = child.pid;
  const stopWatching = watch(child, limits);
  const result = await child;
  stopWatching();
  const { exitCode, failed, shortMessage } = result;
  // The program itself may have ended well, and what it started was killed.
  const wasEnded = result.isMaxBuffer || result.timedOut || result.isCanceled;
  return {
    exitCode: wasEnded ? undefined : exitCode,
    stdout: Buffer.from(result.stdout),
    stderr: Buffer.from(result.stderr).toString("utf8").slice(-STDERR_CHARACTERS),
    problem: failed && (exitCode === undefined || wasEnded) ? shortMessage : undefined,
  };
}

// execa kills the program alone, and waits until its output is closed, which what it started may hold open.
function watch(
  child: Pick<ChildProcess, "pid" | "once" | "stdin" | "stdout" | "stderr">,
  { timeoutMs, signal }: BytesLimits,
): () => void {
  const { pid } = child;
  if (pid === undefined) return () => {};
  const end = (): void => {
    killGroup(pid);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  };
  // Later than execa's own limit, so that execa says why it ended.
  const timer = setTimeout(end, timeoutMs + END_MS);
  const endSoon = (): void => void setImmediate(end);
  signal.addEventListener("abort", endSoon, { once: true });
  child.once("exit", (_code, by) => {
    if (by !== null) end();
  });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", endSoon);
  };
}
