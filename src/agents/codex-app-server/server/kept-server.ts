// A server and those who use it: it is ended when it has been idle, or with its last lease once it is outdated.
import { setMaxListeners } from "node:events";
import { BridgeError } from "../../../domain/errors.ts";
import type { AppServer } from "./server-process.ts";
import type { ServerLease } from "./server-types.ts";
import { createSleepWatch } from "./sleep-watch.ts";
import { hasThreads } from "./terminal-threads.ts";

/** Codex exits within 70 ms of the end of its stdin, when it has ended its MCP servers. Those may take their time. */
const GRACE_MS = 2_000;

/** What a kept server is made of. */
export interface KeptOptions {
  readonly kind: string;
  readonly stamp: string;
  /** Time after the last release in which it is kept. */
  readonly idleMs: number;
  readonly start: (signal: AbortSignal) => Promise<AppServer>;
  /** Whether it is for one lease at a time. */
  readonly isForOne: boolean;
  /** Whether it need not be kept after its last release, since another one is free. */
  readonly isSurplus: () => boolean;
}

/** A server from before its start until nothing of it is left. */
export class KeptServer {
  readonly kind: string;
  readonly stamp: string;
  /** Settles when nothing of it is running. Never rejects. */
  readonly over: Promise<void>;
  readonly #options: KeptOptions;
  readonly #hasSlept = createSleepWatch();
  readonly #retire = new AbortController();
  readonly #stop = new AbortController();
  readonly #started: Promise<AppServer>;
  #server: AppServer | undefined;
  #leases = 0;
  #idle: NodeJS.Timeout | undefined;
  #isEnding = false;
  #graceMs = GRACE_MS;

  constructor(options: KeptOptions) {
    this.kind = options.kind;
    this.stamp = options.stamp;
    this.#options = options;
    // Each of its threads listens. Node takes more than ten listeners for a leak, and says so on stderr.
    setMaxListeners(0, this.#retire.signal);
    this.#started = options.start(this.#stop.signal);
    this.over = this.#started.then(
      (server) => this.#follow(server),
      () => this.#leaveService(),
    );
  }

  /** Aborts when it takes no more leases. */
  get retired(): AbortSignal {
    // Its connections to the provider are dead then, and it does not know.
    if (this.#hasSlept()) this.retire();
    return this.#retire.signal;
  }

  /** Whether it runs and nobody has a lease on it. */
  get isFree(): boolean {
    return this.#server !== undefined && this.#leases === 0 && !this.retired.aborted;
  }

  /** Whether it has ended or is being ended. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** undefined if it turns out not to answer, or to have ended. Rejects as `take`. */
  async lease(signal: AbortSignal): Promise<ServerLease | undefined> {
    this.#leases += 1;
    clearTimeout(this.#idle);
    try {
      const server = await unlessAborted(this.#started, signal);
      const isGood = await unlessAborted(server.isAnswering(), signal);
      // Whoever came before it was outdated is still served.
      if (isGood && !this.#isEnding) return this.#toLease(server);
    } catch (error) {
      await this.#letGo();
      throw error;
    }
    this.#graceMs = 0;
    this.retire();
    void this.#letGo();
    return undefined;
  }

  /** It takes no more leases, and ends with its last one, or with the last thread of a terminal. */
  retire(): void {
    this.#retire.abort();
    if (this.#leases === 0) void this.#endUnlessUsed();
  }

  /** Ends it at once. */
  async close(): Promise<void> {
    await this.#end(0);
  }

  #toLease(server: AppServer): ServerLease {
    const { connection, socket } = server;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      void this.#letGo();
    };
    const toRetired = (): AbortSignal => this.retired;
    const isOnly = (): boolean => this.#leases === 1 && socket === undefined;
    return {
      connection,
      socket,
      isAlone: this.#options.isForOne,
      get isOnly() {
        return isOnly();
      },
      remember: () => server.remember(),
      get retired() {
        return toRetired();
      },
      retire: () => this.retire(),
      end: (how) => this.#end(how === "gently" ? this.#graceMs : 0),
      release,
    };
  }

  // Waits only where nothing may be left running when it returns: a start that nobody wants any more.
  async #letGo(): Promise<void> {
    this.#leases -= 1;
    if (this.#leases > 0 || this.#isEnding) return;
    if (this.#server === undefined || this.retired.aborted || this.#options.isSurplus()) return this.#endUnlessUsed();
    this.#waitIdle();
  }

  #waitIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#endUnlessUsed(), this.#options.idleMs);
    // It must not keep the bridge's process alive.
    this.#idle.unref();
  }

  // A thread that the user has begun in a terminal has no lease.
  async #endUnlessUsed(): Promise<void> {
    const server = this.#server;
    if (server?.socket === undefined || this.#graceMs === 0) return this.#end(this.#graceMs);
    const isUsed = await hasThreads(server.connection);
    if (this.#leases > 0 || this.#isEnding) return;
    if (isUsed) this.#waitIdle();
    else await this.#end(this.#graceMs);
  }

  async #end(graceMs: number): Promise<void> {
    this.#leaveService();
    // The reason is told to those who still wait for the start.
    this.#stop.abort(toClosed());
    await this.#server?.end(graceMs);
    await this.over;
  }

  async #follow(server: AppServer): Promise<void> {
    this.#server = server;
    void server.connection.closed.then(() => this.#leaveService());
    // Those who hold it are told by the server itself: it loads no thread while its config cannot be read.
    void server.lostConfig.then(() => this.retire());
    if (this.#stop.signal.aborted) await server.end(0);
    await server.ended;
  }

  #leaveService(): void {
    this.#isEnding = true;
    this.#retire.abort();
    clearTimeout(this.#idle);
  }
}

/** The error of a `take` once the keeper is closed. */
export function toClosed(): BridgeError {
  return new BridgeError("CANCELLED", "The bridge is ending.");
}

async function unlessAborted<Value>(value: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
