// What every backend of Codex does around its turns: takes the frame apart, puts the run on record, checks answers, and tells each end as an
// outcome.
import { toFailure } from "../../../domain/errors.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { TurnOutcome, TurnRequest } from "../../../domain/turn.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import type { RunFacts } from "../../../process/run-record.ts";
import type { OpenThreads } from "../../../state/open-threads.ts";
import { emptyReport } from "../../turn/empty-report.ts";
import { checkFrameDirectories } from "../../turn/frame-directories.ts";
import { leftOf } from "../../turn/left-of.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import { dropRefused, readOwn } from "../codex-frame.ts";
import type { LaunchOptions } from "../launch/launch-options.ts";
import { listAbsentNames, listWritableAreas } from "../launch/protected-names.ts";
import { createTurnPreparation, type PrepareTurn } from "../launch/turn-launch.ts";
import { createLimitWarnings, type WarnOfLimits } from "../limits/limit-warnings.ts";
import type { RateLimits } from "../limits/rate-limits.ts";
import type { CodexTurnRequest } from "./codex-turn-request.ts";
import { createAnswerChecks } from "./output-schema.ts";
import type { TurnParts } from "./turn-parts.ts";

/**
 * The process title of the helpers with which Codex reads files under a permission profile. Codex loses some of these helpers: they sleep
 * on without a parent and with an empty environment (docs/codex-cli.md#permission-profiles).
 */
export const FS_HELPER = "--codex-run-as-fs-helper";

/** Options of turns. */
export interface TurnRunsOptions extends LaunchOptions {
  readonly ledger: RunLedger;
  readonly openThreads: OpenThreads;
  /** Path of the bundle that checks answers against a JSON Schema in a thread of its own. */
  readonly validationWorker: string;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Removes secrets from everything that is reported about a turn. */
  readonly redact: Redact;
  /** Keeps the usage limits that a turn has told; must not throw. */
  readonly keepLimits?: ((limits: RateLimits) => void) | undefined;
}

/** A turn that has been prepared: what its backend needs to run it. What is left out is the backend's own to say. */
export interface PreparedParts extends Omit<TurnParts, "threadSource" | "tellsRunningUsage" | "marksCallsOnly"> {
  /** Puts the run on record by its own mark, unless it is on record. To be called before anything is started for it. */
  readonly begin: () => void;
  /**
   * Puts the run on record anew, by a mark and a later mark (`NAME=value`): from now on only processes that are younger than this belong
   * to it.
   */
  readonly record: (mark: string, laterMark?: string) => void;
}

/** Runs one prepared turn. A rejection becomes the turn's failure, and all processes of the run are ended. */
export type RunPrepared = (request: CodexTurnRequest, parts: PreparedParts) => Promise<TurnOutcome>;

/** A run that is no turn: it asks no model. */
export interface BriefRun {
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly prepare: PrepareTurn;
}

/** A turn that was started. */
export interface StartedRun {
  readonly outcome: Promise<TurnOutcome>;
  interrupt(): void;
  /** The signal of its request. */
  readonly signal: AbortSignal;
}

/** The turns of a backend. */
export interface TurnRuns {
  /** Runs a turn. Never rejects. */
  run(request: TurnRequest): StartedRun;
  /**
   * Runs a command of Codex that is no turn; `where` says what it may write and leave there, and where it works, if that matters. No process of it is alive
   * afterwards. Rejects as `act` does.
   */
  runBriefly<Result>(
    signal: AbortSignal,
    act: (run: BriefRun) => Promise<Result>,
    where?: Pick<RunFacts, "areas" | "absent"> & { readonly cwd: string },
  ): Promise<Result>;
  /** Interrupts every run. One that begins later is interrupted too. */
  close(): void;
}

/** Makes the turns of a backend; `runPrepared` is what it does with one that is prepared. */
export function createTurnRuns(options: TurnRunsOptions, runPrepared: RunPrepared): TurnRuns {
  const prepare = createTurnPreparation(options);
  const warn = createLimitWarnings(options.clock);
  const warnOfLimits: WarnOfLimits = (limits) => {
    options.keepLimits?.(limits);
    return warn(limits);
  };
  const openAnswerCheck = createAnswerChecks(options.validationWorker);
  // Each turn has its own controller. A shared signal would keep every listener that a turn has left on it.
  const running = new Set<AbortController>();
  let isClosed = false;

  async function run(request: CodexTurnRequest): Promise<TurnOutcome> {
    const { ledger, clock, codexHome, redact } = options;
    const runId = options.newId();
    const startedAt = clock();
    const schema = request.outputSchema;
    const checkAnswer = schema === undefined ? undefined : await openAnswerCheck(schema, request.signal);
    const areas = listWritableAreas(request.frame, options.env["TMPDIR"]);
    const absent = listAbsentNames(areas);
    // On record before anything is started, even before the CLI is asked questions. A turn on a loaded thread most often asks none: it is put
    // on record once, by the thread's mark.
    let isOnRecord = false;
    const record = (mark: string, laterMark?: string): void => {
      isOnRecord = true;
      ledger.begin(runId, mark, { areas, absent, helperWords: [FS_HELPER, request.frame.cwd], laterMark });
    };
    const begin = (): void => {
      if (!isOnRecord) record(`${MARK_NAME}=${runId}`);
    };
    try {
      checkFrameDirectories(request.frame);
      if (request.threadId !== undefined) await options.openThreads.ask(request.threadId, request.signal);
      request.signal.throwIfAborted();
      const launch = await prepare(request, runId, begin);
      const deadlineMs = leftOf(request.deadlineMs, startedAt, clock);
      const own = { begin, record, runId, absentNames: absent, launch, checkAnswer };
      const parts = { ...own, codexHome, ledger, clock, redact, warnOfLimits };
      return await runPrepared({ ...request, deadlineMs }, parts);
    } catch (error) {
      await ledger.kill(runId);
      throw error;
    }
  }

  async function runSafely({ frame, ...rest }: TurnRequest, signal: AbortSignal): Promise<TurnOutcome> {
    const outcome = await Promise.resolve()
      .then(() => {
        const { own, ...common } = frame;
        return run({ ...rest, frame: { ...common, ...readOwn(own) }, signal });
      })
      .catch((error: unknown): TurnOutcome => {
        const report = emptyReport(rest.threadId);
        return signal.aborted ? { kind: "interrupted", report } : { kind: "failed", report, ...toFailure(error) };
      });
    if (outcome.kind !== "failed") return outcome;
    const own = dropRefused(frame.own, outcome.error.details["argument"]);
    return own === undefined ? outcome : { ...outcome, own };
  }

  function openRun(): AbortController {
    const stop = new AbortController();
    if (isClosed) stop.abort();
    running.add(stop);
    return stop;
  }

  return {
    runBriefly: async (outer, act, where) => {
      const stop = openRun();
      const runId = options.newId();
      const { cwd, ...names } = where ?? {};
      const helperWords = cwd === undefined ? undefined : [FS_HELPER, cwd];
      options.ledger.begin(runId, `${MARK_NAME}=${runId}`, { ...names, helperWords });
      try {
        return await act({ runId, prepare, signal: AbortSignal.any([outer, stop.signal]) });
      } finally {
        running.delete(stop);
        await options.ledger.kill(runId);
      }
    },
    run: (request) => {
      const stop = openRun();
      return {
        outcome: runSafely(request, stop.signal).finally(() => running.delete(stop)),
        interrupt: () => stop.abort(),
        signal: stop.signal,
      };
    },
    close: () => {
      isClosed = true;
      for (const stop of running) stop.abort();
    },
  };
}
