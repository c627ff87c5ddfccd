// The kept jobs of this bridge that have not ended, or whose end is not on disk yet.
import type { BridgeBell } from "../../state/bridge-bell.ts";
import type { RunningJob } from "./running-job.ts";

/** The live jobs. */
export interface LiveJobs {
  get(id: string): RunningJob | undefined;
  all(): readonly RunningJob[];
  readonly size: number;
  add(job: RunningJob): void;
  /** To be called when a job has changed: it is forgotten once its end is on disk. */
  review(job: RunningJob): void;
  /** Writes what is not on disk yet, and forgets all. */
  close(): void;
}

/** How often progress is written and requests of other bridges are looked for. */
const BEAT_MS = 2_000;
/** Limit for the records written at one beat: when a long queue moves up, calls must not be delayed. */
const MOST_WRITTEN = 50;

/** Creates the set. While it holds a job, the bell is open and each beat writes what has changed. */
export function createLiveJobs(bell: Pick<BridgeBell, "open" | "close">, onBeat: () => void): LiveJobs {
  /** A job that was written moves to the end, so each has its turn. */
  const jobs = new Map<string, RunningJob>();
  let timer: NodeJS.Timeout | undefined;

  function review(job: RunningJob): void {
    if (job.isSettled && jobs.delete(job.id) && jobs.size === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    bell.close();
  }

  function beat(): void {
    let written = 0;
    for (const job of [...jobs.values()]) {
      if (!job.flush(written < MOST_WRITTEN)) continue;
      written += 1;
      jobs.delete(job.id);
      jobs.set(job.id, job);
      review(job);
    }
    onBeat();
  }

  return {
    get: (id) => jobs.get(id),
    all: () => [...jobs.values()],
    get size() {
      return jobs.size;
    },
    add: (job) => {
      jobs.set(job.id, job);
      bell.open();
      timer ??= setInterval(beat, BEAT_MS).unref();
    },
    review,
    close: () => {
      for (const job of jobs.values()) job.flush(true);
      jobs.clear();
      stop();
    },
  };
}
