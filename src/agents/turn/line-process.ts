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
  #listener: LineListener = NOBODY;
  #end: ProgramEnd | undefined;

  constructor({ key }: LineLaunch, { ledger, newId }: LineProcessParts) {
    this.key = key;
    this.#runId = newId();
    this.#ledger = ledger;
  }

  /** Starts it, once. Rejects as `startProgram`; then nothing is running. */
  async start({ file, args, env, cwd, areas }: LineLaunch, signal: AbortSignal): Promise<void> {
    this.#ledger.begin(this.#runId, `${MARK_NAME}=${this.#runId}`, areas);
    try {
      this.#program = await startProgram({
        file,
        args,
        cwd,
        env: { ...env, [MARK_NAME]: this.#runId },
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

  /** What it has started and is alive. It stays on record until the bridge ends. */
  listLeft(): readonly LeftRunning[] {
    const left = this.#ledger.leave(this.#runId);
    if (this.pid !== undefined && this.isAlive) this.#ledger.attach(this.#runId, this.pid);
    return left;
  }

  /**
   * Ends the process alone, which no turn uses: what a turn left running goes on. It has `graceMs` to write down the end of its last turn.
   * Never rejects.
   */
  async close(graceMs = EXIT_MS): Promise<void> {
    this.#input.end();
    await waitAtMost(this.ended, graceMs);
    if (this.isAlive) {
      this.#program?.kill();
      await waitAtMost(this.ended, EXIT_MS);
    }
    this.#ledger.leave(this.#runId);
  }
}
