// The records of jobs that were written in the last day, where the environment says that they are.
import { parseStateDir } from "../settings/parse-settings.ts";
import { type Environment, readVariable } from "../settings/read-variable.ts";
import { listRecentJobs, type RecentJobs } from "../state/recent-jobs.ts";

/** Finds them; `now` is epoch ms. Throws what the file system throws, and VariableError. */
export function findRecentJobs(env: Environment, now: number): RecentJobs {
  return listRecentJobs(parseStateDir(readVariable(env, "BRIDGE_STATE_DIR"), { env, cwd: process.cwd() }), now);
}
