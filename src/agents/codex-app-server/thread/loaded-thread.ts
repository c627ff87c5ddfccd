// A thread that an app server has loaded. While it is, no other program can continue it (docs/codex-cli.md#app-server).
import type { JsonObject } from "../../../domain/json.ts";
import type { TokenUsage } from "../../../domain/thread.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import { readFields } from "../protocol/fields.ts";
import { readUsageTotal } from "../protocol/token-usage.ts";
import { readTurnId } from "../protocol/turn-answers.ts";
import { createGate, type Gate } from "../server/gate.ts";
import { readThreadId } from "../server/rpc-message.ts";
import { RpcError, type ServerEnd } from "../server/server-errors.ts";
import type { RequestLimits, ServerConnection, ServerLease, ThreadListener } from "../server/server-types.ts";
import { OtherTurns } from "./other-turns.ts";

/** Time limit for requests that the server answers at once, in ms. */
const ANSWER_MS = 10_000;
/** The server lets go of a thread within about 50 ms. */
const LET_GO_MS = 3_000;
/** After this time a thread that is still loaded is likely to be open in a terminal. */
const HELD_MS = 300;

/** Codex kills an MCP server that does not exit 2.1 s after it has unloaded the thread (0.169). It does not tell when. */
const MCP_KILL_MS = 2_600;

const MOST_WARNINGS = 20;

/** What a thread was loaded as. */
export interface LoadedAs {
  readonly threadId: string;
  /** Key of its load. */
  readonly key: string;
  /** As ThreadLoad's. */
  readonly essence: string;
  /** Mark in the environment of its commands. */
  readonly mark: string;
}

/** What a turn hears of its thread. */
export interface TurnListener extends ThreadListener {
  /** Something was told of a subagent, which is a thread of its own. */
  subagent(method: string, params: JsonObject): void;
}

/** Items that tell of subagents: of `multi_agent`, and of `multi_agent_v2`. */
const SUBAGENT_ITEMS: readonly unknown[] = ["collabAgentToolCall", "subAgentActivity"];

/** A loaded thread. At most one turn listens to it. */
export class LoadedThread implements ThreadListener {
  readonly as: LoadedAs;
  /** Called once if its server is to be replaced while the thread is loaded. */
  onRetired: () => void = () => {};
  /** What somebody else does with it in a terminal. */
  readonly others = new OtherTurns();
  /** The thread's token total, as it was told last; undefined if it is not known. */
  usageTotal: TokenUsage | undefined;
  /** Whether Codex keeps a goal for it that is not reached. */
  hasGoal = false;
  readonly #lease: ServerLease;
  readonly #retired: AbortSignal;
  readonly #tellRetired = (): void => this.onRetired();
  #listener: TurnListener | undefined;
  #stopListening: () => void = () => {};
  #isGone = false;
  /** Whether the bridge has let go of it, and a terminal keeps it loaded. */
  #isAway = false;
  #hasSubagents = false;
  /** Warnings that came while no turn listened. */
  readonly #warnings: JsonObject[] = [];
  /** Opens when the server has unloaded it, or has ended. */
  #closed: Gate = createGate();
  #isClosed = false;
  readonly #serverEnded = createGate();
  /** How its server has ended. */
  #end: ServerEnd | undefined;

  constructor(as: LoadedAs, lease: ServerLease, usageTotal: TokenUsage | undefined) {
    this.as = as;
    this.usageTotal = usageTotal;
    this.#lease = lease;
    this.#retired = lease.retired;
    this.#retired.addEventListener("abort", this.#tellRetired, { once: true });
    this.#stopListening = lease.connection.listen(as.threadId, this, { hearsOthers: lease.isAlone });
  }

  /** Socket on which a terminal can open it; undefined if none can. */
  get socket(): string | undefined {
    return this.#lease.socket;
  }

  /** Resolves when the server has unloaded it, or has ended. */
  get closed(): Promise<void> {
    return this.#closed.opened;
  }

  get connection(): ServerConnection {
    return this.#lease.connection;
  }

  /** Whether a turn can be started on it: its server lives and is not to be replaced. */
  get isUsable(): boolean {
    return !this.#isGone && !this.#lease.retired.aborted;
  }

  /** Whether it has a server to itself. */
  get isAlone(): boolean {
    return this.#lease.isAlone;
  }

  /** Whether it may have subagents. They go on after its turn, and after it is unloaded; they end with their server. */
  get hasSubagents(): boolean {
    return this.#hasSubagents;
  }

  /** Whether no turn listens to it. */
  get isIdle(): boolean {
    return this.#listener === undefined;
  }

