// Runs one turn for a thread: a free place, the record kept at every step, the outcome as an answer or an error.
import type { AgentBackend } from "../agents/agent-backend.ts";
import type { Clock } from "../domain/clock.ts";
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import type { Logger } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";
import type { ThreadFrame, ThreadRecord } from "../domain/thread.ts";
import type { TurnOutcome } from "../domain/turn.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import { resolveFile } from "./directories.ts";
import { redactAnswer } from "./redact-answer.ts";
import type { CallContext, TurnAnswer, TurnOptions } from "./requests.ts";
import type { ThreadPlace, ThreadPlaces } from "./thread-places.ts";
import { createTurnQueue } from "./turn-queue.ts";

/** What a runner is built from. */
export interface TurnRunnerOptions {
  readonly backend: AgentBackend;
  readonly sessions: SessionStore;
  /** One turn at a time per thread: a reply holds its place already, a new thread takes its own once it has an id. */
  readonly places: ThreadPlaces;
  readonly maxTurns: number;
  readonly turnTimeoutMs: number;
  readonly silenceMs: number;
  readonly quietMs: number;
  /** Directory of the bridge: relative paths start there, names belong to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes secrets out of what the agent says. */
  readonly redact: Redact;
}

/** The thread that a turn belongs to. */
export interface TurnThread {
  readonly frame: ThreadFrame;
  readonly sessionId: string | undefined;
  /** Its record; undefined for a new thread. */
  readonly record: ThreadRecord | undefined;
  /** Thread whose name the new one takes over. */
  readonly replaces?: ThreadRecord | undefined;
}

/** Runs turns. */
export interface TurnRunner {
  /** Throws a BridgeError where the turn did not complete. */
  run(request: TurnOptions, thread: TurnThread, call: CallContext): Promise<TurnAnswer>;
}

/** Makes a runner; at most `maxTurns` of its turns run at once. */
export function createTurnRunner(options: TurnRunnerOptions): TurnRunner {
  const slots = createTurnQueue(options.maxTurns);
  return {
    run: async (request, thread, call) => {
      const images = (request.images ?? []).map((path) => resolveFile("image", path, thread.frame.cwd));
      const release = await slots.acquire(call.signal, (ahead) =>
        call.report(`Waiting: ${ahead} other turns run or wait (BRIDGE_MAX_TURNS)`),
      );
      const keeper = new RecordKeeper(options, thread);
      try {
        const outcome = await runOn(options, { request, images, thread, call, keeper });
        keeper.settle(outcome);
        const { threadId, durationMs } = outcome.report;
        const code = outcome.kind === "failed" ? outcome.error.code : undefined;
        options.logger.info({ threadId, durationMs, outcome: outcome.kind, code }, "turn ended");
        return redactAnswer(
          toAnswer(outcome, thread, keeper.warnings),
          request.outputSchema !== undefined,
          options.redact,
        );
      } catch (error) {
        // Whatever went wrong after the thread was known: it can be continued.
        throw toBridgeError(error).withThread(keeper.threadId);
      } finally {
        await keeper.close();
        release();
      }
    },
  };
}

interface TurnRun {
  readonly request: TurnOptions;
  readonly images: readonly string[];
  readonly thread: TurnThread;
  readonly call: CallContext;
  readonly keeper: RecordKeeper;
}

function runOn(options: TurnRunnerOptions, run: TurnRun): Promise<TurnOutcome> {
  const { request, thread, call, keeper } = run;
  call.onTurnStart?.();
  call.report("Starting Codex");
  if (thread.record !== undefined) keeper.keep(thread.record.threadId);
  return options.backend.runTurn({
    prompt: request.prompt,
    frame: thread.frame,
    threadId: thread.record?.threadId,
    images: run.images,
    outputSchema: request.outputSchema,
    deadlineMs: request.timeoutMs ?? options.turnTimeoutMs,
    silenceMs: request.silenceMs ?? options.silenceMs,
    quietMs: options.quietMs,
    signal: call.signal,
    onEvent: (event) => {
      if (event.kind === "thread") keeper.keep(event.threadId);
      else if (event.kind === "activity") call.report(options.redact(event.text));
    },
  });
}

