// A process of an agent that runs turns of one thread and is kept between them: lines in, lines out.
import { PassThrough } from "node:stream";
import type { LeftRunning } from "../../domain/turn.ts";
import { type ProgramEnd, type RunningProgram, startProgram } from "../../process/program.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import { MARK_NAME } from "./run-mark.ts";
import { waitAtMost } from "./wait-at-most.ts";

/** What is started. */
export interface LineLaunch {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Directories that its turns may write in. */
  readonly areas: readonly string[];
  /** A process that was started with the same key can run the turn. */
  readonly key: string;
  /** Puts the program into a sandbox, which ends as a whole with it. Undefined starts it without one. */
  readonly wrap?: ((program: PlainProgram) => WrappedProgram) | undefined;
}

/** A program to start. */
export interface PlainProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A program within its sandbox. */
export interface WrappedProgram extends PlainProgram {
  /** Words in the command lines of the program and of every process of the sandbox, and of no process that the program starts. */
  readonly ownWords: readonly string[];
  /** Why the program was never started: its sandbox did not start, or does not hold. Undefined if it was started. */
  findRefusal(end: Pick<ProgramEnd, "stderr" | "spawnError">): string | undefined;
  /** Names that the sandbox may leave behind: see `RunFacts.absent`. */
  readonly absentNames: readonly string[];
}

/** What listens to a process. There is one listener at a time. */
export interface LineListener {
  readonly onLine: (line: string) => void;
  readonly onLongLine: () => void;
}

/** Parts of a process. */
export interface LineProcessParts {
  readonly ledger: RunLedger;
  readonly newId: () => string;
}

/** Measured when idle: 34 ms for Claude Code, 36 ms for Gemini CLI. */
const EXIT_MS = 2_000;

const NOBODY: LineListener = { onLine: () => {}, onLongLine: () => {} };

/** A process. */
export class LineProcess {
  readonly key: string;
  readonly #runId: string;
  readonly #ledger: RunLedger;
  readonly #input = new PassThrough();
  #program: RunningProgram | undefined;
  #wrapped: WrappedProgram | undefined;
  #listener: LineListener = NOBODY;
  #end: ProgramEnd | undefined;

  constructor({ key }: LineLaunch, { ledger, newId }: LineProcessParts) {
    this.key = key;
    this.#runId = newId();
    this.#ledger = ledger;
  }

  /** Starts it, once. Rejects as `startProgram` and `wrap`; then nothing is running. */
  async start({ file, args, env, cwd, areas, wrap }: LineLaunch, signal: AbortSignal): Promise<void> {
    const program = { file, args, cwd, env: { ...env, [MARK_NAME]: this.#runId } };
    this.#wrapped = wrap?.(program);
    this.#ledger.begin(this.#runId, `${MARK_NAME}=${this.#runId}`, { areas, absent: this.#wrapped?.absentNames });
    try {
      this.#program = await startProgram({
        ...(this.#wrapped ?? program),
        input: this.#input,
        signal,
        onLine: (line) => this.#listener.onLine(line),
        onLongLine: () => this.#listener.onLongLine(),
      });
    } catch (error) {
      this.#ledger.forget(this.#runId);
      throw error;
    }
    const { pid } = this.#program;
    if (pid === undefined) this.#ledger.forget(this.#runId);
    else this.#ledger.attach(this.#runId, pid);
    void this.#program.ended.then((end) => {
      this.#end = end;
      this.#input.destroy();
    });
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#program?.pid;
  }

  get isAlive(): boolean {
    return this.pid !== undefined && this.#end === undefined;
  }

  /** Whether it can be given a prompt: it has not exited, not even a moment ago, so that its end is not told yet. */
  get isThere(): boolean {
    return this.pid !== undefined && this.isAlive && !this.#ledger.isGone(this.pid);
  }

  /** Resolves when the process has ended, and its lines are delivered. Never rejects. */
  get ended(): Promise<ProgramEnd> {
    if (this.#program === undefined) throw new Error("not started");
    return this.#program.ended;
  }

  /** Gives its lines to a listener, and no longer to the one before. */
  listen(listener: LineListener | undefined): void {
    this.#listener = listener ?? NOBODY;
  }

  send(line: string): void {
    this.#input.write(`${line}\n`);
  }

  /** Ends it with everything that it has started. Never rejects. */
  async kill(): Promise<void> {
    await this.#ledger.kill(this.#runId);
    // In case the processes could not be looked at.
    this.#program?.kill();
    await waitAtMost(this.ended, EXIT_MS);
  }

  /** Why it was never started, though its sandbox was: undefined if it was. To be asked once it has ended without a word. */
  findRefusal(): string | undefined {
    return this.#end === undefined ? undefined : this.#wrapped?.findRefusal(this.#end);
  }

  /** What it has started and is alive. It stays on record until the bridge ends. */
  listLeft(): readonly LeftRunning[] {
    const left = this.#ledger.leave(this.#runId, this.#wrapped?.ownWords);
    if (this.pid !== undefined && this.isAlive) this.#ledger.attach(this.#runId, this.pid);
    return left;
  }

  /**
   * Ends the process alone, which no turn uses: what a turn left running goes on, except in a sandbox. It has `graceMs` to write down the end
   * of its last turn. Never rejects.
   */
  async close(graceMs = EXIT_MS): Promise<void> {
    this.#input.end();
    await waitAtMost(this.ended, graceMs);
    if (this.#wrapped !== undefined) {
      await this.kill();
      return;
    }
    if (this.isAlive) {
      this.#program?.kill();
      await waitAtMost(this.ended, EXIT_MS);
    }
    this.#ledger.leave(this.#runId);
  }
}
