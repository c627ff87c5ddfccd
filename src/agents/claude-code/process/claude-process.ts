// One process of Claude Code, which runs turns of one thread: lines in, lines out (docs/claude-code.md#as-a-callee).
import { PassThrough } from "node:stream";
import type { LeftRunning } from "../../../domain/turn.ts";
import { type ProgramEnd, type RunningProgram, startProgram } from "../../../process/program.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import type { ClaudeLaunch } from "../launch/claude-launch.ts";

/** What listens to a process. There is one listener at a time. */
export interface ClaudeListener {
  readonly onLine: (line: string) => void;
  readonly onLongLine: () => void;
}

/** Parts of a process. */
export interface ClaudeProcessParts {
  readonly ledger: RunLedger;
  readonly newId: () => string;
}

/** Measured when idle: 34 ms. */
const EXIT_MS = 2_000;
/** Measured: 4 to 30 ms, in a command too. */
const INTERRUPT_MS = 1_000;

const NOBODY: ClaudeListener = { onLine: () => {}, onLongLine: () => {} };

/** A process. */
export class ClaudeProcess {
  readonly key: string;
  readonly #runId: string;
  readonly #ledger: RunLedger;
  readonly #input = new PassThrough();
  #program: RunningProgram | undefined;
  #listener: ClaudeListener = NOBODY;
  #end: ProgramEnd | undefined;

  private constructor(launch: ClaudeLaunch, { ledger, newId }: ClaudeProcessParts) {
    this.key = launch.key;
    this.#runId = newId();
    this.#ledger = ledger;
  }

  /** Starts one. `threadArgs` name its thread. Rejects as `startProgram`; then nothing is running. */
  static async start(
    launch: ClaudeLaunch,
    threadArgs: readonly string[],
    parts: ClaudeProcessParts,
    signal: AbortSignal,
  ): Promise<ClaudeProcess> {
    const made = new ClaudeProcess(launch, parts);
    await made.#start(launch, threadArgs, signal);
    return made;
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
  listen(listener: ClaudeListener | undefined): void {
    this.#listener = listener ?? NOBODY;
  }

  send(line: string): void {
    this.#input.write(`${line}\n`);
  }

  /** Has it stop its turn, then ends it with everything that it has started. `stopped` settles when it has stopped. Never rejects. */
  async stop(stopped: Promise<unknown>): Promise<void> {
    if (this.isAlive) {
      this.send(JSON.stringify({ type: "control_request", request_id: "stop", request: { subtype: "interrupt" } }));
      await waitAtMost(Promise.race([stopped, this.ended]), INTERRUPT_MS);
    }
    await this.kill();
  }

  /** Ends it with everything that it has started. Never rejects. */
  async kill(): Promise<void> {
    await this.#ledger.kill(this.#runId);
    // In case the processes could not be looked at.
    this.#program?.kill();
    await waitAtMost(this.ended, EXIT_MS);
  }

  /** What its turns have started and is alive. It stays on record until the bridge ends. */
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

  async #start({ file, args, env, cwd, flags }: ClaudeLaunch, threadArgs: readonly string[], signal: AbortSignal) {
    const { mode, writableRoots } = flags.inForce;
    const areas = mode === "read-only" ? [] : [cwd, ...writableRoots];
    this.#ledger.begin(this.#runId, `${MARK_NAME}=${this.#runId}`, areas);
    try {
      this.#program = await startProgram({
        file,
        args: [...args, ...threadArgs],
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
}
