// One turn on a loaded thread: from `turn/start` to `turn/completed`, or to the end of its server.

import { toBridgeError } from "../../../domain/errors.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { CodexTurn } from "../../codex/turn/codex-turn.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import type { TurnParts } from "../../codex/turn/turn-parts.ts";
import type { TurnClocks } from "../../turn/clocks.ts";
import { type Fields, readFields } from "../protocol/fields.ts";
import { readTurnId } from "../protocol/turn-answers.ts";
import type { ServerQuestions } from "../questions/server-questions.ts";
import { createTurnQuestions } from "../questions/turn-questions.ts";
import { RpcError, type ServerEnd, ServerEnded } from "../server/server-errors.ts";
import type { LoadedThread, TurnListener } from "../thread/loaded-thread.ts";
import { toRequestFailure } from "../thread/request-failure.ts";
import { createCompactionState, describeFailure, type FurtherTurn, planFurtherTurn } from "./compaction.ts";
import { isOutsideCall } from "./items.ts";
import { OtherInput, toInterrupted, toUsersTurn } from "./other-input.ts";
import { ServerTurn, type StartMethod } from "./server-turn.ts";
import { TokenCount } from "./token-count.ts";
import { toTurnParams } from "./turn-params.ts";
import { type Notification, TurnReader } from "./turn-reader.ts";

/** Time limit for requests that the server answers at once. */
const STEP_MS = 3_000;

/** Code of the error for a question that nobody answers any more. */
const TURN_OVER = -32_000;

const COMPLETED: ProgramEnd = { exitCode: 0, signal: undefined, stderr: "", spawnError: undefined };

/** A running turn on an app server. */
export class AppServerTurn implements TurnListener {
  readonly #request: CodexTurnRequest;
  readonly #parts: TurnParts;
  readonly #thread: LoadedThread;
  readonly #turn: CodexTurn;
  #clocks: TurnClocks | undefined;
  readonly #tokens: TokenCount;
  readonly #questions: ServerQuestions;
  /** undefined where no terminal can open the thread. */
  readonly #otherInput: OtherInput | undefined;
  /** The server's turn that runs, or ran last. */
  #current: ServerTurn;
  #isSteered = false;
  #hasSkipped = false;
  /** Whether it has called a tool of an MCP server. */
  #hasCalledOutside = false;
  /** Whether the user has taken it over in a terminal. */
  #isUsers = false;

