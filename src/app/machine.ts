// The parts that know this machine's processes and the other bridges on it. The server, doctor and migrate build the same ones.
import { nanoid } from "nanoid";
import type { Logger } from "../domain/logger.ts";
import { createLivenessJudge, type ProcessIdentity, readOwnIdentity } from "../process/liveness.ts";
import { createProcessTable, type ProcessTable } from "../process/process-table.ts";
import { createRunLedger, type RunLedger } from "../process/run-ledger.ts";
import { type AttachFiles, createAttachFiles } from "../state/attach-files.ts";
import { type BridgeBell, createBridgeBell, shareBell } from "../state/bridge-bell.ts";
import { createHolderJudge, type HolderJudge } from "../state/holder-judge.ts";
import { createLockFiles, type LockFiles } from "../state/lock-files.ts";
import { createOpenThreads, type OpenThreads } from "../state/open-threads.ts";
import { createRunFiles } from "../state/run-files.ts";
import { createWritingTurns, type WritingTurns } from "../state/writing-turns.ts";

/** What the parts are made of. */
export interface MachineOptions {
  readonly stateDir: string;
  /** Directory that names this process in its locks. */
  readonly cwd: string;
  readonly logger: Logger;
}

/** The parts, which share one process table and one judgement of who is alive. */
export interface Machine {
  readonly table: ProcessTable;
  readonly locks: LockFiles;
  readonly ledger: RunLedger;
  readonly runFiles: ReturnType<typeof createRunFiles>;
  /** This process. */
  readonly own: ProcessIdentity;
  /** Judges the owners of jobs. */
  readonly judgeHolder: HolderJudge;
  /** The bell of this process, for its jobs. */
  readonly jobsBell: BridgeBell;
  /** Threads that bridges keep open between turns. */
  readonly openThreads: OpenThreads;
  /** Turns that may write. */
  readonly writingTurns: WritingTurns;
  /** Threads that terminals can open. */
  readonly attachFiles: AttachFiles;
  /** The same bell for another user. */
  readonly giveBell: () => BridgeBell;
  /** Calls `listener` when another bridge rings that bell, or anybody else. */
  readonly onRing: (listener: () => void) => void;
}

/** Builds the parts. Nothing is created on disk before the first lock or run. */
export function createMachine({ stateDir, cwd, logger }: MachineOptions): Machine {
  const { platform } = process;
  const table = createProcessTable(platform);
  const own = readOwnIdentity(table);
  const { judge, bury } = createLivenessJudge(table);
  const runFiles = createRunFiles(stateDir, (name) => logger.warn({ name }, "a damaged run record was removed"));
  const listeners: (() => void)[] = [];
  const bell = createBridgeBell(
    stateDir,
    (reason) =>
      logger.info(
        { err: reason },
        "no socket of our own: bridges in other containers know this one by the renewal of its locks",
      ),
    () => {
      for (const listener of listeners) listener();
    },
  );
  const giveBell = shareBell(bell);
  const judging = { stateDir, judge, onSilent: bury };
  const judgeHolder = createHolderJudge(judging);
  const onRing = (listener: () => void): void => void listeners.push(listener);
  const waking = { stateDir, own, cwd, onRing, judgeHolder, clock: Date.now };
  return {
    table,
    runFiles,
    own,
    judgeHolder,
    attachFiles: createAttachFiles(waking),
    openThreads: createOpenThreads({ ...waking, bell: giveBell() }),
    writingTurns: createWritingTurns({ ...waking, bell: giveBell(), newId: () => nanoid(10) }),
    jobsBell: giveBell(),
    giveBell,
    onRing,
    locks: createLockFiles({ ...judging, own: { ...own, cwd }, bell: giveBell(), clock: Date.now }),
    ledger: createRunLedger({ table, own, judge, store: runFiles, platform, logger }),
  };
}
