// One turn on a loaded thread: from `turn/start` to `turn/completed`, or to the end of its server.

import { toBridgeError } from "../../../domain/errors.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { CodexTurn } from "../../codex/turn/codex-turn.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import type { TurnClocks } from "../../codex/turn/turn-clocks.ts";
import type { TurnParts } from "../../codex/turn/turn-parts.ts";
import type { Fields } from "../protocol/fields.ts";
import { readTurn } from "../protocol/turn-answers.ts";
import type { ServerQuestions } from "../questions/server-questions.ts";
import { createTurnQuestions } from "../questions/turn-questions.ts";
import { RpcError, type ServerEnd, ServerEnded } from "../server/server-errors.ts";
import type { ThreadListener } from "../server/server-types.ts";
import type { LoadedThread } from "../thread/loaded-thread.ts";
import { toRequestFailure } from "../thread/request-failure.ts";
import { toTurnParams } from "./turn-params.ts";
import { TurnReader } from "./turn-reader.ts";

/** Time limit for the answer to `turn/start`, which comes before the model is asked. */
const START_MS = 30_000;
/** Time limit for each step of an interruption. Measured: 17 to 130 ms. */
const STEP_MS = 3_000;
/** Pause before a refused interruption is asked for again. */
const AGAIN_MS = 20;

/** Code of the error for a question that nobody answers any more. */
const TURN_OVER = -32_000;

const COMPLETED: ProgramEnd = { exitCode: 0, signal: undefined, stderr: "", spawnError: undefined };

