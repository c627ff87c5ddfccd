// What a bridge does once after its start: ends what dead bridges left running, and removes old files.
import { join } from "node:path";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/logger.ts";
import { sweepStores } from "../receipts/snapshots/sweep-stores.ts";
import type { StagingFolders } from "../receipts/staging-folders.ts";
import { sweepAgentThreads } from "../state/agent-thread-files.ts";
import { sweepBells } from "../state/bridge-bell.ts";
import { sweepCalleeFolders } from "../state/callee-folders.ts";
import { CHECKED_RULES_FOLDER } from "../state/checked-rules.ts";
import { GATE_FOLDER, type GateRuns } from "../state/gate-runs.ts";
import type { JobFiles } from "../state/job-files.ts";
import { sweepDrafts } from "../state/private-files.ts";
import type { ScratchFiles } from "../state/scratch-files.ts";
import type { ThreadFiles } from "../state/thread-files.ts";
import { hasOpenProposal } from "../worktrees/fill-worktree.ts";
import { type LeftoverScope, sweepLeftovers } from "../worktrees/leftovers.ts";
import type { Machine } from "./machine.ts";

/** What is tidied up. */
export interface TidyUpOptions {
  readonly stateDir: string;
  readonly machine: Machine;
  readonly threadFiles: Pick<ThreadFiles, "sweep">;
  readonly chainFiles: Pick<ScratchFiles, "sweep">;
  readonly attempts: Pick<ScratchFiles, "sweep">;
  readonly results: Pick<ScratchFiles, "sweep">;
  readonly outputs: Pick<ScratchFiles, "sweep">;
  readonly schemas: Pick<ScratchFiles, "sweep">;
  readonly receiptFiles: Pick<ScratchFiles, "sweep">;
  readonly reviewFiles: Pick<ScratchFiles, "sweep">;
  readonly messageFiles: Pick<ScratchFiles, "sweep">;
  readonly gateRuns: Pick<GateRuns, "sweep">;
  readonly jobFiles: Pick<JobFiles, "sweep">;
  readonly jobRequests: Pick<ScratchFiles, "sweep">;
  readonly parkedOrders: Pick<ScratchFiles, "sweep">;
  readonly staging: Pick<StagingFolders, "sweep">;
  readonly leftovers: LeftoverScope;
  /** How long jobs are kept. */
  readonly jobTtlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tidying up, which nobody waits for. */
export interface TidyUp {
  /** Begins with the first call; later calls give the same promise. Never rejects. */
  run(): Promise<void>;
  stop(): void;
}

const DAY_MS = 86_400_000;
const FRAME_DAYS = 30;
const RESULT_DAYS = 7;
const SCHEMA_DAYS = 1;
const ATTEMPT_DAYS = 7;
/** No call takes longer than a day. */
const CHAIN_DAYS = 2;
/** A younger lock of a dead bridge still tells the next turn of its thread that this bridge died at work on it. */
const LOCK_DAYS = 1;
const BELL_DAYS = 1;
/** A draft is written within a moment, so an older one does not belong to a living bridge in another container. */
const DRAFT_MS = 3_600_000;
/** A server listens within a moment of making its socket, so nobody listens on an older one that refuses a connection. */
const SOCKET_MS = 60_000;
/** For runs of bridges that cannot be looked up from here: after this time nothing of such a run is left to end. */
const RUN_DAYS = 30;
const RECEIPT_DAYS = 30;
const REVIEW_DAYS = 30;
const GATE_DAYS = 7;
/** A message that nobody took by then is of no use to anybody. */
const MESSAGE_DAYS = 7;
/** An older request was never taken: its job's bridge is gone. */
const REQUEST_DAYS = 1;
const STATE_FOLDERS = [
  "threads",
  "locks",
  "runs",
  "attempts",
  "chains",
  "results",
  "schemas",
  "jobs",
  "job-requests",
  "job-replies",
  "parked-orders",
  "open-threads",
  "writing-turns",
  "attach-threads",
  "runners",
  "runner-stops",
  "receipts",
  "proposals",
  "stagings",
  "reviews",
  "usage",
  "messages",
  GATE_FOLDER,
  CHECKED_RULES_FOLDER,
];

/** Makes it. The work is done in slices, since there may be thousands of files. A turn on a thread that a dead bridge had locked does not wait for it. */
export function createTidyUp(options: TidyUpOptions): TidyUp {
  const closing = new AbortController();
  let running: Promise<void> | undefined;
  return {
    run: () => {
      // A state folder that cannot be read must not keep a turn from running.
      running ??= tidyUp(options, closing.signal).catch((error: unknown) =>
        options.logger.error({ err: error }, "tidying up failed"),
      );
      return running;
    },
    stop: () => closing.abort(),
  };
}

async function tidyUp(options: TidyUpOptions, signal: AbortSignal): Promise<void> {
  const { stateDir, machine, threadFiles, clock } = options;
  const { table, locks, ledger, runFiles, openThreads, writingTurns, attachFiles } = machine;
  const daysAgo = (days: number): number => clock() - days * DAY_MS;
  await ledger.reap(signal);
  // First of the files: the user sees these.
  await options.staging.sweep();
  for (const name of STATE_FOLDERS) {
    await sweepDrafts(join(stateDir, name), clock() - DRAFT_MS, (pid) => table.isGone(pid), signal);
  }
  await locks.sweep(daysAgo(LOCK_DAYS), signal);
  await sweepBells(stateDir, daysAgo(BELL_DAYS), signal);
  await threadFiles.sweep(daysAgo(FRAME_DAYS), locks, signal);
  await sweepCalleeFolders(stateDir, daysAgo(FRAME_DAYS), signal);
  await sweepAgentThreads(stateDir, daysAgo(FRAME_DAYS), signal);
  await options.chainFiles.sweep(daysAgo(CHAIN_DAYS), signal);
  await options.attempts.sweep(daysAgo(ATTEMPT_DAYS), signal);
  await attachFiles.sweep(clock() - SOCKET_MS, signal);
  await openThreads.sweep(daysAgo(LOCK_DAYS), signal);
  await writingTurns.sweep(daysAgo(LOCK_DAYS), signal);
  await runFiles.sweep(daysAgo(RUN_DAYS), signal);
  await options.results.sweep(daysAgo(RESULT_DAYS), signal);
  await options.outputs.sweep(daysAgo(RESULT_DAYS), signal);
  await options.schemas.sweep(daysAgo(SCHEMA_DAYS), signal);
  await options.jobFiles.sweep(clock() - options.jobTtlMs, signal);
  await options.parkedOrders.sweep(clock() - options.jobTtlMs, signal);
  await options.jobRequests.sweep(daysAgo(REQUEST_DAYS), signal);
  await options.receiptFiles.sweep(daysAgo(RECEIPT_DAYS), signal);
  await options.reviewFiles.sweep(daysAgo(REVIEW_DAYS), signal);
  await options.messageFiles.sweep(daysAgo(MESSAGE_DAYS), signal);
  await options.gateRuns.sweep(daysAgo(GATE_DAYS), signal);
  await sweepLeftovers(options.leftovers, signal);
  await sweepStores(stateDir, daysAgo(RECEIPT_DAYS), (store) => hasOpenProposal(options.leftovers.files, store));
}
