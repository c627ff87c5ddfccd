// The threads that this bridge has loaded. A turn that needs its thread loaded in another way has it let go of and loaded again.
import { BridgeError } from "../../../domain/errors.ts";
import type { OpenThreads } from "../../../state/open-threads.ts";
import { loadThread, type WantedThread } from "./load-thread.ts";
import type { LoadedThread } from "./loaded-thread.ts";
import type { ThreadLoad } from "./thread-load.ts";

/** The loaded threads of a bridge. */
export interface LoadedThreads {
  /**
   * Loads a thread, unless it is loaded that way. Rejects as `takeServer` and as a request of the server's connection. It is the turn's until
   * it is given back: the same thread must not be wanted twice at once.
   */
  open(wanted: WantedThread): Promise<LoadedThread>;
  /** The thread that `open` would give for such a load without a server's help; undefined if there is none. It is not the caller's. */
  find(threadId: string, load: ThreadLoad): LoadedThread | undefined;
  /** Takes over a thread that is loaded already. */
  adopt(thread: LoadedThread): void;
  /** Gives a thread back. It stays loaded for the idle time. */
  giveBack(thread: LoadedThread): void;
  /** Whether a thread is loaded and no turn uses it. */
  isIdle(threadId: string): boolean;
  /** Has the server let go of a thread that no turn uses, so that another program can work with it. A terminal may keep it open. */
  letGo(threadId: string): Promise<void>;
  /** Forgets them all. Their servers are ended by the keeper. */
  close(): void;
}

/** Options of the loaded threads. */
export interface LoadedThreadsOptions {
  /** How long a thread stays loaded after a turn, in ms. */
  readonly idleMs: number;
  /** Tells other bridges. */
  readonly open: Pick<OpenThreads, "hold" | "drop" | "onAsked">;
  /** Whether Codex's file of a thread is where a resume looks for it. */
  readonly isStored: (threadId: string) => boolean;
}

/** Idle threads with a server of their own, of which each takes about 30 MB beside the first. As many as turns run at once by default. */
const MOST_IDLE_ALONE = 8;

