// Tells of results of jobs that nobody has read, with the next result of any tool.
import type { Clock } from "../domain/clock.ts";
import { isRecord } from "../domain/guards.ts";
import type { Logger } from "../domain/logger.ts";
import { isDatedName } from "../state/dated-names.ts";
import { listRecentJobs } from "../state/recent-jobs.ts";
import { tellUnreadResults } from "../state/unread-results.ts";

/** What it needs. */
export interface UnreadTellerOptions {
  readonly stateDir: string;
  /** Whether the user wants it. */
  readonly unreadResults: boolean;
  /** Directory of the bridge. */
  readonly project: string;
  /** A job is told of once in a session. */
  readonly session: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes it. Never throws. */
export function createUnreadTeller(options: UnreadTellerOptions): () => string | undefined {
  const { stateDir, unreadResults, project, session, clock, logger } = options;
  return () => {
    if (!unreadResults) return undefined;
    const now = clock();
    try {
      const recent = listRecentJobs(stateDir, now, (name) => isDatedName(name, project));
      return recent.names.length === 0 ? undefined : tellUnreadResults(recent, { project, session, now, settledMs: 0 });
    } catch (error) {
      // Without a folder there was no job yet.
      if (!isRecord(error) || error["code"] !== "ENOENT") logger.warn({ err: error }, "unread results are not told");
      return undefined;
    }
  };
}
