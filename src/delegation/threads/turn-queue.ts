// Who may run now: one turn at a time per thread, a bounded number in all, first come first served.
import { BridgeError } from "../../domain/errors.ts";

/** A place in the queue that was reached; `release` gives it back, once. */
export type Release = () => void;

/** Hands out permits under keys. */
export interface TurnQueue {
  /**
   * Waits for a permit. `onWait` is called once where waiting is needed, with how many are ahead.
   * Throws CANCELLED when the signal aborts first.
   */
  acquire(signal: AbortSignal, onWait: (ahead: number) => void): Promise<Release>;
  /** Holders and waiters. */
  readonly size: number;
}

/** A queue with `permits` places. */
export function createTurnQueue(permits: number): TurnQueue {
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
      // Nobody overtakes: a free place belongs to the first waiter.
      if (held < permits && waiters.length === 0) return Promise.resolve(take());
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

/** A queue with one place for each key. */
export interface KeyedQueue {
  /** As TurnQueue.acquire; a free place is taken before the call returns. */
  acquire(key: string, signal: AbortSignal, onWait: (ahead: number) => void): Promise<Release>;
}

/** Makes a keyed queue; a key without holders and waiters is forgotten. */
export function createKeyedQueue(): KeyedQueue {
  const queues = new Map<string, TurnQueue>();
  return {
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
