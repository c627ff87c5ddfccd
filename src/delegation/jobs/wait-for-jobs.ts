// Waits until one of several jobs ends, asks or is gone, whichever bridge runs it.
import type { Job } from "./job.ts";
import { isEnd } from "./job-record.ts";

/** How jobs are looked at. */
export interface JobView {
  /** Throws where the record cannot be read just now. */
  readonly find: (id: string) => Promise<Job | undefined>;
  /** Calls `listener` when a job of this bridge has changed, until the returned function is called. */
  readonly onChange: (listener: () => void) => () => void;
}

/** How often the records of other bridges' jobs are read. */
const POLL_MS = 250;

/** Gives the jobs as they stand at the end of the wait. Throws only where a record cannot be read at the first look. */
export async function waitForJobs(
  ids: readonly string[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  view: JobView,
): Promise<readonly Job[]> {
  const until = performance.now() + timeoutMs;
  let jobs = await Promise.all(ids.map(view.find));
  for (;;) {
    const left = until - performance.now();
    if (jobs.some(isNews) || left <= 0 || signal.aborted) return jobs.filter((job) => job !== undefined);
    await pause(Math.min(POLL_MS, left), signal, view);
    const before = jobs;
    jobs = await Promise.all(ids.map((id, at) => view.find(id).catch(() => before[at])));
  }
}

function isNews(job: Job | undefined): boolean {
  return job === undefined || job.question !== undefined || isEnd(job.state);
}

function pause(ms: number, signal: AbortSignal, { onChange }: JobView): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      stop();
      resolve();
    };
    const timer = setTimeout(end, ms);
    const stop = onChange(end);
    signal.addEventListener("abort", end, { once: true });
  });
}
