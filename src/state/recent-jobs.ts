// The records of jobs that were written in the last day, by their times alone: most sessions have none, and then nothing more is loaded.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Records of jobs. */
export interface RecentJobs {
  readonly stateDir: string;
  /** File names, the last written last: `TIME.PROJECT.ID.json`. */
  readonly names: readonly string[];
}

/** A job that ended longer ago is not told of: the session has gone on without it. */
export const RECENT_MS = 86_400_000;

/**
 * Lists them, all or those with a wanted name; `now` is epoch ms. The time in a name is that of the job's creation, and a job can wait for days
 * before it ends: what counts is when its record was last written. Throws what the file system throws.
 */
export function listRecentJobs(stateDir: string, now: number, isWanted = (_name: string): boolean => true): RecentJobs {
  const folder = join(stateDir, "jobs");
  const recent = readdirSync(folder)
    .filter(isWanted)
    .map((name) => ({ name, writtenAt: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .filter(({ writtenAt }) => writtenAt >= now - RECENT_MS)
    .sort((a, b) => a.writtenAt - b.writtenAt);
  return { stateDir, names: recent.map(({ name }) => name) };
}
