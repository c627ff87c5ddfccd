// Starts the parked jobs of this bridge's project when they are due, whoever has parked them.
import type { Caller } from "../../domain/caller.ts";
import type { Logger } from "../../domain/logger.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { ParkedOrderFiles } from "../../state/parked-order-files.ts";
import type { CallContext } from "../requests.ts";
import type { JobRequest, JobWork, OrderWork } from "./job.ts";
import type { ClaimedJob, JobRunner, ParkedJobs } from "./parked-jobs.ts";
import { createParkedWatch } from "./parked-watch.ts";

/** How a bridge parks jobs and starts parked ones. */
export interface ParkingOptions {
  /** Carries out the order of a parked job. */
  readonly work: OrderWork;
  /** Why this bridge parks no job of a caller, and starts none, as a clause; undefined if it does. */
  readonly refusal: (caller?: Caller) => string | undefined;
  /** Asked when jobs are due. False where another process starts them, or where this bridge cannot work just now. Must not reject. */
  readonly mayStart: () => Promise<boolean>;
}

/** Options of createParkedStarter. */
export interface ParkedStarterOptions {
  readonly orders: ParkedOrderFiles;
  readonly parked: Pick<ParkedJobs, "claim">;
  readonly project: string;
  readonly parking?: ParkingOptions;
  /** This bridge, as the record of a job that it runs names it. */
  readonly runner: () => JobRunner;
  /** Whether another background job would run at once. */
  readonly hasRoom: () => boolean;
  /** Starts a job that this bridge has claimed. */
  readonly start: (request: JobRequest, work: JobWork, record: StoredJob) => { readonly ended: Promise<unknown> };
  readonly clock: () => number;
  readonly logger: Logger;
}

/** It does nothing before its first look. */
export interface ParkedStarter {
  /** Starts what is due, now and from now on. */
  look(): void;
  /** Takes note of a job that this bridge has parked. */
  add(id: string): void;
  /** Whether one of those still waits. */
  hasOwn(): boolean;
  stop(): void;
}

/** Makes a starter. */
export function createParkedStarter(options: ParkedStarterOptions): ParkedStarter {
  const { orders, parked, project, parking, runner, hasRoom, logger } = options;
  const own = new Set<string>();
  let isBusy = false;
  let hasStopped = false;
  const watch = createParkedWatch({ ...options, onDue: (ids) => void startDue(ids) });

  // No more at once than there are slots: the rest stays for other bridges, and for later.
  async function startDue(ids: readonly string[]): Promise<void> {
    if (parking === undefined || parking.refusal() !== undefined || isBusy) return;
    isBusy = true;
    const mayStart = await parking.mayStart();
    isBusy = false;
    if (!mayStart) return;
    for (const id of ids) {
      if (hasStopped || !hasRoom()) return;
      const claimed = parked.claim(project, id, runner());
      if (claimed !== undefined) resume(claimed, parking.work);
    }
  }

  function resume({ record, order }: ClaimedJob, work: OrderWork): void {
    const { id, tool, title, threadId } = record;
    logger.info({ job: id }, "a parked job goes on");
    const { roots, caller } = order;
    const call: CallContext = {
      ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false, caller },
      ...(roots === undefined ? {} : { listRoots: async () => roots }),
    };
    const request = { tool, title, threadId, call, isQueued: true };
    const job = options.start(request, (given) => work(order, title, given), record);
    // Its slot may be another one's now.
    void job.ended.then(() => watch.look());
  }

  return {
    look: watch.look,
    add: (id) => {
      own.add(id);
      watch.look();
    },
    hasOwn: () => own.size > 0 && orders.list(project).some((id) => own.has(id)),
    stop: () => {
      hasStopped = true;
      watch.stop();
    },
  };
}
