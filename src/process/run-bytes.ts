// Runs a short program to its end with bytes in and out. `run-command` reads lines of text, which would lose a name that is no UTF-8.
import { requireFiles } from "./file-shortage.ts";

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

/**
 * Runs it. The program is killed after `timeoutMs`, when the signal aborts, when it prints more than `maxBytes`, and when this process exits.
 * Never rejects, except with the system's error where too few files can be opened (`EMFILE`, `ENFILE`).
 */
export async function runForBytes(
  command: BytesCommand,
  limits: { readonly timeoutMs: number; readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<BytesOutput> {
  requireFiles(SPAWN_FILES);
  const { execa } = await import("execa");
  const result = await execa(command.file, [...command.args], {
    cwd: command.cwd,
    env: { ...command.env },
    extendEnv: false,
    reject: false,
    encoding: "buffer",
    stripFinalNewline: false,
    input: command.input ?? Buffer.alloc(0),
    timeout: limits.timeoutMs,
    cancelSignal: limits.signal,
    killSignal: "SIGKILL",
    maxBuffer: limits.maxBytes,
  });
  const { exitCode, failed, shortMessage } = result;
  return {
    exitCode: result.isMaxBuffer ? undefined : exitCode,
    stdout: Buffer.from(result.stdout),
    stderr: Buffer.from(result.stderr).toString("utf8").slice(-STDERR_CHARACTERS),
    problem: failed && (exitCode === undefined || result.isMaxBuffer) ? shortMessage : undefined,
  };
}
