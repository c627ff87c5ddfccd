// One turn of the server's, from the request that starts it to its end.
import type { JsonObject } from "../../../domain/json.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import type { Fields } from "../protocol/fields.ts";
import { readTurn, readTurnId } from "../protocol/turn-answers.ts";
import { createGate } from "../server/gate.ts";
import { RpcError } from "../server/server-errors.ts";
import type { LoadedThread } from "../thread/loaded-thread.ts";
import type { Notification, TurnReader } from "./turn-reader.ts";

/** Time limit for the answer to the request that starts a turn, which comes before the model is asked. */
const START_MS = 30_000;
/** Time limit for an interruption. Measured: 17 to 138 ms. */
const INTERRUPT_MS = 3_000;
/** Pause before a refused interruption is asked for again. */
const AGAIN_MS = 20;

/** How a turn is started. The answer to `thread/compact/start` does not name the turn. */
export type StartMethod = "turn/start" | "thread/compact/start";

/** What a turn of the server's is. */
export interface ServerTurnOptions {
  readonly method: StartMethod;
  /** Gets the notifications of the turn that came before it had a name. */
  readonly replay: (held: Notification) => void;
  /** What is known of a turn that is not the caller's: its end and its failure are not those of the caller's turn. */
  readonly own?: StreamState | undefined;
}

/** A turn of the server's. Its owner passes in what the server says of the thread. */
export class ServerTurn {
  readonly reader: TurnReader;
  readonly method: StartMethod;
  readonly #thread: LoadedThread;
  readonly #replay: (held: Notification) => void;
  readonly #own: StreamState | undefined;
  #id: string | undefined;
  #isOver = false;
  #isAsked = false;
  /** Without an answer of the server's it is not known whether it runs the turn. */
  #isUnsure = false;
  /** Opens when it is known which turn this is, or that there is none. */
  readonly #named = createGate();
  #end: (end: ProgramEnd) => void = () => {};
  /** Resolves when the turn is over. */
  readonly over = new Promise<ProgramEnd>((resolve) => {
    this.#end = resolve;
  });

  constructor(thread: LoadedThread, reader: TurnReader, { method, replay, own }: ServerTurnOptions) {
    this.#thread = thread;
    this.reader = reader;
    this.method = method;
    this.#replay = replay;
    this.#own = own;
  }

  /** undefined until it is known. */
  get id(): string | undefined {
    return this.#id;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Starts it. Rejects as a request of the server's connection. */
  async start(params: JsonObject): Promise<void> {
    const onResult = (result: JsonObject): void => this.#name(readTurn(result)?.id);
    const limits = { timeoutMs: START_MS, onResult, onLate: onResult };
    this.#isAsked = true;
    try {
      await this.#thread.connection.request(this.method, params, limits);
    } catch (error) {
      this.#isUnsure = !(error instanceof RpcError);
      this.#named.open();
      throw error;
    }
  }

  /** Takes a notification of the thread into `state`, or into the turn's own. Returns the event to tell, if there is one. */
  read(state: StreamState, method: string, params: Fields): TurnEvent | undefined {
    if (this.method === "thread/compact/start" && method === "turn/started") this.#name(readTurnId(params));
    if (this.#own === undefined) return this.reader.read(state, method, params);
    const event = this.reader.read(this.#own, method, params);
    return event?.kind === "begun" ? undefined : event;
  }

  /** The turn is over, or its server has ended. */
  end(end: ProgramEnd): void {
    this.#isOver = true;
    this.#end(end);
  }

  #name(id: string | undefined): void {
    if (id === undefined || this.#id !== undefined) return;
    this.#id = id;
    this.#thread.others.setOwn(id);
    this.#named.open();
    for (const held of this.reader.nameTurn(id)) this.#replay(held);
  }

  /** Has the server end it. Says whether it is over; never rejects. */
  async interrupt(): Promise<boolean> {
    if (this.#isOver || !this.#isAsked) return true;
    const limit = new Promise<false>((resolve) => setTimeout(resolve, INTERRUPT_MS, false).unref());
    if ((await Promise.race([this.#named.opened, limit])) === false) return false;
    const turnId = this.#id;
    if (turnId === undefined) return !this.#isUnsure;
    const over = Promise.race([this.over.then(() => true), limit]);
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
      const request = this.#thread.connection.request("turn/interrupt", params, { timeoutMs: INTERRUPT_MS });
      const isRefused = await request.then(
        () => false,
        (error: unknown) => error instanceof RpcError,
      );
      if (!isRefused) return;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
