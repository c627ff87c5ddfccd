// Decides which turns may run now: one at a time per thread and a limited number in all, first come, first served.
import { BridgeError } from "../../domain/errors.ts";

/** Gives a slot back. Further calls do nothing. */
export type Release = () => void;

/** Hands out a limited number of slots. */
export interface TurnQueue {
  /**
   * Waits for a slot. If it has to wait, it calls `onWait` once with the number of holders and waiters ahead.
   * Throws CANCELLED if the signal aborts first.
   */
  acquire(signal: AbortSignal, onWait: (ahead: number) => void): Promise<Release>;
  /** Holders and waiters. */
  readonly size: number;
}

/** Creates a queue with `slots` slots. */
export function createTurnQueue(slots: number): TurnQueue {
  let held = 0;
  const waiters: (() => void)[] = [];

  function take(): Release {
    held += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      held -= 1;
      waiters.shift()?.();
    };
  }

  return {
    get size() {
      return held + waiters.length;
    },
    acquire: (signal, onWait) => {
      if (signal.aborted) return Promise.reject(cancelled());
      // A free slot belongs to the first waiter: a new caller must not overtake.
      if (held < slots && waiters.length === 0) return Promise.resolve(take());
      onWait(held + waiters.length);
      return new Promise((resolve, reject) => {
        const proceed = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(take());
        };
        const leave = (): void => {
          waiters.splice(waiters.indexOf(proceed), 1);
          reject(cancelled());
        };
        waiters.push(proceed);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}

/** A queue with one slot per key. */
export interface KeyedQueue {
  /** As TurnQueue.acquire. A free slot is taken before the call returns. */
  acquire(key: string, signal: AbortSignal, onWait: (ahead: number) => void): Promise<Release>;
  /** Whether somebody holds the slot of a key or waits for it. */
  isBusy(key: string): boolean;
}

/** Creates a keyed queue. It forgets keys that have no holders and waiters. */
export function createKeyedQueue(): KeyedQueue {
  const queues = new Map<string, TurnQueue>();
  return {
    isBusy: (key) => queues.has(key),
    acquire: async (key, signal, onWait) => {
      const queue = queues.get(key) ?? createTurnQueue(1);
      queues.set(key, queue);
      const forget = (): void => {
        if (queue.size === 0 && queues.get(key) === queue) queues.delete(key);
      };
      try {
        const release = await queue.acquire(signal, onWait);
        return () => {
          release();
          forget();
        };
      } catch (error) {
        forget();
        throw error;
      }
    },
  };
}

function cancelled(): BridgeError {
  return new BridgeError("CANCELLED", "The call was cancelled while it waited for its turn.");
}
