// Jobs in memory: the interface of `delegation/jobs/` for tests of what stands above it.
import type {
  Job,
  JobEnd,
  JobPark,
  JobQuestion,
  JobRequest,
  Jobs,
  JobWork,
  LiveJob,
} from "../../src/delegation/jobs/job.ts";
import type { BridgeError } from "../../src/domain/errors.ts";

/** Jobs that a test can look into and break. */
export interface FakeJobs extends Jobs {
  /** What a record on disk would say. */
  readonly kept: ReadonlyMap<string, Job>;
  /** How many jobs run. */
  readonly running: () => number;
  /** Puts a job on record, as another bridge would have. */
  add(job: Partial<Job> & Pick<Job, "id">): Job;
  /** Further input and answers, as they came. */
  readonly said: { readonly id: string; readonly text: string }[];
}

/** Makes them. `slots`: how many background jobs run at once. `keepError`: why no record can be written. `parks`: whether a job may wait for quota. */
export function createFakeJobs({
  slots = 4,
  parks = false,
  keepError,
}: {
  readonly slots?: number;
  readonly parks?: boolean;
  readonly keepError?: BridgeError;
} = {}): FakeJobs {
  const kept = new Map<string, Job>();
  const live = new Map<string, FakeJob>();
  const queue: FakeJob[] = [];
  const said: { id: string; text: string }[] = [];
  const heard = new Set<() => void>();
  let count = 0;
  let running = 0;
  const tell = (): void => {
    for (const hear of heard) hear();
  };
  const runNext = (): void => {
    if (running >= slots) return;
    const next = queue.shift();
    if (next === undefined) return;
    running += 1;
    next.run(() => {
      running -= 1;
      tell();
      runNext();
    });
  };
  const look = (id: string): Job | undefined => {
    const own = live.get(id);
    return own?.isKept === true ? own.snapshot(queue.indexOf(own)) : kept.get(id);
  };
  return {
    kept,
    said,
    running: () => running,
    add: (job) => {
      const whole: Job = { ...BLANK, ...job };
      kept.set(whole.id, whole);
      tell();
      return whole;
    },
    create: (request, work) => {
      count += 1;
      const job = new FakeJob(`cx-${String(count).padStart(8, "0")}`, request, work, { keepError, parks, tell });
      live.set(job.id, job);
      if (request.isQueued) {
        queue.push(job);
        runNext();
      } else job.run(tell);
      return {
        id: job.id,
        ended: job.ended,
        keep: () => {
          const snapshot = job.keep(queue.indexOf(job));
          kept.set(job.id, snapshot);
          return snapshot;
        },
      } satisfies LiveJob;
    },
    noteRead: () => {},
    find: async (id) => look(id),
    list: async ({ limit = 100 } = {}) =>
      [...kept.keys()]
        .flatMap((id) => look(id) ?? [])
        .toSorted((a, b) => b.createdAt - a.createdAt)
        .slice(0, limit),
    wait: (ids, { timeoutMs, signal }) =>
      new Promise((resolve) => {
        const look2 = (): Job[] => ids.flatMap((id) => look(id) ?? []);
        const settle = (): void => {
          clearTimeout(timer);
          heard.delete(check);
          resolve(look2());
        };
        const check = (): void => {
          if (look2().some((job) => job.endedAt !== undefined || job.state === "waiting")) settle();
        };
        const timer = setTimeout(settle, timeoutMs);
        signal.addEventListener("abort", settle, { once: true });
        heard.add(check);
        check();
      }),
    cancel: async (id) => {
      const job = look(id);
      if (job === undefined) return "unknown";
      if (job.endedAt !== undefined) return "ended";
      const own = live.get(id);
      if (own === undefined) return "requested";
      own.cancel();
      await own.ended;
      return "cancelled";
    },
    steer: async (id, text) => {
      const job = look(id);
      if (job === undefined) return "unknown";
      if (job.endedAt !== undefined) return "ended";
      said.push({ id, text });
      return "queued";
    },
    answer: async (id, key, answer, by) => {
      const job = look(id);
      if (job === undefined) return "unknown";
      if (job.question?.key !== key) return "late";
      if (job.question.kind === "decision" && by === "model") return "forbidden";
      said.push({ id, text: JSON.stringify(answer) });
      return "taken";
    },
    startParked: () => {},
    hasParked: () => false,
    liveIds: () => [...live.values()].flatMap((job) => (job.isKept ? job.id : [])),
    close: async () => {
      for (const job of live.values()) job.cancel();
      await Promise.all([...live.values()].map(({ ended }) => ended));
    },
  };
}

