// The jobs of this machine, seen from one bridge: it runs its own, and asks the other bridges for theirs.
import { BridgeError } from "../../domain/errors.ts";
import { assertNever } from "../../domain/guards.ts";
import { forEachInSlices } from "../../domain/slices.ts";
import type { BridgeBell } from "../../state/bridge-bell.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { CancelAnswer, Job, Jobs } from "./job.ts";
import { createJobQueue } from "./job-queue.ts";
import { isEnd, toJob } from "./job-record.ts";
import { askOwner, type JobAsk, type JobReply, type JobRequestsOptions, serveRequests } from "./job-requests.ts";
import { createLiveJobs } from "./live-jobs.ts";
import { type JobParts, RunningJob } from "./running-job.ts";
import { createStoredJobs, type StoredJobsOptions } from "./stored-jobs.ts";
import { waitForJobs } from "./wait-for-jobs.ts";

/** Options of createJobs. */
export interface JobsOptions extends JobRequestsOptions, StoredJobsOptions {
  /** This bridge. */
  readonly own: Omit<StoredJob["owner"], "since" | "bell">;
  readonly bell: BridgeBell;
  /** Calls `listener` when somebody rings this bridge's bell. */
  readonly onRing: (listener: () => void) => void;
  /** Throws if this bridge may not act on the jobs of other bridges. */
  readonly checkMayAct: () => void;
  /** How many background jobs run at once. */
  readonly maxJobs: number;
  /** Whether this is a runner: its jobs go on when the session that started them ends. */
  readonly outlives?: boolean;
}

const LISTED_JOBS = 20;
/** Limit for the jobs of this bridge that have not ended. The requests of all of them are in memory. */
const MOST_LIVE = 1_000;
/** Longest wait of a cancel for the job's end. Ending a turn's processes takes a fraction of it. */
const CANCEL_MS = 3_000;

/** Creates the jobs of a bridge. */
export function createJobs(options: JobsOptions): Jobs {
  const { own, bell, clock } = options;
  const stored = createStoredJobs(bell.name, options);
  const running = new Set<RunningJob>();
  const live = createLiveJobs(bell, look);
  const listeners = new Set<() => void>();
  let isClosed = false;

  const parts: JobParts = {
    ...options,
    owner: () => ({ ...own, bell: bell.name, since: clock() }),
    queue: createJobQueue(options.maxJobs),
    checkRoom: () => {
      if (live.size >= MOST_LIVE) throw toFull();
    },
    onKept: live.add,
    onEnding: look,
    onChange: (job) => {
      live.review(job);
      for (const listener of [...listeners]) listener();
    },
  };
  options.onRing(look);

  async function find(id: string): Promise<Job | undefined> {
    const job = live.get(id)?.job;
    if (job !== undefined) return job;
    const record = stored.read(id);
    return record === undefined ? undefined : toJob(record, stored.isOwn(record));
  }

  // Looks for requests that other bridges have made.
  function look(): void {
    if (live.size > 0)
      void serveRequests(
        (id) => live.get(id),
        (job, ask) => act(job, ask, options),
        options,
      );
  }

  // Asks the bridge that runs the job.
  async function request(id: string, ask: JobAsk): Promise<JobReply | "unknown"> {
    const record = stored.read(id);
    if (record === undefined) return "unknown";
    if (isEnd(record.state)) return record.state === "cancelled" ? "cancelled" : "ended";
    options.checkMayAct();
    const hasEnded = async (): Promise<boolean> => isEnd((await find(id))?.state ?? "interrupted");
    const { project, outlives, owner } = record;
    return askOwner({ id, project, outlives, bell: owner.bell }, ask, hasEnded, options);
  }

  return {
    create: (asked, work) => {
      const job = new RunningJob(asked, work, parts);
      running.add(job);
      void job.ended.then(() => running.delete(job));
      if (isClosed) job.interrupt();
      return job;
    },
    find,
    list: async ({ limit = LISTED_JOBS } = {}) => {
      const ownLive = live.all().map(({ job }) => job);
      const others = stored.list(limit, (id) => live.get(id) !== undefined);
      // Live jobs are always in the list: if the clock was set back, they are not the newest.
      const rest = others.slice(0, Math.max(0, limit - ownLive.length));
      return [...ownLive, ...rest.map((record) => toJob(record, stored.isOwn(record)))]
        .sort((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit);
    },
    wait: (ids, wait) => {
      const onChange = (listener: () => void): (() => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      };
      return waitForJobs(ids, wait, { find, onChange });
    },
    cancel: async (id) => {
      const job = live.get(id);
      return job === undefined ? toCancelAnswer(await request(id, { kind: "cancel" })) : cancel(job);
    },
    steer: async (id, text) => {
      const job = live.get(id);
      return job === undefined ? toSteerAnswer(await request(id, { kind: "steer", text })) : job.steer(text);
    },
    answer: async (id, key, answer, by) => {
      const job = live.get(id);
      if (job !== undefined) return job.answer(key, answer, by);
      return toAnswerAnswer(await request(id, { kind: "answer", key, answer, by }));
    },
    liveIds: () => live.all().map(({ id }) => id),
    close: async () => {
      isClosed = true;
      parts.queue.stop();
      const all = [...running];
      // Running jobs first. There may be hundreds in the queue, and processes must be ended at the same time. If time runs out, the next reader
      // of a record finds its bridge dead, and writes the same.
      for (const job of all) if (!job.isQueued) job.interrupt();
      await forEachInSlices(all, (job) => job.interrupt());
      await Promise.all(all.map(({ ended }) => ended));
      live.close();
    },
  };
}

function toFull(): BridgeError {
  return new BridgeError("MACHINE_LIMIT", `${MOST_LIVE} background jobs of this bridge have not ended yet.`, {
    nextStep: "Wait until some of them have ended, or cancel some with agent_job_control.",
  });
}

async function cancel(job: RunningJob): Promise<Exclude<CancelAnswer, "unknown">> {
  job.cancel();
  const end = await within(job.ended, CANCEL_MS);
  if (end === undefined) return "requested";
  return end.state === "cancelled" ? "cancelled" : "ended";
}

// Does what another bridge asks.
async function act(
  job: RunningJob,
  ask: JobAsk,
  { outlives }: Pick<JobsOptions, "outlives">,
): Promise<Exclude<JobReply, "unheard">> {
  switch (ask.kind) {
    case "cancel":
      return cancel(job);
    case "steer":
      return job.steer(ask.text);
    case "answer":
      // It cannot be known here whether a person gave this answer. A runner has to believe it: it has no client of its own, and the key of
      // the question shows that the form was for this one.
      return job.answer(ask.key, ask.answer, outlives === true ? (ask.by ?? "model") : "model");
    default:
      return assertNever(ask);
  }
}

function toCancelAnswer(reply: JobReply | "unknown"): CancelAnswer {
  return reply === "unknown" || reply === "cancelled" || reply === "ended" ? reply : "requested";
}

function toSteerAnswer(reply: JobReply | "unknown"): Awaited<ReturnType<Jobs["steer"]>> {
  if (reply === "unknown" || reply === "delivered") return reply;
  return reply === "ended" || reply === "cancelled" ? "ended" : "queued";
}

function toAnswerAnswer(reply: JobReply | "unknown"): Awaited<ReturnType<Jobs["answer"]>> {
  return reply === "unknown" || reply === "taken" || reply === "forbidden" ? reply : "late";
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
