// The runners on this machine, as a person sees them, and how one is ended: by a file that only this user can write, never by its pid alone.
import { setTimeout as pause } from "node:timers/promises";
import { isUnowned } from "../delegation/jobs/job-record.ts";
import type { HolderJudge } from "../state/holder-judge.ts";
import type { JobFiles } from "../state/job-files.ts";
import type { RunnerFiles, StoredRunner } from "../state/runner-files.ts";

/** A runner that lives, or may live. Its directory is that of its jobs. */
export interface LiveRunner {
  readonly stored: StoredRunner;
  /** Its jobs that have not ended. One that waits for a usage limit is nobody's. */
  readonly jobs: readonly { readonly id: string; readonly title: string }[];
}

/** Where they are found. */
export interface RunnerView {
  readonly files: RunnerFiles;
  readonly jobFiles: Pick<JobFiles, "listNewest">;
  readonly judge: HolderJudge;
}

/** A runner's jobs are looked for among so many of its project's newest. */
const MOST_JOBS = 1_000;
/** A runner gives its jobs six seconds at most, and then has five to end what they left running. */
const STOP_MS = 12_000;
const POLL_MS = 50;

/** The runners of a directory, or of all where none is given; oldest first. */
export function listRunners(view: RunnerView, project?: string): LiveRunner[] {
  const found = view.files.list(view.judge).filter(({ cwd }) => project === undefined || cwd === project);
  return found.map((runner) => toLive(runner, view));
}

function toLive(stored: StoredRunner, { jobFiles }: RunnerView): LiveRunner {
  const jobs = jobFiles
    .listNewest(stored.cwd, MOST_JOBS)
    .filter(({ record }) => record.owner.bell === stored.bell && !isUnowned(record.state))
    .map(({ record }) => ({ id: record.id, title: record.title }));
  return { stored, jobs };
}

/**
 * Asks a runner to cancel its jobs and to end, and waits until its process is gone. Gives false where that is not so in time: it then ends as soon
 * as it can. Throws what the file system throws.
 */
export async function stopRunner(
  { stored }: LiveRunner,
  { files, judge }: Pick<RunnerView, "files" | "judge">,
  ring: (bell: string) => Promise<unknown>,
  limitMs = STOP_MS,
): Promise<boolean> {
  const { bell: id } = stored;
  files.askToStop(id, Date.now());
  void ring(id);
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    await pause(POLL_MS);
    const isOnRecord = files.list(judge).some(({ bell }) => bell === id);
    // One in another container cannot be looked up: it takes itself off the record as the last thing it does.
    if (!isOnRecord && !files.isAlive(stored, judge)) return true;
  }
  return false;
}
