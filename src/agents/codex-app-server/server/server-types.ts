// What the other parts of this backend see of an app server: a lease on one, and a connection to it.
import type { JsonObject } from "../../../domain/json.ts";
import type { GlobalNotice } from "../protocol/global-notices.ts";
import type { ServerEnd } from "./server-errors.ts";

/** How a server is started. Launches that differ in nothing share a server. */
export interface ServerLaunch {
  /** Absolute path of the Codex CLI. */
  readonly file: string;
  /** Arguments, `app-server` included. */
  readonly args: readonly string[];
  /** The whole environment. The keeper adds the mark of the server's run. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** API key to log the server in with before it is used; undefined for the login of its own. It was started with LOGIN_IN_MEMORY then. */
  readonly apiKey?: string | undefined;
  /**
   * State of the binary and of the files that the server reads only once. Servers that differ in nothing else replace each other: the one
   * that was started with another stamp is outdated.
   */
  readonly stamp: string;
  /** Folder for its socket, if terminals shall be able to open its threads; undefined: the bridge alone talks to it, through its stdin. */
  readonly socketFolder?: string | undefined;
  /**
   * Whether the server is for one thread at a time. The subagent tools of a thread reach every thread of its server, whatever that one may
   * do (docs/codex-cli.md#app-server-subagents).
   */
  readonly isForOneThread?: boolean;
}

/** Limits of a request. */
export interface RequestLimits {
  /** Counts from the call. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the answer before any later line is read, so that a listener set here misses nothing that the server says of a new thread. */
  readonly onResult?: ((result: JsonObject) => void) | undefined;
  /** Called if the request succeeds after its promise has rejected: what it started must be ended. */
  readonly onLate?: ((result: JsonObject) => void) | undefined;
  /** Called instead of `onLate` if the request fails then: by an error of the server's, or with its end. */
  readonly onLateFailure?: (() => void) | undefined;
}

/** A conversation with a server that has been initialized. */
export interface ServerConnection {
  /** The server's own name and version: `codex-bridge/0.169.0 (…)`. */
  readonly userAgent: string;
  /** Its warnings about the config. The server says each of them once only, whichever thread it comes from. */
  readonly warnings: { readonly config: readonly GlobalNotice[] };
  /**
   * Asks the server. Rejects with RpcError (its own answer), UnreadableAnswer, RequestTimedOut, ServerEnded, or the reason of the signal.
   * A request that rejected in another way than with RpcError may have been carried out.
   */
  request(method: string, params: JsonObject, limits: RequestLimits): Promise<JsonObject>;
  /**
   * Passes on what the server says of one thread, in order. Returns a function that stops it; questions that are then open are answered
   * with an error. Throws if the thread has a listener already.
   */
  listen(threadId: string, listener: ThreadListener, options?: ListenOptions): () => void;
}

/** How a listener listens. */
export interface ListenOptions {
  /** Whether it also hears of threads that nobody listens to: subagents of its own thread, which has the server to itself. */
  readonly hearsOthers: boolean;
}

/** Hears what the server says of one thread. An exception in a callback is logged. */
export interface ThreadListener {
  notification(method: string, params: JsonObject): void;
  /**
   * A question of the server's. The value becomes the answer's `result`; a rejection is sent as a JSON-RPC error (code and message of an
   * RpcError, otherwise without details). The signal aborts if the answer is no longer wanted.
   */
  request(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>;
  /** A line was longer than can be read. It may have been about any thread. */
  skipped(bytes: number): void;
  /** The server has ended, and with it every turn. Nothing comes after this. */
  ended(end: ServerEnd): void;
}

/** The right to use a server. */
export interface ServerLease {
  readonly connection: ServerConnection;
  /** Socket on which other clients can connect, too; undefined if none can. */
  readonly socket: string | undefined;
  /** Whether nobody else has a lease on the server. */
  readonly isAlone: boolean;
  /** Whether nobody else uses the server just now: there is no other lease, and no terminal can have a thread of its own in it. */
  readonly isOnly: boolean;
  /** Records the processes of the server: those that lose their parent could not be found at its end. Never throws. */
  remember(): void;
  /** Aborts when the server takes no more leases, since a newer one replaces it or it does not answer: let go of it as soon as you can. */
  readonly retired: AbortSignal;
  /** The holder has found that the server does not do what it must. It takes no more leases, ends with its last one, and is killed if it does not exit. */
  retire(): void;
  /**
   * Ends the server with every turn on it: at once, or with time to exit by itself, in which it ends what its threads run. Never rejects.
   */
  end(how: "at once" | "gently"): Promise<void>;
  /** Idempotent. The server's idle time counts from the last release. */
  release(): void;
}

/** Keeps the servers of this bridge: starts them, shares them, ends them. */
export interface ServerKeeper {
  /**
   * Gives a server, and starts one if there is none. Rejects with the signal's reason, or with a BridgeError: AGENT_UNSUPPORTED if this CLI
   * has no app server that the bridge can use; AGENT_NOT_FOUND, AGENT_BROKEN, AGENT_NOT_ANSWERING, CONFIG_INVALID or MACHINE_LIMIT if it
   * does not start; CANCELLED after `close`.
   */
  take(launch: ServerLaunch, signal: AbortSignal): Promise<ServerLease>;
  /** Ends every server at once, with all that it started. Idempotent. Never rejects. */
  close(): Promise<void>;
}

/** Hears what a server says of no thread: limits of the account, warnings about the config. */
export type GlobalListener = (method: string, params: JsonObject) => void;
