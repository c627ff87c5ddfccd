// The requests that a server has not answered yet.
import { isJsonObject, type JsonObject } from "../../../domain/json.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { RpcMessage } from "./rpc-message.ts";
import { RequestTimedOut, RpcError, UnreadableAnswer } from "./server-errors.ts";
import type { RequestLimits } from "./server-types.ts";

type Answer = Extract<RpcMessage, { kind: "result" | "error" }>;

interface Pending {
  readonly method: string;
  readonly limits: RequestLimits;
  readonly resolve: (result: JsonObject) => void;
  readonly reject: (why: unknown) => void;
}

/** Requests that nobody waits for any more and whose late success is still of interest. A server that never answers must not fill the memory. */
const MOST_LATE = 1_000;

/** Matches answers to requests. */
export class PendingRequests {
  readonly #logger: Logger;
  readonly #open = new Map<number, Pending>();
  readonly #late = new Map<number, Pending>();
  #count = 0;
  #isSilent = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether a request has timed out and nothing was heard since. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** The server has said something. */
  heard(): void {
    this.#isSilent = false;
  }

  /** Sends a request and waits for its answer. */
  open(method: string, limits: RequestLimits, send: (id: number) => void): Promise<JsonObject> {
    const { timeoutMs, signal } = limits;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const id = this.#count;
    this.#count += 1;
    const fail = (why: unknown): void => {
      const pending = this.#take(id);
      if (pending === undefined) return;
      this.#keepLate(id, pending);
      pending.reject(why);
    };
    const onAbort = (): void => fail(signal?.reason);
    const timer = setTimeout(() => {
      this.#isSilent = true;
      fail(new RequestTimedOut(method, timeoutMs));
    }, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    const answered = new Promise<JsonObject>((resolve, reject) => {
      this.#open.set(id, { method, limits, resolve, reject });
    });
    send(id);
    return answered.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    });
  }

  /** Passes an answer to its request. */
  settle(answer: Answer): void {
    const id = typeof answer.id === "number" ? answer.id : undefined;
    const pending = id === undefined ? undefined : this.#take(id);
    if (pending !== undefined) {
      settlePending(pending, answer);
      return;
    }
    const late = id === undefined ? undefined : this.#late.get(id);
    this.#logger.debug({ id: answer.id, method: late?.method }, "an answer that nobody waits for");
    if (late === undefined || id === undefined) return;
    this.#late.delete(id);
    if (answer.kind === "result" && isJsonObject(answer.result)) late.limits.onLate?.(answer.result);
    else late.limits.onLateFailure?.();
  }

  /** The answer to a request could not be read. */
  failUnread(id: number, why: string): void {
    const pending = this.#take(id);
    pending?.reject(new UnreadableAnswer(pending.method, why));
  }

  /** There will be no more answers. */
  failAll(why: Error): void {
    for (const { reject } of this.#open.values()) reject(why);
    this.#open.clear();
    const late = [...this.#late.values()];
    this.#late.clear();
    for (const { limits } of late) limits.onLateFailure?.();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#open.get(id);
    this.#open.delete(id);
    return pending;
  }

  #keepLate(id: number, pending: Pending): void {
    if (pending.limits.onLate === undefined) return;
    this.#late.set(id, pending);
    const [oldest] = this.#late.keys();
    if (this.#late.size > MOST_LATE && oldest !== undefined) this.#late.delete(oldest);
  }
}

function settlePending({ method, limits, resolve, reject }: Pending, answer: Answer): void {
  if (answer.kind === "error") {
    reject(new RpcError(answer.code, answer.message, answer.data));
  } else if (!isJsonObject(answer.result)) {
    reject(new UnreadableAnswer(method, "it is not an object"));
  } else {
    // First, so that the promise settles whatever the callback does.
    resolve(answer.result);
    limits.onResult?.(answer.result);
  }
}