  constructor(request: CodexTurnRequest, parts: TurnParts, thread: LoadedThread) {
    this.#request = request;
    this.#parts = parts;
    this.#thread = thread;
    this.#turn = new CodexTurn(request, parts, () => this.#endEarly());
    this.#otherInput = thread.socket === undefined ? undefined : new OtherInput();
    this.#tokens = new TokenCount(thread.usageTotal);
    this.#current = this.#open("turn/start");
    this.#questions = createTurnQuestions(request, this.#turn, () => this.#clocks?.pause() ?? (() => {}));
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
      const end = await Promise.race([this.#runTurns(), this.#untilStopped()]);
      clocks.stop();
      this.#turn.state.warnings.push(...(this.#otherInput?.describe() ?? []));
      if (!this.#turn.stop.isStopped) await this.#endLeftovers();
      return await this.#turn.finish(end);
    } finally {
      clocks.stop();
      detach();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Gives the model further input. Says whether it was taken. Never rejects. */
  async steer(text: string): Promise<boolean> {
    const { id, isOver } = this.#current;
    if (id === undefined || isOver || this.#turn.stop.isStopped) return false;
    const { threadId } = this.#thread.as;
    const input = [{ type: "text", text }];
    const params = { threadId, expectedTurnId: id, input, ...this.#otherInput?.mark() };
    return this.#thread.connection.request("turn/steer", params, { timeoutMs: STEP_MS }).then(
      () => {
        this.#isSteered = true;
        return true;
      },
      () => false,
    );
  }

  // Codex lets the commands of a completed turn run on, in every sandbox, and its subagents. With `codex exec` they end with the program.
  async #endLeftovers(): Promise<void> {
    if (this.#thread.hasSubagents) await this.#thread.abandon("gently");
    else if (this.#hasCalledOutside && this.#current.reader.over !== "completed") await this.#thread.end();
    else await this.#cleanTerminals(STEP_MS);
  }

  // A turn that was ended early is over when its processes are, whatever the server says of it.
  async #untilStopped(): Promise<ProgramEnd> {
    await this.#turn.stop.stopped;
    await this.#turn.stop.settle();
    return COMPLETED;
  }

  // Never rejects: what goes wrong ends the turn.
  async #runTurns(): Promise<ProgramEnd> {
    try {
      // Codex would put the prompt into that turn.
      if (this.#thread.others.isRunning) throw toUsersTurn();
      const end = await this.#runOne(this.#current, this.#toParams(this.#request));
      const further = await this.#compactFor(end);
      if (further === undefined) return end;
      this.#current = this.#open("turn/start");
      return await this.#runOne(this.#current, this.#toParams({ ...this.#request, prompt: further.prompt }));
    } catch (error) {
      this.#turn.stop.endWith(toBridgeError(toRequestFailure(error, this.#current.method)));
      return this.#untilStopped();
    }
  }

  // Rejects as a request if the turn could not be started. With its server the turn ends by itself.
  async #runOne(turn: ServerTurn, params: JsonObject): Promise<ProgramEnd> {
    if (this.#turn.stop.isStopped) return turn.over;
    const started = turn.start(params).catch((error: unknown) => {
      if (!(error instanceof ServerEnded)) throw error;
    });
    return Promise.race([turn.over, started.then(() => turn.over)]);
  }

  // Has Codex compact the thread, if that may help a turn that has failed. Returns what the turn goes on with.
  async #compactFor(failed: ProgramEnd): Promise<FurtherTurn | undefined> {
    const { state } = this.#turn;
    const { isJustCompacted } = this.#current.reader;
    const known = { request: this.#request, turn: this.#turn, isSteered: this.#isSteered, isJustCompacted };
    const further = this.#turn.stop.isStopped ? undefined : planFurtherTurn(known);
    if (further === undefined) return undefined;
    const own = createCompactionState(state.redact, state.warnings);
    this.#current = this.#open("thread/compact/start", own);
    const end = await this.#runOne(this.#current, { threadId: this.#thread.as.threadId }).catch((error: unknown) => {
      if (!(error instanceof RpcError)) throw error;
      own.failure = error.message;
      return failed;
    });
    if (!own.isCompleted) state.warnings.push(describeFailure(own, end, this.#request));
    if (this.#turn.stop.isStopped || !own.isCompleted) return undefined;
    state.warnings.push(further.warning);
    this.#turn.goOn();
    return further;
  }

  #toParams(request: CodexTurnRequest): JsonObject {
    return { ...toTurnParams(this.#thread.as.threadId, request), ...this.#otherInput?.mark() };
  }

  #open(method: StartMethod, own?: StreamState): ServerTurn {
    const replay = (held: Notification): void => this.notification(held.method, held.params);
    return new ServerTurn(this.#thread, new TurnReader(this.#tokens), { method, replay, own });
  }

  notification(method: string, params: Fields): void {
    const turn = this.#current;
    if (turn.isOver) return;
    this.#questions.see(method, params);
    const isOwn = turn.id !== undefined && readTurnId(params) === turn.id;
    if (isOwn && isOutsideCall(readFields(params, "item"))) this.#hasCalledOutside = true;
    const read = (state: StreamState): TurnEvent | undefined => turn.read(state, method, params);
    // A turn that is being ended tells nothing more, but its end still has to be seen.
    if (this.#turn.stop.isStopped) read(this.#turn.state);
    else this.#turn.read(read);
    this.#clocks?.sawEvent(this.#turn.state.openItems.size > 0);
    if (turn.reader.over !== undefined) turn.end(COMPLETED);
    this.#seeOthers(turn, method, params);
  }

  #seeOthers({ id, reader, method: startedBy }: ServerTurn, method: string, params: Fields): void {
    if (this.#otherInput === undefined || id === undefined || this.#turn.stop.isStopped) return;
    const joined = startedBy === "turn/start" ? this.#otherInput.see(method, params, id) : undefined;
    // The bridge has not asked for it, and Codex does not interrupt a turn by itself.
    const taken = joined ?? (reader.over === "interrupted" ? toInterrupted() : undefined);
    if (taken === undefined) return;
    this.#isUsers = true;
    this.#turn.stop.endWith(taken);
  }

  // A question about a change of files names an item that was told before. And a turn whose subagents work is not silent.
  subagent(method: string, params: Fields): void {
    if (this.#current.isOver) return;
    this.#questions.see(method, params);
    this.#clocks?.sawEvent(this.#turn.state.openItems.size > 0);
  }

  async request(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    if (this.#current.isOver || this.#turn.stop.isStopped) throw new RpcError(TURN_OVER, "the turn has ended");
    return this.#questions.answer(method, params, signal);
  }

  skipped(): void {
    if (!this.#hasSkipped)
      this.#turn.state.warnings.push("Codex sent a line that was too long to read; it was skipped.");
    this.#hasSkipped = true;
  }

  ended({ exitCode, signal, stderr }: ServerEnd): void {
    this.#current.end({ exitCode, signal, stderr, spawnError: undefined });
  }

  // Codex lets commands run on when a turn is interrupted, so they are ended after it, by name and then by mark
  // (docs/codex-cli.md#app-server).
  async #endEarly(): Promise<void> {
    const isInterrupted = await this.#current.interrupt();
    if (!isInterrupted || this.#thread.hasSubagents) await this.#thread.abandon();
    else await this.#cleanTerminals(STEP_MS);
    // An MCP server may go on with a call that was cancelled, or that Codex has given up. It ends with its thread, which the user may be using.
    if (this.#hasCalledOutside && !this.#isUsers) await this.#thread.end();
    await this.#parts.ledger.kill(this.#parts.runId);
  }

  async #cleanTerminals(timeoutMs: number): Promise<void> {
    const { connection, as } = this.#thread;
    const params = { threadId: as.threadId };
    await connection.request("thread/backgroundTerminals/clean", params, { timeoutMs }).catch(() => {});
  }
}