/** Makes the loaded threads. */
export function createLoadedThreads({ idleMs, open, isStored }: LoadedThreadsOptions): LoadedThreads {
  const threads = new Map<string, LoadedThread>();
  const idle = new Map<string, NodeJS.Timeout>();
  /** Threads that a server is letting go of. Until it has, it refuses to load them again. */
  const leaving = new Map<string, Promise<void>>();

  /** Threads that the bridge has let go of, and a terminal keeps loaded. */
  const held = new Map<string, LoadedThread>();
  /** For which load the user was told that a held thread has an older one. */
  const toldFor = new WeakMap<LoadedThread, string>();
  /** Threads whose file was there after a turn. */
  const stored = new Set<string>();
  const isLost = (threadId: string): boolean => stored.has(threadId) && !isStored(threadId);

  async function letGo(threadId: string): Promise<void> {
    clearTimeout(idle.get(threadId));
    idle.delete(threadId);
    const thread = threads.get(threadId);
    stored.delete(threadId);
    if (thread !== undefined) {
      threads.delete(threadId);
      const left = thread.unload().then((isGone) => {
        if (isGone) open.drop(threadId);
        else stayOpen(thread);
        if (leaving.get(threadId) === left) leaving.delete(threadId);
      });
      leaving.set(threadId, left);
    }
    await leaving.get(threadId);
  }

  function stayOpen(thread: LoadedThread): void {
    const { threadId } = thread.as;
    held.set(threadId, thread);
    void thread.closed.then(() => {
      if (held.get(threadId) !== thread) return;
      held.delete(threadId);
      open.drop(threadId);
    });
  }

  // Its config is passed over as long as it is loaded, so it must have been loaded as it would be now.
  async function rejoin({ threadId, load, timeoutMs, signal }: WantedThread): Promise<LoadedThread | undefined> {
    const thread = threadId === undefined ? undefined : held.get(threadId);
    if (threadId === undefined || thread === undefined) return undefined;
    if (thread.as.essence !== load.essence || isLost(threadId)) throw toOpenInTerminal();
    held.delete(threadId);
    try {
      if (!(await thread.rejoin(load.toParams(thread.as.mark), { timeoutMs, signal }))) return undefined;
    } catch (error) {
      stayOpen(thread);
      throw error;
    }
    // It keeps the key that it was loaded with, so that it is loaded anew once the terminal is closed.
    if (thread.as.key !== load.key && toldFor.get(thread) !== load.key) {
      toldFor.set(thread, load.key);
      thread.warn(OLD_CONFIG);
    }
    keep(thread);
    return thread;
  }

  open.onAsked((threadId) => {
    if (threads.get(threadId)?.isIdle === true) void letGo(threadId);
  });

  // The next turn on the thread waits for it.
  function wait(threadId: string | undefined, over: Promise<void>): void {
    if (threadId === undefined) return;
    const left = over.then(() => {
      if (leaving.get(threadId) === left) leaving.delete(threadId);
    });
    leaving.set(threadId, left);
  }

  function keep(thread: LoadedThread): void {
    const { threadId } = thread.as;
    threads.set(threadId, thread);
    // Otherwise an idle thread would keep a server that is to be replaced.
    thread.onRetired = () => {
      if (threads.get(threadId) === thread && thread.isIdle) void letGo(threadId);
    };
  }

  function find(threadId: string, { key }: ThreadLoad): LoadedThread | undefined {
    const known = threads.get(threadId);
    // The server would go on with a thread that was archived or deleted meanwhile, and write to a file that nobody finds.
    return known?.isUsable === true && known.as.key === key && !isLost(threadId) ? known : undefined;
  }

  async function findLoaded(wanted: WantedThread): Promise<LoadedThread | undefined> {
    const { threadId, load } = wanted;
    if (threadId === undefined) return undefined;
    clearTimeout(idle.get(threadId));
    idle.delete(threadId);
    const known = find(threadId, load);
    if (known !== undefined) return known;
    await letGo(threadId);
    return rejoin(wanted);
  }

  // Each of them keeps a server running.
  function limitIdle(): void {
    const alone = [...idle.keys()].filter((threadId) => threads.get(threadId)?.isAlone === true);
    for (const threadId of alone.slice(0, -MOST_IDLE_ALONE)) void letGo(threadId);
  }

  return {
    open: async (wanted) => {
      const found = await findLoaded(wanted);
      if (found !== undefined) return found;
      const loaded = await loadThread({ ...wanted, onAbandoned: (over) => wait(wanted.threadId, over) });
      keep(loaded);
      return loaded;
    },
    find,
    adopt: keep,
    giveBack: (thread) => {
      const { threadId } = thread.as;
      clearTimeout(idle.get(threadId));
      // The oldest is the first.
      idle.delete(threadId);
      if (isStored(threadId)) stored.add(threadId);
      if (!thread.isUsable) return void letGo(threadId);
      const timer = setTimeout(() => void letGo(threadId), idleMs);
      timer.unref();
      // Before the turn's own lock is free for others.
      open.hold(threadId);
      idle.set(threadId, timer);
      limitIdle();
    },
    isIdle: (threadId) => threads.get(threadId)?.isIdle === true,
    letGo,
    close: () => {
      for (const timer of idle.values()) clearTimeout(timer);
      for (const threadId of [...threads.keys(), ...held.keys()]) open.drop(threadId);
      threads.clear();
      held.clear();
    },
  };
}

const OLD_CONFIG =
  "Codex's config or login has changed since this thread was loaded. The change counts once the thread is closed in the terminal that has it open.";

function toOpenInTerminal(): BridgeError {
  const message = "The user has this thread open in a terminal, and it would have to be loaded anew for this turn.";
  return new BridgeError("SESSION_BUSY", message, {
    nextStep:
      "Ask the user to close that terminal, or continue the thread with the sandbox, model and instructions that it has.",
  });
}
