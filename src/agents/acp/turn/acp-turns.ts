// Runs turns: each gets the kept process of its thread, or a new one.
import { randomUUID } from "node:crypto";
import { BridgeError, toFailure } from "../../../domain/errors.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { TurnOutcome, TurnRequest } from "../../../domain/turn.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import type { AgentThreadFiles } from "../../../state/agent-thread-files.ts";
import type { OpenThreads } from "../../../state/open-threads.ts";
import { emptyReport } from "../../turn/empty-report.ts";
import { checkFrameDirectories } from "../../turn/frame-directories.ts";
import { createKeptProcesses } from "../../turn/kept-processes.ts";
import { leftOf } from "../../turn/left-of.ts";
import { type AcpLaunch, type AcpLaunchOptions, toAcpLaunch } from "../launch/acp-launch.ts";
import type { AcpProcess } from "../process/acp-process.ts";
import { openProcess } from "../session/open-process.ts";
import type { OpenSession } from "../session/open-session.ts";
import { type EndedTurn, runAcpTurn } from "./acp-turn.ts";
import { CLOSING } from "./closing.ts";

/** Options of turns. */
export interface AcpTurnsOptions extends AcpLaunchOptions {
  /** How long a process is kept after a turn, ms; 0 keeps none. */
  readonly idleMs: number;
  readonly ledger: RunLedger;
  readonly openThreads: OpenThreads;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Removes secrets from everything that is reported about a turn. */
  readonly redact: Redact;
  readonly logger: Logger;
}

/** A turn that was started. */
export interface StartedTurn {
  readonly outcome: Promise<TurnOutcome>;
  interrupt(): void;
}

/** The turns of a backend. */
export interface AcpTurns {
  /** Runs a turn. Never rejects. */
  run(request: TurnRequest): StartedTurn;
  /** Whether a turn of this bridge runs on a thread. */
  isRunning(threadId: string): boolean;
  /** Interrupts every turn, and ends every process. */
  close(): Promise<void>;
}

/** Makes them. */
export function createAcpTurns(options: AcpTurnsOptions, files: AgentThreadFiles): AcpTurns {
  const { agent, ledger, openThreads, clock, redact, logger } = options;
  const kept = createKeptProcesses<AcpProcess>({ ...options, isUnasked });
  const running = new Map<AbortController, Promise<unknown>>();
  const busy = new Set<string>();
  let isClosed = false;

  async function run(request: TurnRequest, threadId: string, signal: AbortSignal): Promise<TurnOutcome> {
    const startedAt = clock();
    checkFrameDirectories(request.frame);
    const known = request.threadId === undefined ? undefined : files.read(request.threadId);
    if (request.threadId !== undefined) {
      if (known === undefined) throw new BridgeError("THREAD_NOT_FOUND", `${agent.name} has no thread ${threadId}.`);
      await openThreads.ask(threadId, signal);
    }
    signal.throwIfAborted();
    const launch = toAcpLaunch(request, threadId, options);
    // A process whose turn cannot be written down before it begins is nobody's: it must not stay.
    const writeDown = async (process: AcpProcess, session: OpenSession, { cwd }: AcpLaunch): Promise<void> => {
      try {
        if (known === undefined) files.begin({ threadId, session: session.id, cwd });
        files.add(threadId, { role: "user", text: redact(request.prompt) }, clock(), request.frame.model);
      } catch (error) {
        await process.kill();
        openThreads.drop(threadId);
        throw error;
      }
    };
    const runOn = async (process: AcpProcess, on: AcpLaunch): Promise<EndedTurn> => {
      const { session } = process;
      if (session === undefined) throw new Error("no session");
      await writeDown(process, session, on);
      const deadlineMs = leftOf(request.deadlineMs, startedAt, clock);
      const parts = { agent, process, session, launch: on, threadId, signal, clock, startedAt, redact };
      const ended = await runAcpTurn({ ...request, deadlineMs }, parts);
      // Its instructions are told once.
      process.session = { ...session, isNew: false };
      if (ended.isReusable) kept.keep(threadId, process);
      else openThreads.drop(threadId);
      return { ...ended, outcome: keepAnswer(threadId, ended.outcome) };
    };
    const warm = known === undefined ? undefined : await kept.take(threadId, launch.key);
    // One that dies with the prompt may have worked without a word, so its turn is not run again.
    if (warm !== undefined) return withNotes((await runOn(warm, launch)).outcome, launch);
    const opened = await openProcess({ request, threadId, session: known?.session, launch, signal, options });
    const { outcome } = await runOn(opened.process, opened.launch);
    return withNotes(outcome, opened.launch);
  }

  // The answer counts, whether it can be written down or not.
  function keepAnswer(threadId: string, outcome: TurnOutcome): TurnOutcome {
    const { content, warnings } = outcome.report;
    try {
      if (content !== "") files.add(threadId, { role: "assistant", text: content }, clock());
      return outcome;
    } catch (error) {
      logger.warn({ err: error, threadId }, "the answer of an agent is not on record");
      const told = "This answer is not on record: the file of the thread could not be written.";
      return { ...outcome, report: { ...outcome.report, warnings: [...warnings, told] } };
    }
  }

  function withNotes(outcome: TurnOutcome, { heldBy, unheldReason }: AcpLaunch): TurnOutcome {
    if (heldBy !== "mode") return outcome;
    const byMode = `${agent.name} was kept read-only by its own mode alone, because ${unheldReason}.`;
    return { ...outcome, report: { ...outcome.report, warnings: [byMode, ...outcome.report.warnings] } };
  }

  async function runSafely(request: TurnRequest, signal: AbortSignal): Promise<TurnOutcome> {
    const threadId = request.threadId ?? randomUUID();
    try {
      signal.throwIfAborted();
      if (busy.has(threadId)) throw new BridgeError("SESSION_BUSY", "A turn of this bridge runs on the thread.");
    } catch (error) {
      return toEnd(request, signal, error);
    }
    busy.add(threadId);
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
    isRunning: (threadId) => busy.has(threadId),
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

function isUnasked(line: string): boolean {
  return line.includes('"session/request_permission"') || line.includes('"sessionUpdate":"tool_call"');
}
