// The JSON-RPC of one server: requests and their answers, what it says of each thread, and the questions that it asks.
import type { JsonObject } from "../../../domain/json.ts";
import type { Logger } from "../../../domain/logger.ts";
import { EarlyWarnings } from "./early-warnings.ts";
import { createGate } from "./gate.ts";
import { PendingRequests } from "./pending-requests.ts";
import {
  INTERNAL_ERROR,
  METHOD_NOT_FOUND,
  type RpcId,
  readLongLine,
  readMessage,
  readThreadId,
} from "./rpc-message.ts";
import { RpcError, type ServerEnd, ServerEnded } from "./server-errors.ts";
import type { GlobalListener, ListenOptions, RequestLimits, ServerConnection, ThreadListener } from "./server-types.ts";

/** What a connection needs. */
export interface ConnectionOptions {
  /** Sends a line, without its newline. */
  readonly write: (line: string) => void;
  readonly onGlobal: GlobalListener;
  readonly logger: Logger;
  /** Whether the server may have other clients. It asks all of them, and an error of one would count as the answer. */
  readonly isShared?: boolean;
}

interface Question {
  readonly listener: ThreadListener;
  readonly stop: AbortController;
}

const UNANSWERED = new RpcError(INTERNAL_ERROR, "the client could not answer a question of the app server");

