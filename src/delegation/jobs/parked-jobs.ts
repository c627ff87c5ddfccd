// Jobs that wait for the reset of a usage limit. No bridge runs them, so each change of such a record is made under the job's lock: of several
// bridges exactly one starts a job, and a cancel comes either before that or goes to the bridge that has started it.
import { setTimeout as pause } from "node:timers/promises";
import { BridgeError } from "../../domain/errors.ts";
import { toLocalTime } from "../../domain/local-time.ts";
import type { Logger } from "../../domain/logger.ts";
import type { JobFiles, StoredJob } from "../../state/job-files.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { ParkedOrderFiles, StoredOrder } from "../../state/parked-order-files.ts";
import type { JobOrder, JobPark } from "./job.ts";
import { addInput, addInputs } from "./job-inputs.ts";
import { isEnd } from "./job-record.ts";
import { toCancelledRecord, toClaimedRecord, toParkedRecord, toUnstartedRecord } from "./parked-records.ts";

/** Options of createParkedJobs. */
export interface ParkedJobsOptions {
  readonly files: JobFiles;
  readonly orders: ParkedOrderFiles;
  readonly locks: Pick<LockFiles, "whileFree">;
  /** How long a job is kept, in ms. It waits no longer, and is not started later than this after the reset. */
  readonly ttlMs: number;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** Who runs a job, as its record says. */
export type JobRunner = Pick<StoredJob, "owner" | "outlives">;

/** A parked job that this bridge is to run now; its record says so already. */
export interface ClaimedJob {
  readonly record: StoredJob;
  readonly order: JobOrder;
}

/** The parked jobs. */
export interface ParkedJobs {
  /** Why a job cannot be parked, as a clause; undefined if it can. */
  whyNot(record: StoredJob, park: JobPark): string | undefined;
  /** Writes the order of a job, and gives the record that is to be written next. Throws what the file system throws. */
  order(record: StoredJob, park: JobPark): StoredJob;
  /** Takes back the order of a job whose record could not be written. Never throws. */
  withdraw(record: StoredJob): void;
  /** Takes a job that is due. Gives undefined where it is not, or where another bridge has it. Never throws. */
  claim(project: string, id: string, runner: JobRunner): ClaimedJob | undefined;
  /** Ends a job that is due and whose order is gone: nothing will ever start it. Gives its record as it is then. Never throws. */
  review(record: StoredJob): StoredJob;
  /** Cancels a parked job. Gives false where it is not parked any more. Throws what the file system throws, and WAIT_TIMED_OUT. */
  cancel(record: StoredJob): Promise<boolean>;
  /** Adds input for its next turn. As `cancel`; throws INVALID_ARGUMENT where too much of it waits. */
  steer(record: StoredJob, text: string): Promise<boolean>;
}

/** How often a job may meet a limit and wait again. */
const MOST_PARKINGS = 5;
/** Longest wait: the longest window of a Codex account is a week. */
const MOST_WAIT_MS = 8 * 86_400_000;
/** A provider may say that its limit is over at once. */
const LEAST_WAIT_MS = 5_000;
/** Limit for the parked jobs of a project. */
const MOST_PARKED = 1_000;
/** A change under the lock takes a few milliseconds. */
const LOCK_TRIES = 80;
const LOCK_PAUSE_MS = 25;

/** Creates access to the parked jobs of this machine. */
export function createParkedJobs(options: ParkedJobsOptions): ParkedJobs {
  const { files, orders, ttlMs, clock, logger } = options;
  const toStart = (resetsAt: number): number => Math.max(resetsAt, clock() + LEAST_WAIT_MS);

  function whyNot({ project, parkings = 0 }: StoredJob, { resetsAt }: JobPark): string | undefined {
    const now = clock();
    if (resetsAt === undefined) return "the agent does not say when the limit is reset";
    if (toStart(resetsAt) - now > Math.min(ttlMs, MOST_WAIT_MS)) {
      return `the reset (${toLocalTime(resetsAt, now)}) is later than a job can wait`;
    }
    if (parkings >= MOST_PARKINGS) return `it has waited ${MOST_PARKINGS} times already`;
    return orders.list(project).length >= MOST_PARKED ? `${MOST_PARKED} jobs wait already` : undefined;
  }

  function order(record: StoredJob, park: JobPark): StoredJob {
    const { project, id: job } = record;
    const now = clock();
    const until = toStart(park.resetsAt ?? now);
    const { tool, args, roots, caller } = park.order;
    const asked = { ...(roots === undefined ? {} : { roots }), ...(caller === undefined ? {} : { caller }) };
    orders.write({ project, job, until, tool, args: { ...args }, ...asked });
    return toParkedRecord(record, { threadId: park.threadId, until, now });
  }

  function claim(project: string, id: string, runner: JobRunner): ClaimedJob | undefined {
    const record = findRecord(options, project, id);
    const now = clock();
    // Its bridge has ended before it could say that the job is parked.
    if (record !== undefined && isEnd(record.state)) orders.remove(project, id);
    if (record?.state !== "parked") return undefined;
    if (record.parkedUntil === undefined || record.parkedUntil > now) return undefined;
    const stored = orders.read(project, id);
    // A newer bridge starts it.
    if (stored.kind === "newer") return undefined;
    const isLate = now > record.parkedUntil + ttlMs;
    if (stored.kind !== "record" || isLate) {
      files.write(toUnstartedRecord(record, now, isLate ? "late" : "lost"));
      orders.remove(project, id);
      return undefined;
    }
    const { steers = [] } = record;
    const first = toOrder(stored.value);
    const whole = addInputs(first, steers);
    const claimed = toClaimedRecord(record, { ...runner, now, steers: whole === undefined ? steers : undefined });
    files.write(claimed);
    orders.remove(project, id);
    return { record: claimed, order: whole ?? first };
  }

  function review(first: StoredJob): StoredJob {
    const { project, id, parkedUntil = 0 } = first;
    let last = first;
    if (first.state !== "parked" || parkedUntil > clock() || orders.list(project).includes(id)) return first;
    tryLocked(options, id, () => {
      // Another bridge may have started it meanwhile.
      last = findRecord(options, project, id) ?? first;
      if (last.state !== "parked" || orders.read(project, id).kind !== "absent") return;
      last = toUnstartedRecord(last, clock(), "lost");
      files.write(last);
    });
    return last;
  }

  return {
    whyNot,
    order,
    review: (record) => {
      try {
        return review(record);
      } catch (error) {
        logger.warn({ err: error, job: record.id }, "a parked job could not be looked at");
        return record;
      }
    },
    withdraw: ({ project, id }) => orders.remove(project, id),
    claim: (project, id, runner) => {
      let claimed: ClaimedJob | undefined;
      try {
        tryLocked(options, id, () => {
          claimed = claim(project, id, runner);
        });
      } catch (error) {
        logger.warn({ err: error, job: id }, "a parked job was not started: tried again soon");
      }
      return claimed;
    },
    cancel: async (record) => {
      const isCancelled = await change(options, record, (parked) => toCancelledRecord(parked, clock()));
      if (isCancelled) orders.remove(record.project, record.id);
      return isCancelled;
    },
    steer: (record, text) =>
      change(options, record, (parked) => ({ ...parked, steers: addInput(parked, text), updatedAt: clock() })),
  };
}

function findRecord({ files }: Pick<ParkedJobsOptions, "files">, project: string, id: string): StoredJob | undefined {
  const { stored } = files.find(project, id);
  return stored.kind === "record" ? stored.value : undefined;
}

// Gives false where another bridge has the lock.
function tryLocked({ locks }: Pick<ParkedJobsOptions, "locks">, id: string, act: () => void): boolean {
  let isDone = false;
  locks.whileFree(`job-${id}`, () => {
    isDone = true;
    act();
  });
  return isDone;
}

async function change(
  options: ParkedJobsOptions,
  { project, id }: StoredJob,
  act: (record: StoredJob) => StoredJob,
): Promise<boolean> {
  let isParked = false;
  const write = (): void => {
    const record = findRecord(options, project, id);
    isParked = record?.state === "parked";
    if (record !== undefined && isParked) options.files.write(act(record));
  };
  for (let round = 0; !tryLocked(options, id, write); round += 1) {
    if (round === LOCK_TRIES) {
      throw new BridgeError("WAIT_TIMED_OUT", `Another bridge changes job ${id} just now, so nothing was done.`, {
        nextStep: "Try again.",
      });
    }
    await pause(LOCK_PAUSE_MS);
  }
  return isParked;
}

function toOrder({ tool, args, roots, caller }: StoredOrder): JobOrder {
  return { tool, args, roots, caller };
}