  /** Passes everything on to a turn, also that its server has ended already, until the returned function is called. */
  attach(listener: TurnListener): () => void {
    this.#listener = listener;
    for (const params of this.#warnings.splice(0)) listener.notification("warning", params);
    if (this.#end !== undefined) listener.ended(this.#end);
    return () => {
      if (this.#listener === listener) this.#listener = undefined;
    };
  }

  /** Has the next turn tell a warning. */
  warn(message: string): void {
    this.#warnings.push({ message });
  }

  /**
   * Ends its server, which goes on with a turn that must end, or with subagents. Its other turns end too, since nobody could tell what of
   * the server is the turn's. Never rejects.
   */
  async abandon(how: "at once" | "gently" = "at once"): Promise<void> {
    await this.#lease.end(how);
    this.#leave();
  }

  /**
   * Has the server let go of the thread. If it does not, it gets no further turn. False: a terminal has it open, which keeps it loaded until it
   * is closed; `rejoin` comes back to it. Never rejects.
   */
  async unload(): Promise<boolean> {
    if (this.#isGone) return true;
    try {
      // From here on the server tells no more than the thread's status.
      this.#isAway = this.socket !== undefined;
      await this.connection.request("thread/unsubscribe", { threadId: this.as.threadId }, { timeoutMs: ANSWER_MS });
      // Before that, a resume is refused, and a turn may never be answered (docs/codex-cli.md#app-server).
      if (this.socket !== undefined) await waitAtMost(this.closed, HELD_MS);
      if (this.socket !== undefined && !this.#isClosed && (await this.#isLoaded())) return false;
      await waitAtMost(this.closed, LET_GO_MS);
      if (!this.#isClosed) await this.#giveUp();
    } catch {
      await this.#giveUp();
    }
    this.#leave();
    return true;
  }

  /**
   * Ends the thread with what its MCP servers do. Nobody but Codex knows which ones are the thread's, so a server that nobody else uses is
   * ended. So is one that does not let go of the thread, or whose thread a terminal has open. Never rejects.
   */
  async end(): Promise<void> {
    if (this.#lease.isOnly) return this.abandon("gently");
    this.#lease.remember();
    await this.unload();
    if (!this.#isClosed) await this.abandon();
    else await waitAtMost(this.#serverEnded.opened, MCP_KILL_MS);
  }

  async #isLoaded(): Promise<boolean> {
    const { data } = await this.connection.request("thread/loaded/list", {}, { timeoutMs: ANSWER_MS });
    return !this.#isClosed && Array.isArray(data) && data.includes(this.as.threadId);
  }

  /**
   * Comes back to a thread that a terminal keeps loaded. `params` are those of its load: without them it would be loaded in another way if the
   * terminal is closed just now. False: it is unloaded. Rejects as a request of the connection.
   */
  async rejoin(params: JsonObject, limits: RequestLimits): Promise<boolean> {
    if (this.#isGone) return false;
    this.#isAway = false;
    try {
      const asked = { ...params, threadId: this.as.threadId, excludeTurns: true };
      const result = await this.connection.request("thread/resume", asked, limits);
      if (this.#isClosed) this.#closed = createGate();
      this.#isClosed = false;
      // What the turns in between have used was not told.
      this.usageTotal = undefined;
      this.others.setActive(readFields(readFields(result, "thread"), "status"));
      return true;
    } catch (error) {
      // While the server unloads it, a resume is refused.
      if (error instanceof RpcError) await waitAtMost(this.closed, LET_GO_MS);
      if (!this.#isClosed) this.#isAway = true;
      if (!this.#isClosed) throw error;
      this.#leave();
      return false;
    }
  }

  // The thread may be loaded still.
  async #giveUp(): Promise<void> {
    if (this.isAlone) await this.#lease.end("at once");
    else this.#lease.retire();
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // The signal is the server's, which lives longer.
    this.#retired.removeEventListener("abort", this.#tellRetired);
    this.#stopListening();
    this.#lease.release();
  }

  notification(method: string, params: JsonObject): void {
    const isOther = (readThreadId(params) ?? this.as.threadId) !== this.as.threadId;
    if (isOther || SUBAGENT_ITEMS.includes(readFields(params, "item")?.["type"])) this.#hasSubagents = true;
    const isTurn = isOther || method === "turn/started";
    // Where a terminal can open the thread, its turns are the user's.
    if (isTurn && this.#listener === undefined && this.socket === undefined) this.#endUnasked(params);
    else if (isOther) this.#listener?.subagent(method, params);
    else this.#take(method, params);
  }

  #take(method: string, params: JsonObject): void {
    if (method === "thread/closed") this.#close();
    if (this.socket !== undefined) this.others.see(method, params, this.#isAway);
    // Also told when a thread is resumed.
    if (method === "thread/tokenUsage/updated") this.usageTotal = readUsageTotal(params) ?? this.usageTotal;
    if (this.#listener !== undefined) this.#listener.notification(method, params);
    // Told as the thread is loaded, before its turn listens.
    else if (method === "warning" && this.#warnings.length < MOST_WARNINGS) this.#warnings.push(params);
  }

  #close(): void {
    this.#isClosed = true;
    this.#closed.open();
    if (this.#isAway) this.#leave();
  }

  // Nobody has asked for a turn, or for a subagent that works on after one.
  #endUnasked(params: JsonObject): void {
    if (this.isAlone) {
      void this.abandon();
      return;
    }
    const asked = { threadId: this.as.threadId, turnId: readTurnId(params) ?? "" };
    const interrupted = this.connection.request("turn/interrupt", asked, { timeoutMs: ANSWER_MS });
    void interrupted.catch(() => {}).then(() => this.unload());
  }

  async request(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    // The person at the terminal is asked too. An error of this client would count as that person's no.
    if (this.socket !== undefined && (this.#listener === undefined || this.others.isAbout(params))) {
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve({}), { once: true }));
    }
    if (this.#listener === undefined) throw new RpcError(-32_000, "no turn of this client runs");
    return this.#listener.request(method, params, signal);
  }

  skipped(bytes: number): void {
    this.#listener?.skipped(bytes);
  }

  ended(end: ServerEnd): void {
    this.#end = end;
    this.#serverEnded.open();
    this.#close();
    this.#listener?.ended(end);
    this.#leave();
  }
}