/** One end of a server's pipe. Its owner passes in the lines, and tells when the server has ended. */
export class RpcConnection implements ServerConnection {
  userAgent = "";
  readonly warnings = new EarlyWarnings();
  readonly #options: ConnectionOptions;
  readonly #pending: PendingRequests;
  readonly #listeners = new Map<string, ThreadListener>();
  /** Hears of the threads that nobody listens to. */
  #others: ThreadListener | undefined;
  /** Those that nobody has answered. */
  readonly #questions = new Map<RpcId, Question>();
  #end: ServerEnd | undefined;
  readonly #closed = createGate();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#pending = new PendingRequests(options.logger);
  }

  /** Resolves when the server has ended. */
  get closed(): Promise<void> {
    return this.#closed.opened;
  }

  /** How the server ended; undefined while it lives. */
  get end(): ServerEnd | undefined {
    return this.#end;
  }

  /** Whether a request has timed out and nothing was heard of the server since. */
  get isSilent(): boolean {
    return this.#pending.isSilent;
  }

  request(method: string, params: JsonObject, limits: RequestLimits): Promise<JsonObject> {
    if (this.#end !== undefined) return Promise.reject(new ServerEnded(this.#end));
    return this.#pending.open(method, limits, (id) => this.#send({ id, method, params }));
  }

  /** Sends a notification. */
  notify(method: string): void {
    this.#send({ method });
  }

  listen(threadId: string, listener: ThreadListener, options?: ListenOptions): () => void {
    if (this.#listeners.has(threadId)) throw new Error(`thread ${threadId} has a listener already`);
    const end = this.#end;
    if (end !== undefined) {
      queueMicrotask(() => this.#call(() => listener.ended(end)));
      return () => {};
    }
    this.#listeners.set(threadId, listener);
    if (options?.hearsOthers === true) this.#others = listener;
    for (const params of this.warnings.take(threadId)) this.#call(() => listener.notification("warning", params));
    return () => {
      if (this.#listeners.get(threadId) !== listener) return;
      this.#listeners.delete(threadId);
      if (this.#others === listener) this.#others = undefined;
      for (const [id, question] of this.#questions) {
        if (question.listener !== listener) continue;
        this.#drop(id, question);
        if (this.#options.isShared !== true) this.#refuse(id, INTERNAL_ERROR, "the client has left the thread");
      }
    };
  }

  /** Takes a line of the server's. Never throws. */
  takeLine(line: string): void {
    this.#pending.heard();
    const message = readMessage(line);
    if (message === undefined) {
      // The text may hold parts of prompts and answers.
      if (line.trim() !== "") this.#options.logger.warn({ length: line.length }, "the app server says what it cannot");
    } else if (message.kind === "request") {
      this.#takeQuestion(message.id, message.method, message.params);
    } else if (message.kind === "notification") {
      this.#takeNotification(message.method, message.params);
    } else {
      this.#call(() => this.#pending.settle(message));
    }
  }

  /** A line was skipped. Never throws. */
  takeLongLine(bytes: number, head: string): void {
    this.#pending.heard();
    this.#options.logger.warn({ bytes }, "a line of the app server was too long to read");
    const line = readLongLine(head);
    if (line?.kind === "answer") {
      this.#pending.failUnread(line.id, `it has ${bytes} bytes`);
      return;
    }
    // Without an answer the server would wait for ever.
    if (line?.kind === "request") this.#refuse(line.id, INTERNAL_ERROR, "the request is too long");
    for (const listener of [...this.#listeners.values()]) this.#call(() => listener.skipped(bytes));
  }

  /** The server has ended. */
  close(end: ServerEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#closed.open();
    this.#pending.failAll(new ServerEnded(end));
    for (const [id, question] of this.#questions) this.#drop(id, question);
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    this.#others = undefined;
    for (const listener of listeners) this.#call(() => listener.ended(end));
  }

  #takeNotification(method: string, params: JsonObject): void {
    const threadId = readThreadId(params);
    const listener = this.#findListener(threadId);
    if (method === "serverRequest/resolved") this.#resolve(params["requestId"]);
    if (listener !== undefined) this.#call(() => listener.notification(method, params));
    else this.warnings.keep(threadId, method, params);
    // `thread/started` names no thread of its own: it is how one hears of threads that Codex has started by itself.
    if (listener === undefined && params["threadId"] === undefined)
      this.#call(() => this.#options.onGlobal(method, params));
  }

  #findListener(threadId: string | undefined): ThreadListener | undefined {
    return threadId === undefined ? undefined : (this.#listeners.get(threadId) ?? this.#others);
  }

  #takeQuestion(id: RpcId, method: string, params: JsonObject): void {
    const threadId = readThreadId(params);
    const listener = this.#findListener(threadId);
    if (this.#questions.has(id)) {
      this.#options.logger.warn({ method }, "the app server asks twice under one id");
    } else if (threadId === undefined) {
      this.#refuse(id, METHOD_NOT_FOUND, `this client does not answer ${method}`);
    } else if (listener === undefined) {
      if (this.#options.isShared !== true) this.#refuse(id, INTERNAL_ERROR, "nobody is on this thread");
    } else {
      const question = { listener, stop: new AbortController() };
      this.#questions.set(id, question);
      void this.#answer(id, question, () => listener.request(method, params, question.stop.signal));
    }
  }

  async #answer(id: RpcId, question: Question, ask: () => Promise<JsonObject>): Promise<void> {
    try {
      const result = await ask();
      if (this.#take(id, question)) this.#send({ id, result });
    } catch (error) {
      if (!this.#take(id, question)) return;
      const { code, message } = error instanceof RpcError ? error : UNANSWERED;
      if (!(error instanceof RpcError)) this.#options.logger.error({ err: error }, message);
      this.#refuse(id, code, message);
    }
  }

  // False where the answer is no longer wanted. The server may have used the id for another question since.
  #take(id: RpcId, question: Question): boolean {
    return this.#questions.get(id) === question && this.#questions.delete(id);
  }

  #resolve(requestId: JsonObject[string] | undefined): void {
    if (typeof requestId !== "string" && typeof requestId !== "number") return;
    const question = this.#questions.get(requestId);
    if (question !== undefined) this.#drop(requestId, question);
  }

  #drop(id: RpcId, question: Question): void {
    this.#questions.delete(id);
    this.#call(() => question.stop.abort());
  }

  #refuse(id: RpcId, code: number, message: string): void {
    this.#send({ id, error: { code, message } });
  }

  #send(message: JsonObject): void {
    if (this.#end === undefined) this.#options.write(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  // Called by events of the pipe: an exception there would end the bridge.
  #call(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.logger.error({ err: error }, "a listener of the app server failed");
    }
  }
}
