// The right to run a turn of a thread. A turn first waits for earlier turns of the thread in this bridge, then for one of the bridge's free
// places, and last takes the lock among the bridges of this machine. So no turn holds a lock or a free place while it waits for something.
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { isBlinding } from "../../domain/machine-limits.ts";
import type { LockFiles, LockHeld } from "../../state/lock-files.ts";
import { createKeyedQueue, type Release } from "./turn-queue.ts";

/** Options of createThreadPlaces. */
export interface ThreadPlacesOptions {
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** Ends what dead bridges left running: the agent of a bridge that died with the lock may still work on the thread. */
  readonly reap: () => Promise<void>;
  readonly logger: Logger;
}

/** A thread's place, taken. */
export interface ThreadPlace {
  /** What the caller should know, such as a lock that could not be taken. */
  readonly warnings: readonly string[];
  release(): Promise<void>;
}

/** How to wait for a place. */
export interface PlaceWait {
  readonly signal: AbortSignal;
  /** Called once if the turn has to wait for earlier turns of this bridge, with their number. */
  readonly onWait: (ahead: number) => void;
  /** Waits for one of the bridge's free places. The release of the thread's place gives it back. */
  readonly takeFreePlace: () => Promise<Release>;
}

/** Places of threads. */
export interface ThreadPlaces {
  /** Throws CANCELLED if the signal aborts first, and SESSION_BUSY if another bridge has the thread. */
  acquire(threadId: string, wait: PlaceWait): Promise<ThreadPlace>;
  /** For a thread that has just begun, before anyone else can know its id. The place is taken when the call returns. Never throws. */
  open(threadId: string): ThreadPlace;
}

interface Lock {
  readonly wasLeft: boolean;
  readonly warnings: readonly string[];
  release(): void;
}

const NO_LOCK = { wasLeft: false, release: () => {} };

/** Creates the places of a bridge. */
export function createThreadPlaces({ locks, reap, logger }: ThreadPlacesOptions): ThreadPlaces {
  const queue = createKeyedQueue();

  function lock(threadId: string): Lock {
    try {
      const attempt = locks.take(threadId);
      if (attempt.kind === "held") throw toBusy(attempt);
      return { ...attempt, warnings: [] };
    } catch (error) {
      // Where locks cannot be read just now, another bridge may hold this one.
      if (error instanceof BridgeError || isBlinding(error)) throw toBridgeError(error);
      logger.error({ err: error, threadId }, "thread not locked");
      return { ...NO_LOCK, warnings: [NOT_LOCKED] };
    }
  }

  // An id that became known only at the end of the turn may be in use by another bridge already.
  function lockOrTell(threadId: string): Lock {
    try {
      return lock(threadId);
    } catch (error) {
      return { ...NO_LOCK, warnings: [toBridgeError(error).message] };
    }
  }

  // Refuses before the wait for a free place, not after it.
  function refuseHeld(threadId: string): void {
    try {
      const held = locks.look(threadId);
      if (held !== undefined) throw toBusy(held);
    } catch (error) {
      if (error instanceof BridgeError) throw error;
    }
  }

  async function takeAll(threadId: string, { takeFreePlace }: PlaceWait): Promise<ThreadPlace> {
    refuseHeld(threadId);
    const giveBack = await takeFreePlace();
    try {
      const { wasLeft, release, warnings } = lock(threadId);
      if (wasLeft) await reap().catch((error: unknown) => logger.error({ err: error }, "leftovers not ended"));
      return {
        warnings,
        release: async () => {
          release();
          giveBack();
        },
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  return {
    acquire: async (threadId, wait) => {
      const leave = await queue.acquire(threadId, wait.signal, wait.onWait);
      try {
        const place = await takeAll(threadId, wait);
        return {
          ...place,
          release: async () => {
            await place.release();
            leave();
          },
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
    open: (threadId) => {
      const turn = queue.acquire(threadId, NEVER_ABORTED, () => {});
      const { release, warnings } = lockOrTell(threadId);
      return {
        warnings,
        release: async () => {
          release();
          (await turn)();
        },
      };
    },
  };
}

const NEVER_ABORTED = new AbortController().signal;
const NOT_LOCKED =
  "The thread could not be locked (the state folder cannot be written): use it in no other window at the same time.";

function toBusy({ holder: { pid, cwd, since }, isSeenAlive, path }: LockHeld): BridgeError {
  const from = new Date(since).toISOString();
  const where = isSeenAlive ? "" : ", in another container or on another machine";
  return new BridgeError(
    "SESSION_BUSY",
    `Another bridge runs a turn on this thread: pid ${pid} in ${cwd}${where}, since ${from}.`,
    {
      nextStep: `Wait until that turn has ended, then call again; to work beside it, start a new thread with codex. ${isSeenAlive ? IN_SIGHT : toOutOfSight(path)}`,
      details: { holder: { pid, cwd, since: from } },
    },
  );
}

const IN_SIGHT = "The user can end it in the Claude Code window of that directory.";

function toOutOfSight(path: string): string {
  return `If that bridge is gone, the thread is free a minute from now; the user can also remove the file ${path}.`;
}
