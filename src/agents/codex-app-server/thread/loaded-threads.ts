// The threads that this bridge has loaded. A turn that needs its thread loaded in another way has it let go of and loaded again.

import { BridgeError } from "../../../domain/errors.ts";
import type { JsonObject } from "../../../domain/json.ts";
import { NO_TOKENS } from "../../../domain/token-usage.ts";
import { readLoadedThread } from "../protocol/thread-answers.ts";
import type { ServerLease } from "../server/server-types.ts";
import { LoadedThread } from "./loaded-thread.ts";
import { toRequestFailure } from "./request-failure.ts";
import type { ThreadLoad } from "./thread-load.ts";

/** A thread that a turn needs. */
export interface WantedThread {
  /** undefined for a new one. */
  readonly threadId: string | undefined;
  readonly load: ThreadLoad;
  /** Mark for the commands of a thread that is loaded for this turn. */
  readonly mark: string;
  /** Takes a server for it. */
  readonly takeServer: () => Promise<ServerLease>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The loaded threads of a bridge. */
export interface LoadedThreads {
  /**
   * Loads a thread, unless it is loaded that way. Rejects as `takeServer` and as a request of the server's connection. It is the turn's until
   * it is given back: the same thread must not be wanted twice at once.
   */
  open(wanted: WantedThread): Promise<LoadedThread>;
  /** Gives a thread back. It stays loaded for the idle time. */
  giveBack(thread: LoadedThread): void;
  /** Whether a thread is loaded and no turn uses it. */
  isIdle(threadId: string): boolean;
  /** Has the server let go of a thread that no turn uses, so that another program can work with it. */
  letGo(threadId: string): Promise<void>;
  /** Forgets them all. Their servers are ended by the keeper. */
  close(): void;
}

/** Makes the loaded threads. `idleMs` is how long a thread stays loaded after a turn. */
export function createLoadedThreads(idleMs: number): LoadedThreads {
  const threads = new Map<string, LoadedThread>();
  const idle = new Map<string, NodeJS.Timeout>();

  async function load(wanted: WantedThread): Promise<LoadedThread> {
    const { threadId, load: wantedLoad, mark, timeoutMs, signal } = wanted;
    const lease = await wanted.takeServer();
    let loaded: LoadedThread | undefined;
    const onResult = (result: JsonObject): void => {
      const id = readLoadedThread(result)?.thread.id;
      const total = threadId === undefined ? NO_TOKENS : undefined;
      if (id !== undefined) loaded = new LoadedThread({ threadId: id, key: wantedLoad.key, mark }, lease, total);
    };
    const params = wantedLoad.toParams(mark);
    const [method, asked] =
      threadId === undefined
        ? ["thread/start", params]
        : ["thread/resume", { ...params, threadId, excludeTurns: true }];
    try {
      // A thread that is opened after the turn was given up has no use.
      const onLate = (result: JsonObject): void => {
        onResult(result);
        void loaded?.unload();
      };
      await lease.connection.request(method, asked, { timeoutMs, signal, onResult, onLate });
    } catch (error) {
      lease.release();
      throw toRequestFailure(error, method);
    }
    if (loaded === undefined) {
      lease.release();
      throw new BridgeError("PROTOCOL_ERROR", `Codex's answer to ${method} names no thread.`);
    }
    return loaded;
  }

  return {
    open: async (wanted) => {
      const { threadId } = wanted;
      const known = threadId === undefined ? undefined : threads.get(threadId);
      if (known !== undefined) {
        clearTimeout(idle.get(known.as.threadId));
        if (known.isUsable && known.as.key === wanted.load.key) return known;
        await known.unload();
        threads.delete(known.as.threadId);
      }
      const loaded = await load(wanted);
      threads.set(loaded.as.threadId, loaded);
      return loaded;
    },
    giveBack: (thread) => {
      const { threadId } = thread.as;
      const letGo = (): void => {
        if (threads.get(threadId) === thread) threads.delete(threadId);
        void thread.unload();
      };
      clearTimeout(idle.get(threadId));
      if (!thread.isUsable) return letGo();
      const timer = setTimeout(letGo, idleMs);
      timer.unref();
      idle.set(threadId, timer);
    },
    isIdle: (threadId) => threads.get(threadId)?.isIdle === true,
    letGo: async (threadId) => {
      const thread = threads.get(threadId);
      clearTimeout(idle.get(threadId));
      threads.delete(threadId);
      await thread?.unload();
    },
    close: () => {
      for (const timer of idle.values()) clearTimeout(timer);
      threads.clear();
    },
  };
}
