// The jobs of this machine's bridges. The server and `codex-bridge jobs` build the same ones.
import { nanoid } from "nanoid";
import type { Jobs } from "../delegation/jobs/job.ts";
import { createJobs } from "../delegation/jobs/jobs.ts";
import type { ParkingOptions } from "../delegation/jobs/parked-starter.ts";
import type { Logger } from "../domain/logger.ts";
import { ringBell } from "../state/bridge-bell.ts";
import { createJobFiles, type JobFiles } from "../state/job-files.ts";
import { createJobRequestFiles, type JobRequestFiles } from "../state/job-request-files.ts";
import { createParkedOrderFiles, type ParkedOrderFiles } from "../state/parked-order-files.ts";
import type { Machine } from "./machine.ts";

/** What the jobs are made of. */
export interface MachineJobsOptions {
  readonly stateDir: string;
  /** Directory of this bridge: its jobs belong to it. */
  readonly cwd: string;
  /** Whether the jobs of every project are seen. */
  readonly seesAll?: boolean;
  readonly maxJobs: number;
  /** How long a job is kept, in ms. */
  readonly jobTtlMs: number;
  /** How parked jobs go on; absent where no job is run. */
  readonly parking?: ParkingOptions;
  /** Throws if this bridge may not act on the jobs of other bridges. */
  readonly checkMayAct: () => void;
  /** Whether this is a runner. */
  readonly outlives?: boolean;
  readonly machine: Machine;
  readonly logger: Logger;
}

/** The jobs and their files. */
export interface MachineJobs {
  readonly jobs: Jobs;
  readonly jobFiles: JobFiles;
  readonly jobRequests: JobRequestFiles;
  readonly parkedOrders: ParkedOrderFiles;
}

const ID_CHARACTERS = 8;

/** Builds them. Nothing is created on disk before the first job. */
export function createMachineJobs({
  stateDir,
  cwd,
  seesAll,
  maxJobs,
  jobTtlMs,
  parking,
  checkMayAct,
  outlives = false,
  machine,
  logger,
}: MachineJobsOptions): MachineJobs {
  const jobFiles = createJobFiles(stateDir);
  const jobRequests = createJobRequestFiles(stateDir);
  const parkedOrders = createParkedOrderFiles(stateDir);
  const jobs = createJobs({
    files: jobFiles,
    requests: jobRequests,
    orders: parkedOrders,
    locks: machine.locks,
    ttlMs: jobTtlMs,
    ...(parking === undefined ? {} : { parking }),
    project: cwd,
    ...(seesAll === undefined ? {} : { seesAll }),
    own: { ...machine.own, cwd },
    bell: machine.jobsBell,
    judge: machine.judgeHolder,
    ring: (bell) => ringBell(stateDir, bell),
    onRing: machine.onRing,
    checkMayAct,
    maxJobs,
    outlives,
    newId: () => nanoid(ID_CHARACTERS),
    clock: Date.now,
    logger,
  });
  return { jobs, jobFiles, jobRequests, parkedOrders };
}
