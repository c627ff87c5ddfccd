// One job of this bridge, from its call to its end.
import { countOf } from "../../domain/count-of.ts";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { CallContext, ChoiceAnswer } from "../requests.ts";
import type { Job, JobEnd, JobPark, JobRequest, JobWork, LiveJob } from "./job.ts";
import { addInput } from "./job-inputs.ts";
import { createJobQuestions, type JobQuestions, MOST_QUESTIONS } from "./job-questions.ts";
import type { JobQueue } from "./job-queue.ts";
import { toEndedRecord, toFirstRecord, toInterruptedRecord, toJob, toReplyTool, toThrownEnd } from "./job-record.ts";
import { KeptRecord, type KeptRecordOptions } from "./kept-record.ts";
import type { ParkedJobs } from "./parked-jobs.ts";

/** What all jobs of a bridge share. */
export interface JobParts extends KeptRecordOptions {
  readonly queue: JobQueue;
  /** Directory of this bridge. */
  readonly project: string;
  /** This bridge, as a record names it. */
  readonly owner: () => StoredJob["owner"];
  readonly newId: () => string;
  /** Throws if no further job may be kept. */
  readonly checkRoom: () => void;
  /** Whether this is a runner. */
  readonly outlives?: boolean;
  /** Where it goes if it meets a usage limit. `whyNot` also knows whether this bridge parks jobs at all. */
  readonly parked: Pick<ParkedJobs, "whyNot" | "order" | "withdraw">;
  /** Called with a job that is parked now. */
  readonly onParked: (id: string) => void;
  /** Called with a job that is kept and has not ended. */
  readonly onKept: (job: RunningJob) => void;
  /** Called when its work has ended, just before its record says so. */
  readonly onEnding: () => void;
  /** Called when its state has changed. */
  readonly onChange: (job: RunningJob) => void;
}

/** A job of this bridge. */
export class RunningJob implements LiveJob {
  readonly id: string;
  readonly ended: Promise<JobEnd | JobPark>;
  readonly #parts: JobParts;
  readonly #call: CallContext;
  readonly #record: KeptRecord;
  readonly #questions: JobQuestions;
  readonly #takesInput: boolean;
  readonly #controller = new AbortController();
  /** Gives the newest turn further input, if it still runs and its backend can. */
  #steerTurn: (text: string) => Promise<boolean> = async () => false;