/** A running turn on an app server. */
export class AppServerTurn implements ThreadListener {
  readonly #request: CodexTurnRequest;
  readonly #parts: TurnParts;
  readonly #thread: LoadedThread;
  readonly #turn: CodexTurn;
  #clocks: TurnClocks | undefined;
  #turnId: string | undefined;
  readonly #reader: TurnReader;
  readonly #questions: ServerQuestions;
  #end: (end: ProgramEnd) => void = () => {};
  readonly #over = new Promise<ProgramEnd>((resolve) => {
    this.#end = resolve;
  });
  #isOver = false;
  #isUnsure = false;
  #hasSkipped = false;
  /** Settles when `turn/start` was answered, or was not sent. */
  #started: Promise<void> = Promise.resolve();

  constructor(request: CodexTurnRequest, parts: TurnParts, thread: LoadedThread) {
    this.#request = request;
    this.#parts = parts;
    this.#thread = thread;
    this.#turn = new CodexTurn(request, parts, () => this.#endEarly());
    this.#reader = new TurnReader({ usageBefore: thread.usageTotal });
    this.#questions = createTurnQuestions(request, this.#turn, () => this.#clocks?.pause() ?? (() => {}));
    void this.#over.then(() => {
      this.#isOver = true;
    });
  }

  /** Runs it. Afterwards none of its processes is alive, except those that a completed turn left running. */
  async run(): Promise<TurnOutcome> {
    const { signal } = this.#request;
    const onAbort = (): void => this.#turn.stop.cancel();
    const detach = this.#thread.attach(this);
    const clocks = this.#turn.startClocks();
    this.#clocks = clocks;
    try {
      this.#turn.read((state) => {
        state.threadId = this.#thread.as.threadId;
        return { kind: "thread", threadId: state.threadId };
      });
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      if (!this.#turn.stop.isStopped) this.#started = this.#start();
      const end = await Promise.race([this.#over, this.#untilStopped()]);
      clocks.stop();
      // Codex lets the commands of a completed turn run on, in every sandbox. With `codex exec` they end with the program.
      if (!this.#turn.stop.isStopped) await this.#cleanTerminals(STEP_MS);
      return await this.#turn.finish(end);
    } finally {
      clocks.stop();
      detach();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Gives the model further input. Says whether it was taken. Never rejects. */
  async steer(text: string): Promise<boolean> {
    const turnId = this.#turnId;
    if (turnId === undefined || this.#isOver || this.#turn.stop.isStopped) return false;
    const { threadId } = this.#thread.as;
    const params = { threadId, expectedTurnId: turnId, input: [{ type: "text", text }] };
    return this.#thread.connection.request("turn/steer", params, { timeoutMs: STEP_MS }).then(
      () => true,
      () => false,
    );
  }

  // A turn that was ended early is over when its processes are, whatever the server says of it.
  async #untilStopped(): Promise<ProgramEnd> {
    await this.#turn.stop.stopped;
    await this.#turn.stop.settle();
    return COMPLETED;
  }

  async #start(): Promise<void> {
    const { connection, as } = this.#thread;
    const onResult = (result: JsonObject): void => this.#begin(result);
    const params = toTurnParams(as.threadId, this.#request);
    try {
      await connection.request("turn/start", params, { timeoutMs: START_MS, onResult, onLate: onResult });
    } catch (error) {
      // With its server the turn ends by itself.
      if (error instanceof ServerEnded) return;
      // Without an answer it is not known whether the turn runs.
      this.#isUnsure = !(error instanceof RpcError);
      this.#turn.stop.endWith(toBridgeError(toRequestFailure(error, "turn/start")));
    }
  }

  #begin(result: JsonObject): void {
    const turnId = readTurn(result)?.id;
    if (turnId === undefined) return;
    this.#turnId = turnId;
    for (const { method, params } of this.#reader.nameTurn(turnId)) this.notification(method, params);
  }

  notification(method: string, params: Fields): void {
    if (this.#isOver) return;
    this.#questions.see(method, params);
    const read = (state: StreamState): TurnEvent | undefined => this.#reader.read(state, method, params);
    // A turn that is being ended tells nothing more, but its end still has to be seen.
    if (this.#turn.stop.isStopped) read(this.#turn.state);
    else this.#turn.read(read);
    this.#clocks?.sawEvent(this.#turn.state.openItems.size > 0);
    if (this.#reader.over !== undefined) this.#end(COMPLETED);
  }

  async request(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    if (this.#isOver || this.#turn.stop.isStopped) throw new RpcError(TURN_OVER, "the turn has ended");
    return this.#questions.answer(method, params, signal);
  }

  skipped(): void {
    if (!this.#hasSkipped)
      this.#turn.state.warnings.push("Codex sent a line that was too long to read; it was skipped.");
    this.#hasSkipped = true;
  }

  ended({ exitCode, signal, stderr }: ServerEnd): void {
    this.#end({ exitCode, signal, stderr, spawnError: undefined });
  }

  // Codex lets commands run on when a turn is interrupted, so they are ended after it, by name and then by mark
  // (docs/codex-cli.md#app-server).
  async #endEarly(): Promise<void> {
    const isInterrupted = this.#isOver || (await this.#interrupt());
    if (isInterrupted) await this.#cleanTerminals(STEP_MS);
    else await this.#thread.abandon();
    await this.#parts.ledger.kill(this.#parts.runId);
  }

  async #cleanTerminals(timeoutMs: number): Promise<void> {
    const { connection, as } = this.#thread;
    const params = { threadId: as.threadId };
    await connection.request("thread/backgroundTerminals/clean", params, { timeoutMs }).catch(() => {});
  }

  // Whether the server has ended the turn.
  async #interrupt(): Promise<boolean> {
    const limit = new Promise<false>((resolve) => setTimeout(resolve, STEP_MS, false).unref());
    if ((await Promise.race([this.#started, limit])) === false) return false;
    const turnId = this.#turnId;
    if (turnId === undefined) return !this.#isUnsure;
    const over = Promise.race([this.#over.then(() => true), limit]);
    void this.#askToInterrupt({ threadId: this.#thread.as.threadId, turnId }, over);
    return over;
  }

  // The server refuses the first milliseconds of a turn, and would then run it to its end (docs/codex-cli.md#app-server-turns).
  async #askToInterrupt(params: JsonObject, over: Promise<boolean>): Promise<void> {
    let isDone = false;
    void over.then(() => {
      isDone = true;
    });
    while (!isDone) {
      const request = this.#thread.connection.request("turn/interrupt", params, { timeoutMs: STEP_MS });
      const isRefused = await request.then(
        () => false,
        (error: unknown) => error instanceof RpcError,
      );
      if (!isRefused) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