// Keeps the thread's record up to date while its turn runs: as soon as the id is known, so that nothing is lost in a crash.
class RecordKeeper {
  readonly warnings: string[] = [];
  readonly #options: TurnRunnerOptions;
  readonly #thread: TurnThread;
  #current: ThreadRecord | undefined;
  #ownPlace: ThreadPlace | undefined;

  constructor(options: TurnRunnerOptions, thread: TurnThread) {
    this.#options = options;
    this.#thread = thread;
  }

  /** The turn's thread, once it is known. */
  get threadId(): string | undefined {
    return this.#current?.threadId;
  }

  keep(threadId: string): void {
    if (this.#current !== undefined) return;
    const { sessions, clock, baseDir } = this.#options;
    const { record, frame, sessionId, replaces } = this.#thread;
    // Before anyone else can know the id.
    if (record === undefined) this.#open(threadId);
    sessions.setRunning(threadId, true);
    const base = record ?? { threadId, project: baseDir, createdAt: clock(), turns: 0 };
    this.#current = { ...base, sessionId, frame, turns: base.turns + 1, lastUsedAt: clock() };
    this.#put(this.#current);
    // In this order a crash leaves the name twice, and the newest has it; in the other nobody would.
    if (replaces !== undefined) this.#put({ ...replaces, sessionId: undefined });
  }

  // A model that does not exist must not stay with the thread.
  settle(outcome: TurnOutcome): void {
    const { record, frame } = this.#thread;
    if (outcome.kind === "completed" && outcome.report.threadId !== undefined) this.keep(outcome.report.threadId);
    if (this.#current === undefined || outcome.kind !== "failed" || outcome.error.code !== "MODEL_NOT_FOUND") return;
    this.#current = { ...this.#current, frame: { ...frame, model: record?.frame.model } };
    this.#put(this.#current);
  }

  // Never throws: what cannot be tidied up must not cost the answer.
  async close(): Promise<void> {
    try {
      if (this.#current !== undefined) this.#options.sessions.setRunning(this.#current.threadId, false);
      await this.#ownPlace?.release();
    } catch (error) {
      this.#options.logger.error({ err: error }, "the thread's place was not given back");
    }
  }

  #open(threadId: string): void {
    this.#ownPlace = this.#options.places.open(threadId);
    this.warnings.push(...this.#ownPlace.warnings);
  }

  #put(record: ThreadRecord): void {
    try {
      this.#options.sessions.put(record);
    } catch (error) {
      this.#options.logger.error({ err: error, threadId: record.threadId }, "frame not stored");
      this.warnings.push(
        "The thread's frame could not be stored: the thread cannot be continued after the bridge restarts.",
      );
    }
  }
}

const NO_THREAD_ID = "THREAD_ID_MISSING: Codex named no thread, so this one cannot be continued.";

function toAnswer(outcome: TurnOutcome, thread: TurnThread, warnings: readonly string[]): TurnAnswer {
  const { report } = outcome;
  switch (outcome.kind) {
    case "completed": {
      const missing = report.threadId === undefined ? [NO_THREAD_ID] : [];
      return {
        ...report,
        threadId: report.threadId ?? "",
        sessionId: thread.sessionId,
        sandbox: thread.frame.sandbox,
        warnings: [...toPolicyWarnings(thread), ...report.warnings, ...warnings, ...missing],
      };
    }
    case "failed":
      throw outcome.error;
    case "interrupted":
      throw new BridgeError("CANCELLED", "The turn was cancelled and ended.", { threadId: report.threadId });
    default:
      return assertNever(outcome);
  }
}

// Said once, where the thread starts.
function toPolicyWarnings({ frame, record }: TurnThread): string[] {
  if (frame.approvalPolicy === "never" || (record !== undefined && record.turns > 0)) return [];
  return [
    `approval-policy ${frame.approvalPolicy} ran as never: Codex asked nobody, and what the sandbox forbids was refused to it.`,
  ];
}
