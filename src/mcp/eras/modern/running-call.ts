// A call of a tool in the new era. It outlives its request: a question ends the request, and the client brings the answer with a new one.
import type { CallContext } from "../../../delegation/requests.ts";
import type { Caller } from "../../../domain/caller.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { CalledTool } from "../../call-tool.ts";
import { createProgressReporter, type ProgressReporter } from "../../progress.ts";
import { toAnswer, toDetailedForm } from "../../questions/form.ts";
import { toRootPaths } from "../../questions/root-paths.ts";
import type { Envelope } from "./envelope.ts";
import type { OpenRequest } from "./open-requests.ts";
import { createRoundTrips, type InputRequest, type RoundTrips } from "./round-trips.ts";

/** What one request of a call is answered with. `gone`: nobody waits for it any more. `failed`: a fault of ours. */
export type CallStep =
  | { readonly kind: "asks"; readonly inputRequests: Readonly<Record<string, InputRequest>> }
  | { readonly kind: "ended"; readonly called: CalledTool | undefined }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "gone" };

/** What a call is made of. */
export interface RunningCallOptions {
  /** Runs the tool; undefined where there is none. */
  readonly run: (call: CallContext) => Promise<CalledTool | undefined>;
  /** Of the first request. */
  readonly envelope: Envelope;
  /** The agent that calls. */
  readonly caller?: Caller | undefined;
  /** Ms that the client may stay away longer than its questions take. */
  readonly returnMs: number;
  readonly logger: Logger;
}

/** A call that has begun. */
export interface RunningCall {
  /** Lets a request wait for what comes next. One at a time. */
  attach(request: OpenRequest, envelope: Envelope, responses: Readonly<Record<string, unknown>>): Promise<CallStep>;
  /** Aborts when the call is over for the client: cancelled, left, or the connection has ended. */
  readonly signal: AbortSignal;
  /** Ends the call. */
  abort(): void;
}

interface Waiting {
  readonly reporter: ProgressReporter | undefined;
  readonly step: (step: CallStep) => void;
}

/** Starts a call; its first request has to be attached at once. */
export function startRunningCall(options: RunningCallOptions): RunningCall {
  return new Call(options);
}

class Call implements RunningCall {
  readonly #options: RunningCallOptions;
  readonly #controller = new AbortController();
  readonly #trips: RoundTrips;
  #waiting: Waiting | undefined;
  #message: string | undefined;
  #envelope: Envelope;
  #end: Extract<CallStep, { kind: "ended" | "failed" }> | undefined;
  #left: NodeJS.Timeout | undefined;
  #isFlushPlanned = false;
  /** Whether the client has been told the end, or is not there to be told. */
  #isOver = false;

  constructor(options: RunningCallOptions) {
    this.#options = options;
    this.#envelope = options.envelope;
    this.#trips = createRoundTrips(() => this.#planFlush(), options.logger);
    options
      .run(this.#toContext())
      .then((called) => this.#finish({ kind: "ended", called }))
      .catch((error: unknown) => this.#finish({ kind: "failed", error }));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  attach(request: OpenRequest, envelope: Envelope, responses: Record<string, unknown>): Promise<CallStep> {
    clearTimeout(this.#left);
    this.#envelope = envelope;
    const { progressToken } = envelope;
    const { notify, signal } = request;
    signal.addEventListener("abort", () => this.abort(), { once: true });
    const send = (progress: Record<string, unknown>): Promise<void> =>
      notify("notifications/progress", { progressToken, ...progress });
    const reporter = progressToken === undefined ? undefined : createProgressReporter({ send });
    return new Promise((step) => {
      this.#waiting = { reporter, step };
      this.#trips.take(responses);
      if (this.#message !== undefined) reporter?.report(this.#message);
      if (this.#isOver) this.#step({ kind: "gone" });
      else this.#planFlush();
    });
  }

  abort(): void {
    clearTimeout(this.#left);
    if (!this.#isOver && this.#end !== undefined) drop(this.#end);
    this.#controller.abort();
    this.#step({ kind: "gone" });
  }

  #finish(end: Extract<CallStep, { kind: "ended" | "failed" }>): void {
    if (this.#isOver) drop(end);
    this.#end = end;
    this.#flush();
  }

  #toContext(): CallContext {
    const { envelope, caller } = this.#options;
    const hasReporter = (): boolean => this.#waiting?.reporter !== undefined;
    const hasTasks = (): boolean => this.#envelope.hasTasks;
    return {
      signal: this.signal,
      caller,
      report: (message) => {
        this.#message = message;
        this.#waiting?.reporter?.report(message);
      },
      get canReport() {
        return hasReporter();
      },
      get canTask() {
        return hasTasks();
      },
      askUser: envelope.hasForms
        ? async (question, signal) => {
            const form = { method: "elicitation/create", params: { ...toDetailedForm(question) } } as const;
            return toAnswer(question, await this.#trips.ask(form, { timeoutMs: question.timeoutMs, signal }));
          }
        : undefined,
      // Without a limit of its own: nothing may run while the client, which would hear nothing of it, is away.
      listRoots: envelope.hasRoots
        ? async () => {
            const answer = await this.#trips.ask({ method: "roots/list", params: {} });
            return isRecord(answer) && Array.isArray(answer["roots"]) ? toRootPaths(answer["roots"]) : undefined;
          }
        : undefined,
    };
  }

  // Questions that are put in one go travel together.
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isOver) return;
    if (this.#waiting === undefined) {
      this.#watchReturn();
      return;
    }
    if (this.#end !== undefined) {
      this.#step(this.#end);
      return;
    }
    const inputRequests = this.#trips.next();
    if (inputRequests === undefined) return;
    this.#step({ kind: "asks", inputRequests });
    this.#watchReturn();
  }

  #step(step: CallStep): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (step.kind !== "asks") {
      this.#isOver = true;
      // Work that goes on as a job must not wait for an answer that cannot come.
      this.#trips.close();
    }
    waiting?.reporter?.stop();
    waiting?.step(step);
  }

  // While no request is open, the client cannot cancel; one that does not return must not leave a turn running.
  #watchReturn(): void {
    clearTimeout(this.#left);
    this.#left = setTimeout(() => this.abort(), this.#trips.remainingMs() + this.#options.returnMs);
    this.#left.unref();
  }
}

// A job that the client was not told of is one that nobody could stop.
function drop(end: CallStep): void {
  if (end.kind === "ended") end.called?.task?.drop();
}
