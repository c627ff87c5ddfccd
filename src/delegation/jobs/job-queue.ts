// The queue of background jobs: a limited number at once, the rest in order.
import PQueue from "p-queue";

/** A job that waits for its turn. */
export interface QueuedJob<Result> {
  readonly signal: AbortSignal;
  /** Called with the job's place in the queue, 1 for the next, whenever that has changed. */
  readonly onMove: (position: number) => void;
  readonly act: () => Promise<Result>;
}

/** The queue. */
export interface JobQueue {
  /**
   * Runs `act` when the job's turn has come, and gives what it gives. If the signal aborts before, the job leaves the queue and `act` runs at
   * once: it then sees the aborted signal and ends.
   */
  run<Result>(job: QueuedJob<Result>): Promise<Result>;
  /** Lets another job run in the place of one that waits for a person, until the returned function is called. */
  lend(): () => void;
  /** Starts no further job. */
  stop(): void;
}

/** Creates a queue. */
export function createJobQueue(concurrency: number): JobQueue {
  const queue = new PQueue({ concurrency });
  /** In order. */
  const waiting = new Set<Pick<QueuedJob<unknown>, "onMove">>();

  function leave(job: Pick<QueuedJob<unknown>, "onMove">): void {
    waiting.delete(job);
    [...waiting].forEach(({ onMove }, at) => {
      onMove(at + 1);
    });
  }

  return {
    stop: () => queue.pause(),
    lend: () => {
      queue.concurrency += 1;
      return () => {
        queue.concurrency -= 1;
      };
    },
    run: async (job) => {
      const { signal, onMove, act } = job;
      if (signal.aborted) return act();
      // A signal for the wait alone: p-queue counts a running job as ended as soon as its signal aborts.
      const wait = new AbortController();
      const stopWaiting = (): void => wait.abort();
      signal.addEventListener("abort", stopWaiting, { once: true });
      let started: ReturnType<typeof act> | undefined;
      const start = (): ReturnType<typeof act> => {
        signal.removeEventListener("abort", stopWaiting);
        leave(job);
        started ??= act();
        return started;
      };
      waiting.add(job);
      try {
        const result = queue.add(start, { signal: wait.signal });
        if (started === undefined) onMove(waiting.size);
        return await result;
      } catch (error) {
        if (started !== undefined || !wait.signal.aborted) throw error;
        return start();
      }
    },
  };
}
