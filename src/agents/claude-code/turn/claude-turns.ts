// Runs turns: each gets the kept process of its thread, or a new one.
import { randomUUID } from "node:crypto";
import { BridgeError, toFailure } from "../../../domain/errors.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { TurnOutcome, TurnRequest } from "../../../domain/turn.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import type { OpenThreads } from "../../../state/open-threads.ts";
import { emptyReport } from "../../turn/empty-report.ts";
import { checkFrameDirectories } from "../../turn/frame-directories.ts";
import { createKeptProcesses } from "../../turn/kept-processes.ts";
import { leftOf } from "../../turn/left-of.ts";
import { type ClaudeLaunch, type ClaudeLaunchOptions, toClaudeLaunch } from "../launch/claude-launch.ts";
import { toUserLine } from "../launch/user-line.ts";
import { createLoginRenewal } from "../login/login-renewal.ts";
import { ClaudeProcess } from "../process/claude-process.ts";
import { type EndedTurn, runClaudeTurn } from "./claude-turn.ts";
import { CLOSING } from "./closing.ts";
import type { ToldLimits } from "./read-limits.ts";

/** Options of turns. */
export interface ClaudeTurnsOptions extends ClaudeLaunchOptions {
  /** How long a process is kept after a turn, ms; 0 keeps none. */
  readonly idleMs: number;
  readonly ledger: RunLedger;
  readonly openThreads: OpenThreads;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Removes secrets from everything that is reported about a turn. */
  readonly redact: Redact;
  /** Keeps the usage limits that a turn was told; must not throw. */
  readonly keepLimits?: ((limits: ToldLimits) => void) | undefined;
  readonly logger: Logger;
}

/** A turn that was started. */
export interface StartedTurn {
  readonly outcome: Promise<TurnOutcome>;
  interrupt(): void;
}

/** The turns of a backend. */
export interface ClaudeTurns {
  /** Runs a turn. Never rejects. */
  run(request: TurnRequest): StartedTurn;
  /** The turn of this bridge that runs on a thread. */
  findRunning(threadId: string): TurnRequest | undefined;
  /** Interrupts every turn, and ends every process. */
  close(): Promise<void>;
}

/** A turn that is being run. */
interface AskedTurn {
  readonly request: TurnRequest;
  readonly threadId: string;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** The line with its prompt. */
  readonly line: string;
}

/** Makes them. */
export function createClaudeTurns(options: ClaudeTurnsOptions): ClaudeTurns {
  const { ledger, openThreads, folders, clock, redact, keepLimits, logger } = options;
  // Each turn says `init` first. One that it begins by itself is nobody's.
  const isUnasked = (line: string): boolean => line.includes('"subtype":"init"');
  const kept = createKeptProcesses<ClaudeProcess>({ ...options, isUnasked });
  const place = { env: options.env, home: options.home, userConfig: folders.userConfig };
  const login = createLoginRenewal({ ...options, place });
  const running = new Map<AbortController, Promise<unknown>>();
  const busy = new Map<string, TurnRequest>();
  let isClosed = false;

  async function run(request: TurnRequest, threadId: string, signal: AbortSignal): Promise<TurnOutcome> {
    const startedAt = clock();
    checkFrameDirectories(request.frame);
    const launch = toClaudeLaunch(request, threadId, options);
    const turn = { request, threadId, signal, startedAt, line: toUserLine(request.prompt, request.images) };
    if (request.threadId !== undefined) await openThreads.ask(threadId, signal);
    signal.throwIfAborted();
    const { renewal } = launch;
    await (renewal && login.ensure(renewal, signal));
    const stopWatching = renewal && login.watch(renewal, signal);
    try {
      return (await runWarm(turn, launch)) ?? (await runCold(turn, launch));
    } finally {
      stopWatching?.();
    }
  }

  async function runWarm(turn: AskedTurn, launch: ClaudeLaunch): Promise<TurnOutcome | undefined> {
    const { request, threadId } = turn;
    const warm = request.threadId === undefined ? undefined : await kept.take(threadId, launch.key);
    if (warm === undefined) return undefined;
    const { outcome, wasUnheard } = await runOn(warm, turn, launch);
    // One that ends with the prompt may have begun with it: where its sandbox's own process is gone, it works on for a moment, unheard.
    return wasUnheard ? { ...outcome, report: { ...outcome.report, hasWorked: true } } : outcome;
  }

  async function runCold(turn: AskedTurn, launch: ClaudeLaunch): Promise<TurnOutcome> {
    const { request, threadId } = turn;
    const process = await start(turn, launch);
    const { outcome, wasUnheard } = await runOn(process, turn, launch);
    const refusal = wasUnheard ? process.findRefusal() : undefined;
    if (refusal === undefined) return outcome;
    logger.warn(
      { threadId, refusal },
      "the sandbox did not let Claude Code start: it starts anew, with what holds now",
    );
    const narrowed = toClaudeLaunch(request, threadId, options);
    return (await runOn(await start(turn, narrowed), turn, narrowed)).outcome;
  }

  async function runOn(process: ClaudeProcess, turn: AskedTurn, launch: ClaudeLaunch): Promise<EndedTurn> {
    const { request, line, threadId, signal, startedAt } = turn;
    const deadlineMs = leftOf(request.deadlineMs, startedAt, clock);
    const parts = { process, launch, threadId, signal, clock, startedAt, redact, keepLimits };
    const ended = await runClaudeTurn({ ...request, deadlineMs }, line, parts);
    if (ended.isReusable) kept.keep(threadId, process);
    else openThreads.drop(threadId);
    return ended;
  }

  function start({ request, threadId, signal }: AskedTurn, launch: ClaudeLaunch): Promise<ClaudeProcess> {
    const threadArgs = request.threadId === undefined ? ["--session-id", threadId] : ["--resume", request.threadId];
    if (launch.hasOwnFolder) folders.open(threadId, launch.held !== undefined);
    return ClaudeProcess.launch(launch, threadArgs, options, signal);
  }

  async function runSafely(request: TurnRequest, signal: AbortSignal): Promise<TurnOutcome> {
    const threadId = request.threadId ?? randomUUID();
    try {
      signal.throwIfAborted();
      // Claude Code itself has no lock on a session.
      if (busy.has(threadId)) throw new BridgeError("SESSION_BUSY", "A turn of this bridge runs on the thread.");
    } catch (error) {
      return toEnd(request, signal, error);
    }
    busy.set(threadId, request);
    try {
      return await run(request, threadId, signal);
    } catch (error) {
      return toEnd(request, signal, error);
    } finally {
      busy.delete(threadId);
    }
  }

  return {
    run: (request) => {
      const stop = new AbortController();
      if (isClosed) stop.abort(CLOSING);
      const outcome = runSafely(request, stop.signal).finally(() => running.delete(stop));
      running.set(stop, outcome);
      return { outcome, interrupt: () => stop.abort() };
    },
    findRunning: (threadId) => busy.get(threadId),
    close: async () => {
      isClosed = true;
      for (const stop of running.keys()) stop.abort(CLOSING);
      await Promise.all([...running.values(), kept.close()]);
      await ledger.endAll();
    },
  };
}

function toEnd({ threadId }: TurnRequest, signal: AbortSignal, error: unknown): TurnOutcome {
  const report = emptyReport(threadId);
  return signal.aborted ? { kind: "interrupted", report } : { kind: "failed", report, ...toFailure(error) };
}