  /** `claimed` is the record of a job that was parked and goes on here. */
  constructor(request: JobRequest, work: JobWork, parts: JobParts, claimed?: StoredJob) {
    const { call, isQueued, takesInput = true } = request;
    const first = claimed ?? toNewRecord(request, parts);
    this.id = first.id;
    this.#parts = parts;
    this.#call = call;
    this.#takesInput = takesInput;
    this.#record = new KeptRecord(first, { ...parts, isKept: claimed !== undefined });
    let takeBack: (() => void) | undefined;
    this.#questions = createJobQuestions({
      call,
      newId: parts.newId,
      onChange: (question) => {
        this.#change({ question, state: question === undefined ? "running" : "waiting" });
        takeBack?.();
        takeBack = isQueued && question !== undefined ? parts.queue.lend() : undefined;
      },
    });
    if (claimed !== undefined) {
      this.#questions.keep();
      parts.onKept(this);
    }
    if (call.signal.aborted) this.cancel();
    else call.signal.addEventListener("abort", this.cancel, { once: true });
    this.ended = this.#run(work, isQueued);
  }

  get job(): Job {
    return toJob(this.#record.value, true);
  }

  get isQueued(): boolean {
    return this.#record.value.state === "queued";
  }

  get isKept(): boolean {
    return this.#record.isKept;
  }

  /** Whether the job has ended and its file says so. */
  get isSettled(): boolean {
    return this.#record.isSettled;
  }

  keep(): Job {
    if (this.isKept) return this.job;
    if (this.#controller.signal.aborted) {
      throw new BridgeError("CANCELLED", "The call was cancelled before it became a job.");
    }
    this.#parts.checkRoom();
    this.#record.keep();
    this.#call.signal.removeEventListener("abort", this.cancel);
    this.#questions.keep();
    if (!this.#record.hasEnded) this.#parts.onKept(this);
    return this.job;
  }

  /** Ends the work. The job has ended once `ended` settles. */
  readonly cancel = (): void => {
    this.#controller.abort();
    this.#questions.close();
  };

  /**
   * Gives the running turn further input, or keeps it until the work takes it. Throws INVALID_ARGUMENT if the job takes none, or if too much of it
   * waits already.
   */
  async steer(text: string): Promise<"delivered" | "queued" | "ended"> {
    if (this.#isOver) return "ended";
    if (!this.#takesInput) {
      throw new BridgeError("INVALID_ARGUMENT", "This job takes no further input.", {
        nextStep: `Wait until it has ended; then continue its threads with ${toReplyTool(this.#record.value.tool)}.`,
      });
    }
    if (await this.#steerTurn(text)) return "delivered";
    // It may have ended meanwhile.
    if (this.#isOver) return "ended";
    this.#change({ steers: addInput(this.#record.value, text) });
    return "queued";
  }

  /** Answers its open question. Throws INVALID_ARGUMENT for a choice that the question does not have. */
  answer(key: string, answer: ChoiceAnswer, by: "person" | "model"): "taken" | "late" | "forbidden" {
    return this.#questions.answer(key, answer, by);
  }

  /** Ends the job because the bridge ends. The record says so first, since there may be no time after the work has ended. */
  interrupt(): void {
    const { value, hasEnded } = this.#record;
    if (!hasEnded) this.#replace(toInterruptedRecord(value, this.#parts.clock()));
    this.cancel();
  }

  /** As KeptRecord.flush. */
  flush(mayWrite: boolean): boolean {
    return this.#record.flush(mayWrite);
  }

  get #isOver(): boolean {
    return this.#record.hasEnded || this.#controller.signal.aborted;
  }

  async #run(work: JobWork, isQueued: boolean): Promise<JobEnd | JobPark> {
    const act = (): ReturnType<JobWork> => this.#work(work);
    const { signal } = this.#controller;
    const onMove = (position: number): void => this.#record.move(position);
    const end = await (isQueued ? this.#parts.queue.run({ signal, onMove, act }) : act());
    const last = end.state === "parked" ? this.#tryToPark(end) : end;
    if (last.state !== "parked") this.#finish(last);
    return last;
  }

  #tryToPark(park: JobPark): JobEnd | JobPark {
    const why = this.#park(park);
    return why === undefined ? park : park.otherwise(why);
  }

  // Gives a clause that says why the job cannot be parked.
  #park(park: JobPark): string | undefined {
    const { parked, checkRoom, onEnding, onChange, onParked } = this.#parts;
    // A cancel that another bridge has asked for comes first.
    if (this.isKept) onEnding();
    if (this.#isOver) return "it was cancelled";
    const { value } = this.#record;
    const why = parked.whyNot(value, park);
    if (why !== undefined) return why;
    try {
      if (!this.isKept) checkRoom();
      this.#record.park(parked.order(value, park));
    } catch (error) {
      parked.withdraw(value);
      this.#parts.logger.error({ err: error, job: this.id }, "a job could not be parked");
      return `that cannot be put on record (${describeProblem(error)})`;
    }
    this.#call.signal.removeEventListener("abort", this.cancel);
    this.#questions.close();
    onChange(this);
    onParked(this.id);
    return undefined;
  }

  async #work(work: JobWork): ReturnType<JobWork> {
    const { result, threadId, startedAt = this.#parts.clock() } = this.#record.value;
    // The bridge ended while it was queued.
    if (result !== undefined) return { state: "cancelled", threadId, result };
    this.#change({ state: "running", position: undefined, startedAt });
    try {
      return await work(this.#toContext());
    } catch (error) {
      this.#parts.logger.error({ err: error, job: this.id }, "the work of a job threw");
      return toThrownEnd(error, this.#record.value.threadId);
    }
  }

  #toContext(): CallContext {
    const call = this.#call;
    return {
      ...call,
      signal: this.#controller.signal,
      report: (message) => {
        if (!this.isKept) call.report(message);
        this.#record.tell(message);
      },
      onTurnStart: () => {
        if (!this.isKept) call.onTurnStart?.();
      },
      onThread: (threadId) => {
        call.onThread?.(threadId);
        if (threadId !== this.#record.value.threadId) this.#change({ threadId });
      },
      onBatchThread: (number, begun) => {
        const { batchThreads = [] } = this.#record.value;
        if (batchThreads.some((known) => known.threadId === begun)) return;
        this.#change({ batchThreads: [...batchThreads, { number, threadId: begun }] });
      },
      onSteerable: (steer) => {
        this.#steerTurn = steer;
      },
      askUser: this.#questions.ask,
      isDetached: () => this.isKept,
      takeSteers: () => {
        const { steers = [] } = this.#record.value;
        if (steers.length > 0) this.#change({ steers: undefined });
        return steers;
      },
    };
  }

  #change(change: Partial<StoredJob>): void {
    if (this.#record.change(change)) this.#parts.onChange(this);
  }

  #finish(end: JobEnd): void {
    this.#call.signal.removeEventListener("abort", this.cancel);
    this.#questions.close();
    // While the bridge ends, only a real result replaces `interrupted`.
    if (this.#record.hasEnded && end.state !== "completed") return;
    if (this.isKept) this.#parts.onEnding();
    this.#replace(toEndedRecord(this.#record.value, end, this.#parts.clock(), this.#toNotes()));
  }

  #replace(value: StoredJob): void {
    this.#record.replace(value);
    this.#parts.onChange(this);
  }

  get #replyTool(): string {
    return toReplyTool(this.#record.value.tool);
  }

  #toNotes(): string[] {
    const { unasked } = this.#questions;
    const { steers = [], parkings = 0 } = this.#record.value;
    const late = steers.length;
    return [
      ...(parkings === 0 ? [] : [`It met a usage limit ${countOf(parkings, "time")} and waited for the reset.`]),
      ...(unasked === 0 ? [] : [`${countOf(unasked, "question")} went unasked: a job asks at most ${MOST_QUESTIONS}.`]),
      ...(late === 0 ? [] : [`${countOf(late, "further input")} came too late for this job: use ${this.#replyTool}.`]),
    ];
  }
}

function toNewRecord(request: JobRequest, { newId, clock, project, owner, outlives }: JobParts): StoredJob {
  const mark = outlives === true ? { outlives } : {};
  return toFirstRecord(`cx-${newId()}`, request, { now: clock(), project, owner: owner(), ...mark });
}

function describeProblem(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : toBridgeError(error).message;
}
