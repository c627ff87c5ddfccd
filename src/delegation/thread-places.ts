// The right to run a turn of a thread: first come first served within this bridge, and one bridge at a time among those of this machine.
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import type { LockFiles, LockHolder } from "../state/lock-files.ts";
import { createKeyedQueue } from "./turn-queue.ts";

/** What places are made of. */
export interface ThreadPlacesOptions {
  readonly locks: Pick<LockFiles, "take">;
  /** Ends what dead bridges left running: a bridge that died with the lock may have left its Codex at work on the thread. */
  readonly reap: () => Promise<void>;
  readonly logger: Logger;
}

/** A thread's place, taken. */
export interface ThreadPlace {
  /** What the caller should know: a lock that could not be made. */
  readonly warnings: readonly string[];
  release(): Promise<void>;
}

/** Places of threads. */
export interface ThreadPlaces {
  /**
   * Waits for earlier turns of this bridge; `onWait` is called once, with how many there are.
   * Throws CANCELLED when the signal aborts first, SESSION_BUSY where another bridge has the thread.
   */
  acquire(threadId: string, signal: AbortSignal, onWait: (ahead: number) => void): Promise<ThreadPlace>;
  /** For a thread that has just begun, before anyone else can know its id: taken when the call returns. Never throws. */
  open(threadId: string): ThreadPlace;
}

interface Lock {
  readonly wasLeft: boolean;
  readonly warnings: readonly string[];
  release(): void;
}

const NO_LOCK = { wasLeft: false, release: () => {} };

/** Makes them. */
export function createThreadPlaces({ locks, reap, logger }: ThreadPlacesOptions): ThreadPlaces {
  const queue = createKeyedQueue();

  function lock(threadId: string): Lock {
    try {
      const attempt = locks.take(threadId);
      if (attempt.kind === "held") throw toBusy(attempt.holder);
      return { ...attempt, warnings: [] };
    } catch (error) {
      if (error instanceof BridgeError) throw error;
      logger.error({ err: error, threadId }, "thread not locked");
      return { ...NO_LOCK, warnings: [NOT_LOCKED] };
    }
  }

  // An id that became known only with the end of the turn may be somebody else's already.
  function lockOrTell(threadId: string): Lock {
    try {
      return lock(threadId);
    } catch (error) {
      return { ...NO_LOCK, warnings: [toBridgeError(error).message] };
    }
  }

  return {
    acquire: async (threadId, signal, onWait) => {
      const leave = await queue.acquire(threadId, signal, onWait);
      try {
        const { wasLeft, release, warnings } = lock(threadId);
        const place = {
          warnings,
          release: async () => {
            release();
            leave();
          },
        };
        if (wasLeft) await reap().catch((error: unknown) => logger.error({ err: error }, "leftovers not ended"));
        return place;
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

function toBusy({ pid, cwd, since }: LockHolder): BridgeError {
  const from = new Date(since).toISOString();
  return new BridgeError(
    "SESSION_BUSY",
    `Another bridge runs a turn on this thread: pid ${pid} in ${cwd}, since ${from}.`,
    {
      nextStep:
        "Wait until that turn has ended, then call again; to work beside it, start a new thread with codex. The user can end it in the Claude Code window of that directory.",
      details: { holder: { pid, cwd, since: from } },
    },
  );
}
