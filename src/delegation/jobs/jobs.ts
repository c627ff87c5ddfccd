// The jobs of this machine, seen from one bridge: it runs its own, and reads those of the others.
import { BridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import type { BridgeBell } from "../../state/bridge-bell.ts";
import type { HolderJudge } from "../../state/holder-judge.ts";
import type { JobFiles, StoredJob } from "../../state/job-files.ts";
import type { CancelAnswer, Job, Jobs } from "./job.ts";
import { createJobQueue } from "./job-queue.ts";
import { isEnd, toInterruptedRecord, toJob } from "./job-record.ts";
import { createLiveJobs } from "./live-jobs.ts";
import { type JobParts, RunningJob } from "./running-job.ts";
import { waitForJobs } from "./wait-for-jobs.ts";

/** Options of createJobs. */
export interface JobsOptions {
  readonly files: JobFiles;
  /** Directory of this bridge: jobs belong to it. */
  readonly project: string;
  /** This bridge. */
  readonly own: Omit<StoredJob["owner"], "since" | "bell">;
  readonly bell: BridgeBell;
  readonly judge: HolderJudge;
  /** How many background jobs run at once. */
  readonly maxJobs: number;
  /** Makes 8 characters of nanoid's alphabet. */
  readonly newId: () => string;
  readonly clock: () => number;
  readonly logger: Logger;
}

const LISTED_JOBS = 20;
/** Longest wait of a cancel for the job's end. Ending a turn's processes takes a fraction of it. */
const CANCEL_MS = 3_000;

/** Creates the jobs of a bridge. */
export function createJobs(options: JobsOptions): Jobs {
  const { files, project, own, bell, judge, clock, logger } = options;
  const running = new Set<RunningJob>();
  const live = createLiveJobs(bell, () => {});
  const listeners = new Set<() => void>();
  let isClosed = false;

  const parts: JobParts = {
    ...options,
    owner: () => ({ ...own, bell: bell.name, since: clock() }),
    queue: createJobQueue(options.maxJobs),
    onKept: live.add,
    onChange: (job) => {
      live.review(job);
      for (const listener of [...listeners]) listener();
    },
  };
  const isOwn = ({ owner }: StoredJob): boolean => owner.bell === bell.name;

  // A job whose bridge is gone is interrupted, and its record says so from now on. It is read once more before that: the bridge may have
  // written the job's real end between our first look and its own death.
  function settle(record: StoredJob, path: string): StoredJob {
    if (isEnd(record.state)) return record;
    const isLost = isOwn(record) || judge(path, `${record.id} ${record.owner.since}`, record.owner) === "dead";
    if (!isLost) return record;
    try {
      const { stored } = files.find(project, record.id);
      if (stored.kind === "record" && isEnd(stored.value.state)) return stored.value;
    } catch {
      // What cannot be read just now cannot be written either.
    }
    const interrupted = toInterruptedRecord(record, clock());
    try {
      files.write(interrupted);
    } catch (error) {
      logger.warn({ err: error, job: record.id }, "interrupted job not on record");
    }
    return interrupted;
  }

  async function find(id: string): Promise<Job | undefined> {
    const job = live.get(id);
    if (job !== undefined) return job.job;
    const { stored, path } = files.find(project, id);
    if (stored.kind === "absent") return undefined;
    if (stored.kind !== "record") throw toUnreadable(id, path, stored.kind);
    return toJob(settle(stored.value, path), isOwn(stored.value));
  }

  async function cancelOwn(job: RunningJob): Promise<CancelAnswer> {
    job.cancel();
    const end = await within(job.ended, CANCEL_MS);
    if (end === undefined) return "requested";
    return end.state === "cancelled" ? "cancelled" : "ended";
  }

  async function toOther(id: string): Promise<"ended" | "cancelled" | "unknown"> {
    const job = await find(id);
    if (job === undefined) return "unknown";
    if (isEnd(job.state)) return job.state === "cancelled" ? "cancelled" : "ended";
    throw new BridgeError("SESSION_BUSY", `Another bridge runs the job ${id}.`);
  }

  return {
    create: (request, work) => {
      const job = new RunningJob(request, work, parts);
      running.add(job);
      void job.ended.then(() => running.delete(job));
      if (isClosed) job.interrupt();
      return job;
    },
    find,
    list: async ({ limit = LISTED_JOBS } = {}) => {
      const found = files.listNewest(project, limit).filter(({ record }) => live.get(record.id) === undefined);
      const ownLive = live.all().map(({ job }) => job);
      // Those that run come first where there is no room for all: after the clock was set back they may not be the newest.
      const others = found.slice(0, Math.max(0, limit - ownLive.length));
      return [...ownLive, ...others.map(({ record, path }) => toJob(settle(record, path), isOwn(record)))]
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit);
    },
    wait: (ids, wait) =>
      waitForJobs(ids, wait, {
        find,
        onChange: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      }),
    cancel: async (id) => {
      const job = live.get(id);
      return job === undefined ? toOther(id) : cancelOwn(job);
    },
    steer: async (id, text) => {
      const job = live.get(id);
      if (job !== undefined) return job.steer(text);
      return (await toOther(id)) === "unknown" ? "unknown" : "ended";
    },
    answer: async (id, key, answer, by) => {
      const job = live.get(id);
      if (job !== undefined) return job.answer(key, answer, by);
      return (await toOther(id)) === "unknown" ? "unknown" : "late";
    },
    close: async () => {
      isClosed = true;
      const all = [...running];
      for (const job of all) job.interrupt();
      await Promise.all(all.map(({ ended }) => ended));
      live.close();
    },
  };
}

async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
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
