// What a job is: a call of a tool that goes on after its request was answered, and whose result can be fetched later.
import type { Caller } from "../../domain/caller.ts";
import type { CallContext, ChoiceAnswer, ChoiceQuestion } from "../requests.ts";

/** The states of a job. The last four are ends. `waiting`: for an answer, or for the reset of a usage limit. `interrupted`: the bridge that ran it is gone. */
export const JOB_STATES = ["queued", "running", "waiting", "completed", "failed", "cancelled", "interrupted"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What a job leaves. Written by `tools/`, bounded there. */
export interface JobResult {
  readonly isError: boolean;
  /** What the model reads at the end: text only, below 20,000 characters; an error is one line. */
  readonly text: string;
  /** The structured result that the same call would have given without a job. */
  readonly structured: Readonly<Record<string, unknown>>;
}

/** A question that a job waits for. */
export interface JobQuestion {
  /** New for each question, never used again. */
  readonly key: string;
  readonly question: ChoiceQuestion;
  /** What the answer is: information for the agent, which a model may give, or a decision that only a person may take. */
  readonly kind: "input" | "decision";
}

/** A job as it stands: a snapshot. Times are epoch ms. */
export interface Job {
  /** `cx-` and 8 characters of nanoid's alphabet. */
  readonly id: string;
  /** Name of the tool that was called, e.g. `codex`. */
  readonly tool: string;
  /** First words of the prompt, or the caller's `title`; one line. */
  readonly title: string;
  readonly state: JobState;
  /** Directory of the bridge that started it: jobs belong to a project, as names of threads do. */
  readonly project: string;
  readonly threadId: string | undefined;
  /** Newest line of progress. */
  readonly activity: string | undefined;
  /** Only while queued; 1 is the next. */
  readonly position: number | undefined;
  /** Only while waiting for an answer. */
  readonly question: JobQuestion | undefined;
  /** Only while waiting for the reset of a usage limit: when it starts again, if a bridge of its project runs then. */
  readonly waitsUntil?: number | undefined;
  /** The agent that asked for it; undefined where a person's client did. */
  readonly caller?: Caller | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly updatedAt: number;
  readonly endedAt: number | undefined;
  /** Whether it runs, or ran, in this bridge. */
  readonly isOwn: boolean;
  /** Whether it runs, or ran, in a runner: it then goes on when the session that started it ends. */
  readonly outlives?: boolean | undefined;
  /** Once it has ended; an interrupted job has one too, which says how to continue. */
  readonly result: JobResult | undefined;
}

/** How the work of a job ended. */
export interface JobEnd {
  readonly state: "completed" | "failed" | "cancelled";
  readonly threadId: string | undefined;
  readonly result: JobResult;
}

/** What a parked job is to do: a call that any bridge of its project can make. */
export interface JobOrder {
  readonly tool: string;
  /** Arguments of the tool, as JSON. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Directories that the client of the first call named, where it was asked. */
  readonly roots?: readonly string[] | undefined;
  /** The agent that made the first call. */
  readonly caller?: Caller | undefined;
}

/** Work that met a usage limit and is to go on after its reset. The job is parked: it is on record, and no bridge runs it. */
export interface JobPark {
  readonly state: "parked";
  readonly threadId: string | undefined;
  /** When the limit is reset, epoch ms; undefined if that is not known. */
  readonly resetsAt: number | undefined;
  readonly order: JobOrder;
  /** The end of a job that cannot be parked; `why` is a clause for the caller. */
  readonly otherwise: (why: string) => JobEnd;
}

/** The work of a job. The call's signal aborts when the job is cancelled or the bridge ends. Must not reject. */
export type JobWork = (call: CallContext) => Promise<JobEnd | JobPark>;

/** Carries out the order of a parked job, in the way that its title names. */
export type OrderWork = (order: JobOrder, title: string, call: CallContext) => ReturnType<JobWork>;

/** What a job is started with. */
export interface JobRequest {
  readonly tool: string;
  readonly title: string;
  /** Thread that it continues, where one is known. */
  readonly threadId?: string | undefined;
  /** The call that asked for it: its `listRoots` and, until the job is kept, its `report`, `askUser` and signal serve the work. */
  readonly call: CallContext;
  /** Whether its work takes further input. Default: yes. */
  readonly takesInput?: boolean;
  /** Whether it waits for its turn among the background jobs. A call that only may become a job starts at once. */
  readonly isQueued: boolean;
}

/** A job of this bridge that has not been written to disk yet, or that has just been. */
export interface LiveJob {
  readonly id: string;
  /** How it ended, or that it is parked: then it is kept. Never rejects. */
  readonly ended: Promise<JobEnd | JobPark>;
  /**
   * Makes it a job that others can see: writes its record, and cuts it off from the call (its cancel no longer ends the job). Throws MACHINE_LIMIT
   * or STATE errors where the record cannot be written: then the job stays with its call. Can be called again.
   */
  keep(): Job;
}

/** What can be asked of a job. `unknown` also for another project's job. */
export type CancelAnswer = "cancelled" | "requested" | "ended" | "unknown";

/** The jobs of this machine, seen from one bridge. */
export interface Jobs {
  create(request: JobRequest, work: JobWork): LiveJob;
  /** A job of this project, whoever runs it; undefined where there is none. Throws where its record cannot be read just now, or only by a newer bridge. */
  find(id: string): Promise<Job | undefined>;
  /** Notes that the client has the result of a job that has ended: the prompt hook tells of the others. Never throws. */
  noteRead(id: string): void;
  /** Newest first; damaged records are skipped. */
  list(options?: { readonly limit?: number }): Promise<readonly Job[]>;
  /** Resolves when one of them ends, asks or is gone, after `timeoutMs`, or with the signal. Never rejects for a job that ends. */
  wait(
    ids: readonly string[],
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<readonly Job[]>;
  /** Idempotent. */
  cancel(id: string): Promise<CancelAnswer>;
  /** Further input: given to the running turn where its backend can, otherwise queued as the next turn of its thread; a parked job starts with it. */
  steer(id: string, text: string): Promise<"delivered" | "queued" | "ended" | "unknown">;
  /** The answer to a question. `late`: the question is no longer open. `forbidden`: a model's call tries to take a person's decision. */
  answer(
    id: string,
    key: string,
    answer: ChoiceAnswer,
    by: "person" | "model",
  ): Promise<"taken" | "late" | "forbidden" | "unknown">;
  /** Ids of the kept jobs of this bridge that have not ended, or whose end is not on disk yet. A parked job is not live. */
  liveIds(): readonly string[];
  /** Starts the parked jobs of this project that are due, now and from now on, until `close`. */
  startParked(): void;
  /** Whether jobs that this bridge has parked still wait. */
  hasParked(): boolean;
  /** Ends every job of this bridge; each becomes `interrupted` on disk. Idempotent. */
  close(): Promise<void>;
}
