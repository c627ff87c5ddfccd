// A thread that an app server has loaded. While it is, no other program can continue it (docs/codex-cli.md#app-server).
import type { JsonObject } from "../../../domain/json.ts";
import type { TokenUsage } from "../../../domain/thread.ts";
import { readUsageTotal } from "../protocol/token-usage.ts";
import { RpcError, type ServerEnd } from "../server/server-errors.ts";
import type { ServerConnection, ServerLease, ThreadListener } from "../server/server-types.ts";

/** Time limit for requests that the server answers at once, in ms. */
const ANSWER_MS = 10_000;
/** The server lets go of a thread within about 50 ms. */
const LET_GO_MS = 3_000;

const MOST_WARNINGS = 20;

/** What a thread was loaded as. */
export interface LoadedAs {
  readonly threadId: string;
  /** Key of its load. */
  readonly key: string;
  /** Mark in the environment of its commands. */
  readonly mark: string;
}

/** A loaded thread. At most one turn listens to it. */
export class LoadedThread implements ThreadListener {
  readonly as: LoadedAs;
  /** The thread's token total, as it was told last; undefined if it is not known. */
  usageTotal: TokenUsage | undefined;
  /** Whether Codex keeps a goal for it that is not reached. */
  hasGoal = false;
  readonly #lease: ServerLease;
  #listener: ThreadListener | undefined;
  #stopListening: () => void = () => {};
  #isGone = false;
  /** Warnings that came while no turn listened. */
  readonly #warnings: JsonObject[] = [];
  #close: (isClosed: boolean) => void = () => {};
  readonly #closed = new Promise<boolean>((resolve) => {
    this.#close = resolve;
  });

  constructor(as: LoadedAs, lease: ServerLease, usageTotal: TokenUsage | undefined) {
    this.as = as;
    this.usageTotal = usageTotal;
    this.#lease = lease;
    this.#stopListening = lease.connection.listen(as.threadId, this);
  }

  get connection(): ServerConnection {
    return this.#lease.connection;
  }

  /** Whether a turn can be started on it: its server lives and is not to be replaced. */
  get isUsable(): boolean {
    return !this.#isGone && !this.#lease.retired.aborted;
  }

  /** Whether no turn listens to it. */
  get isIdle(): boolean {
    return this.#listener === undefined;
  }

  /** Passes everything on to a turn, until the returned function is called. */
  attach(listener: ThreadListener): () => void {
    this.#listener = listener;
    for (const params of this.#warnings.splice(0)) listener.notification("warning", params);
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Has the next turn tell a warning. */
  warn(message: string): void {
    this.#warnings.push({ message });
  }

  /** Aborts when its server is to be replaced. */
  get retired(): AbortSignal {
    return this.#lease.retired;
  }

  /**
   * Ends its server, which goes on with a turn that must end. Its other turns end too, since nobody could tell what of the server is the
   * turn's. Never rejects.
   */
  async abandon(): Promise<void> {
    await this.#lease.end();
    this.#leave();
  }

  /** Has the server let go of the thread. If it does not, it gets no further turn. Never rejects. */
  async unload(): Promise<void> {
    if (this.#isGone) return;
    try {
      await this.connection.request("thread/unsubscribe", { threadId: this.as.threadId }, { timeoutMs: ANSWER_MS });
      // Before that, a resume is refused, and a turn may never be answered (docs/codex-cli.md#app-server).
      const limit = new Promise<boolean>((resolve) => setTimeout(resolve, LET_GO_MS, false).unref());
      if (!(await Promise.race([this.#closed, limit]))) this.#lease.retire();
    } catch {
      this.#lease.retire();
    }
    this.#leave();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#stopListening();
    this.#lease.release();
  }

  notification(method: string, params: JsonObject): void {
    if (method === "thread/closed") this.#close(true);
    // Also told when a thread is resumed.
    if (method === "thread/tokenUsage/updated") this.usageTotal = readUsageTotal(params) ?? this.usageTotal;
    if (this.#listener !== undefined) this.#listener.notification(method, params);
    // Told as the thread is loaded, before its turn listens.
    else if (method === "warning" && this.#warnings.length < MOST_WARNINGS) this.#warnings.push(params);
  }

  async request(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    if (this.#listener === undefined) throw new RpcError(-32_000, "no turn of this client runs");
    return this.#listener.request(method, params, signal);
  }

  skipped(bytes: number): void {
    this.#listener?.skipped(bytes);
  }

  ended(end: ServerEnd): void {
    this.#close(true);
    this.#listener?.ended(end);
    this.#leave();
  }
}
