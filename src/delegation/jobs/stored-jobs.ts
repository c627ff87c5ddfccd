// The records of a project's jobs, whoever runs them. A job whose bridge is gone never counts as running.
import { statSync } from "node:fs";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import type { HolderJudge } from "../../state/holder-judge.ts";
import type { JobFiles, StoredJob } from "../../state/job-files.ts";
import { describeSilentBridge } from "../turns/progress/progress.ts";
import { isUnowned, toInterruptedRecord } from "./job-record.ts";

/** Options of createStoredJobs. */
export interface StoredJobsOptions {
  readonly files: JobFiles;
  /** Directory of this bridge: its jobs belong to it, and it sees no others. */
  readonly project: string;
  /** Whether it sees the jobs of every project all the same: for a person at a terminal. */
  readonly seesAll?: boolean;
  readonly judge: HolderJudge;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** The records. Do not ask for live jobs of this bridge: their records in memory are newer. */
export interface StoredJobs {
  /** Throws CONFIG_INVALID for a record that is damaged, or that only a newer bridge can read. As `list` where it cannot be read just now. */
  read(id: string): StoredJob | undefined;
  /** Newest first, without those that `isLeftOut` accepts. Damaged records are skipped. Throws MACHINE_LIMIT or CONFIG_INVALID where the folder cannot be read. */
  list(most: number, isLeftOut: (id: string) => boolean): StoredJob[];
  /** Whether this bridge runs or ran it. */
  isOwn(record: StoredJob): boolean;
}

/** So long without renewal is no busy machine. */
const SILENT_MS = 60_000;

/** Creates access to the records. `bell` is the name of this bridge's bell, which no other bridge has. */
export function createStoredJobs(bell: string, options: StoredJobsOptions): StoredJobs {
  const { files, judge, clock, logger } = options;
  const project = options.seesAll === true ? undefined : options.project;
  const isOwn = ({ owner }: StoredJob): boolean => owner.bell === bell;

  function isLost(record: StoredJob, path: string): boolean {
    if (isUnowned(record.state)) return false;
    // A job of this bridge that has not ended and is not in memory has been lost.
    return isOwn(record) || judge(path, `${record.id} ${record.owner.since}`, record.owner) === "dead";
  }

  // Writes that a lost job is interrupted. The record is read once more before that: its bridge may have written the real end between our first
  // look and its own death, or have parked it, and another bridge may run it now.
  function settle(first: StoredJob, path: string): StoredJob {
    if (!isLost(first, path)) return first;
    const record = readAgain(first);
    if (!isLost(record, path)) return record;
    const interrupted = toInterruptedRecord(record, clock());
    try {
      files.write(interrupted);
    } catch (error) {
      logger.warn({ err: error, job: record.id }, "interrupted job not on record");
    }
    return interrupted;
  }

  // Its bridge renews the record of a running job every ten seconds. One that does not may have come much further, or have been done for long.
  function see(first: StoredJob, path: string): StoredJob {
    const record = settle(first, path);
    if (record.state !== "running" || isOwn(record)) return record;
    const forMs = clock() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? clock());
    return forMs < SILENT_MS ? record : { ...record, activity: describeSilentBridge(forMs, record.activity) };
  }

  function readAgain(record: StoredJob): StoredJob {
    try {
      const { stored } = files.find(record.project, record.id);
      return stored.kind === "record" ? stored.value : record;
    } catch {
      // What cannot be read just now cannot be written either.
      return record;
    }
  }

  return {
    isOwn,
    read: (id) => {
      const { stored, path } = look(() => files.find(project, id));
      if (stored.kind === "absent") return undefined;
      if (stored.kind !== "record") throw toUnreadable(id, path, stored.kind);
      return look(() => see(stored.value, path));
    },
    list: (most, isLeftOut) =>
      look(() =>
        files
          .listNewest(project, most)
          .filter(({ record }) => !isLeftOut(record.id))
          .map(({ record, path }) => see(record, path)),
      ),
  };
}

// That a job cannot be looked at must not read as if there were none.
function look<Found>(act: () => Found): Found {
  try {
    return act();
  } catch (error) {
    const known = toBridgeError(error);
    if (known.code !== "INTERNAL") throw known;
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new BridgeError("CONFIG_INVALID", `The jobs in the bridge's state folder cannot be read (${reason}).`, {
      nextStep: "Ask the user to make that folder readable (`codex-bridge doctor` names it), then call again.",
      cause: error,
    });
  }
}

function toUnreadable(id: string, path: string, kind: "damaged" | "newer"): BridgeError {
  return kind === "newer"
    ? new BridgeError("CONFIG_INVALID", `The record of job ${id} (${path}) was written by a newer codex-bridge.`, {
        nextStep:
          "Ask the user to update codex-bridge here to the version that their other windows run, then call again.",
      })
    : new BridgeError("CONFIG_INVALID", `The record of job ${id} (${path}) is damaged, so its result is lost.`, {
        nextStep: "Look at the files that the job was to change; codex-reply without an id lists the newest threads.",
      });
}
