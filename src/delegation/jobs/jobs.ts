// The jobs of this machine, seen from one bridge: it runs its own, and asks the other bridges for theirs.
import { BridgeError } from "../../domain/errors.ts";
import { forEachInSlices } from "../../domain/slices.ts";
import type { BridgeBell } from "../../state/bridge-bell.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { Job, Jobs } from "./job.ts";
import { actFor, cancelHere, toAnswerAnswer, toCancelAnswer, toSteerAnswer } from "./job-acts.ts";
import { createJobQueue } from "./job-queue.ts";
import { isEnd, isUnowned, toJob } from "./job-record.ts";
import { askOwner, type JobAsk, type JobReply, type JobRequestsOptions, serveRequests } from "./job-requests.ts";
import { createLiveJobs } from "./live-jobs.ts";
import { createParkedJobs, type ParkedJobsOptions } from "./parked-jobs.ts";
import { createParkedStarter, type ParkingOptions } from "./parked-starter.ts";
import { type JobParts, RunningJob } from "./running-job.ts";
import { createStoredJobs, type StoredJobsOptions } from "./stored-jobs.ts";
import { waitForJobs } from "./wait-for-jobs.ts";

/** Options of createJobs. */
export interface JobsOptions extends JobRequestsOptions, StoredJobsOptions, ParkedJobsOptions {
  /** Absent where no job is ever run. */
  readonly parking?: ParkingOptions;
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
/** A job is parked and started again at most a few times. */
const MOST_ROUNDS = 3;
/** Limit for the jobs of this bridge that have not ended. The requests of all of them are in memory. */
const MOST_LIVE = 1_000;

/** Creates the jobs of a bridge. */
export function createJobs(options: JobsOptions): Jobs {
  const { own, bell, clock } = options;
  const owner = (): StoredJob["owner"] => ({ ...own, bell: bell.name, since: clock() });
  const stored = createStoredJobs(bell.name, options);
  const running = new Set<RunningJob>();
  const live = createLiveJobs(bell, look);
  const listeners = new Set<() => void>();
  const parked = createParkedJobs(options);
  const starter = createParkedStarter({
    ...{ ...options, parked },
    runner: () => ({ owner: owner(), outlives: options.outlives === true ? true : undefined }),
    hasRoom: () => live.size < options.maxJobs,
    start: (asked, work, record) => begin(new RunningJob(asked, work, parts, record)),
  });
  let isClosed = false;

  const parts: JobParts = {
    ...options,
    owner,
    queue: createJobQueue(options.maxJobs),
    checkRoom: () => {
      if (live.size >= MOST_LIVE) throw toFull();
    },
    parked: {
      ...parked,
      whyNot: (record, park) =>
        (options.parking === undefined ? "this program starts no jobs" : options.parking.refusal(record.caller)) ??
        parked.whyNot(record, park),
    },
    onParked: starter.add,
    onKept: live.add,
    onEnding: look,
    onChange: (job) => {
      live.review(job);
      for (const listener of [...listeners]) listener();
    },
  };
  options.onRing(look);

  function begin(job: RunningJob): RunningJob {
    running.add(job);
    void job.ended.then(() => running.delete(job));
    return job;
  }

  async function find(id: string): Promise<Job | undefined> {
    const job = live.get(id)?.job;
    if (job !== undefined) return job;
    const record = stored.read(id);
    return record === undefined ? undefined : show(record);
  }

  function show(record: StoredJob): Job {
    return toJob(parked.review(record), stored.isOwn(record));
  }

  // Looks for requests that other bridges have made.
  function look(): void {
    if (live.size > 0)
      void serveRequests(
        (id) => live.get(id),
        (job, ask) => actFor(job, ask, options),
        options,
      );
  }

  // Asks the bridge that runs the job. A parked job has none, and any bridge may act on it; meanwhile one may have started it, or its bridge may
  // have parked it.
  async function request(id: string, ask: JobAsk): Promise<JobReply | "unknown"> {
    for (let round = 1; ; round += 1) {
      const record = stored.read(id);
      if (record === undefined) return "unknown";
      if (isEnd(record.state)) return record.state === "cancelled" ? "cancelled" : "ended";
      options.checkMayAct();
      const reply = record.state === "parked" ? await askParked(record, ask) : await askRunning(record, ask);
      const isMoved = reply === undefined || (reply === "ended" && stored.read(id)?.state === "parked");
      if (!isMoved || round === MOST_ROUNDS) return reply ?? "unheard";
    }
  }

  // Undefined where it is not parked any more.
  async function askParked(record: StoredJob, ask: JobAsk): Promise<JobReply | undefined> {
    if (ask.kind === "answer") return "late";
    if (ask.kind === "cancel") return (await parked.cancel(record)) ? "cancelled" : undefined;
    return (await parked.steer(record, ask.text)) ? "queued" : undefined;
  }

  function askRunning({ id, project, owner, outlives }: StoredJob, ask: JobAsk): Promise<JobReply> {
    const hasEnded = async (): Promise<boolean> => {
      const record = stored.read(id);
      return record === undefined || isUnowned(record.state);
    };
    return askOwner({ id, project, outlives, bell: owner.bell }, ask, hasEnded, options);
  }

  return {
    create: (asked, work) => {
      const job = begin(new RunningJob(asked, work, parts));
      if (isClosed) job.interrupt();
      return job;
    },
    find,
    noteRead: options.files.noteRead,
    list: async ({ limit = LISTED_JOBS } = {}) => {
      const ownLive = live.all().map(({ job }) => job);
      const others = stored.list(limit, (id) => live.get(id) !== undefined);
      // Live jobs are always in the list: if the clock was set back, they are not the newest.
      const rest = others.slice(0, Math.max(0, limit - ownLive.length));
      return [...ownLive, ...rest.map(show)].sort((a, b) => b.createdAt - a.createdAt).slice(0, limit);
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
      return job === undefined ? toCancelAnswer(await request(id, { kind: "cancel" })) : cancelHere(job);
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
    startParked: starter.look,
    hasParked: starter.hasOwn,
    close: async () => {
      isClosed = true;
      starter.stop();
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
