// The records of jobs that were written in the last day, where the environment says that they are.
import { parseStateDir } from "../settings/parse-settings.ts";
import type { ParseScope } from "../settings/parse-value.ts";
import { readVariable } from "../settings/read-variable.ts";
import { listRecentJobs, type RecentJobs } from "../state/recent-jobs.ts";

/** Finds them; `now` is epoch ms. Throws what the file system throws, and VariableError. */
export function findRecentJobs(scope: ParseScope, now: number): RecentJobs {
  return listRecentJobs(parseStateDir(readVariable(scope.env, "BRIDGE_STATE_DIR"), scope), now);
}