const BLANK: Omit<Job, "id"> = {
  ...{ tool: "codex", title: "a title", state: "running", project: "/p", isOwn: false },
  ...{ threadId: undefined, activity: undefined, position: undefined, question: undefined, result: undefined },
  ...{ createdAt: 0, startedAt: undefined, updatedAt: 0, endedAt: undefined },
};

interface FakeOptions {
  readonly parks: boolean;
  readonly keepError: BridgeError | undefined;
  readonly tell: () => void;
}

class FakeJob {
  readonly id: string;
  readonly ended: Promise<JobEnd | JobPark>;
  isKept = false;
  readonly #request: JobRequest;
  readonly #work: JobWork;
  readonly #options: FakeOptions;
  readonly #abort = new AbortController();
  #settle: (end: JobEnd | JobPark) => void = () => {};
  #hasBegun = false;
  #end: JobEnd | JobPark | undefined;
  #threadId: string | undefined;
  #activity: string | undefined;
  #question: JobQuestion | undefined;

  constructor(id: string, request: JobRequest, work: JobWork, options: FakeOptions) {
    this.id = id;
    this.#request = request;
    this.#work = work;
    this.#options = options;
    this.#threadId = request.threadId;
    this.ended = new Promise((resolve) => {
      this.#settle = (end) => {
        this.#end ??= end;
        resolve(this.#end);
        options.tell();
      };
    });
    const { signal } = request.call;
    if (signal.aborted) this.cancel();
    signal.addEventListener("abort", () => {
      if (!this.isKept) this.cancel();
    });
  }

  run(then: () => void): void {
    if (this.#end !== undefined) {
      then();
      return;
    }
    this.#hasBegun = true;
    const { call } = this.#request;
    const work = this.#work({
      ...call,
      signal: this.#abort.signal,
      report: (line) => {
        this.#activity = line;
        if (!this.isKept) call.report(line);
      },
      onThread: (threadId) => {
        this.#threadId = threadId;
      },
    });
    void work.then((worked) => {
      const isParked = worked.state === "parked" && this.#options.parks;
      this.isKept ||= isParked;
      this.#settle(worked.state === "parked" && !isParked ? worked.otherwise("this is a test") : worked);
      then();
    });
  }

  keep(index: number): Job {
    if (this.#options.keepError !== undefined) throw this.#options.keepError;
    this.isKept = true;
    return this.snapshot(index);
  }

  cancel(): void {
    this.#abort.abort();
    if (this.#hasBegun) return;
    const result = { isError: true, text: "[CANCELLED] It was cancelled.", structured: {} };
    this.#settle({ state: "cancelled", threadId: undefined, result });
  }

  snapshot(index: number): Job {
    const park = this.#end?.state === "parked" ? this.#end : undefined;
    const end = this.#end?.state === "parked" ? undefined : this.#end;
    const state = park === undefined ? (end?.state ?? (this.#hasBegun ? "running" : "queued")) : "waiting";
    return {
      ...BLANK,
      ...{ id: this.id, tool: this.#request.tool, title: this.#request.title, isOwn: true, state },
      ...{ threadId: (end ?? park)?.threadId ?? this.#threadId, activity: this.#activity, question: this.#question },
      ...{ position: index === -1 ? undefined : index + 1, result: end?.result },
      ...{ endedAt: end === undefined ? undefined : 1 },
      ...(park === undefined ? {} : { waitsUntil: park.resetsAt }),
    };
  }
}
