// The runs of this bridge. Each is on record before its program starts, so that the next bridge can end what is left after a SIGKILL.
import { dirname } from "node:path";
import type { Logger } from "../domain/logger.ts";
import { forEachInSlices } from "../domain/slices.ts";
import type { LeftRunning } from "../domain/turn.ts";
import { listEmpty, removeOnceFree } from "./empty-names.ts";
import type { LivenessJudge, ProcessIdentity } from "./liveness.ts";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";
import { endLostHelpers, findRunProcesses, killRuns } from "./run-processes.ts";
import type { RunFacts, RunRecord, RunStore } from "./run-record.ts";
import { createSharedEnds } from "./shared-ends.ts";

/** Keeps the records of runs, and ends runs. */
export interface RunLedger {
  /** Puts a run on record, before its program is started. */
  begin(id: string, mark: string, facts?: RunFacts): void;
  /** The run's program has started, as the first of a session of its own. */
  attach(id: string, pid: number): void;
  /** A further mark of the run has become known. */
  setLaterMark(id: string, laterMark: string): void;
  /** Records the processes of the run's tree, where environments cannot be read (macOS). Call it often: it looks at most once per unit of the table's time. */
  sample(id: string): void;
  /**
   * Records the processes of the run's tree. Call it before a program is told to exit: those of its children that carry no mark cannot be
   * found afterwards. Never throws.
   */
  remember(id: string): void;
  /** Ends all processes of a run, and removes its record once none is alive. Where some survive, `endAll` and the next bridge try again. Never rejects. */
  kill(id: string): Promise<void>;
  /** Removes the record of a run of which nothing can be left. */
  forget(id: string): void;
  /**
   * The run's program has completed. Ends its helpers, and returns the other processes that it left; these run on until `endAll`. A process
   * with all of `ownWords` in its command line is the program's own, and not returned. Never throws.
   */
  leave(id: string, ownWords?: readonly string[]): LeftRunning[];
  /** Ends every run and everything that completed runs left. Idempotent. Never rejects. */
  endAll(): Promise<void>;
  /** Whether a process is certainly not alive. */
  isGone(pid: number): boolean;
  /** Processes that dead bridges left running. */
  findAbandoned(): LeftRunning[];
  /** Ends the processes that dead bridges left, and removes their records. With a signal it works in the background: in slices with pauses, until the signal aborts. */
  reap(signal?: AbortSignal): Promise<void>;
}

/** Options of createRunLedger. */
export interface RunLedgerOptions {
  readonly table: ProcessTable;
  /** This process, which owns the runs that begin here. */
  readonly own: ProcessIdentity;
  /** Decides which bridges are dead. The runs of any other bridge are left alone. */
  readonly judge: LivenessJudge["judge"];
  readonly store: RunStore;
  readonly platform: NodeJS.Platform;
  readonly logger: Logger;
}

/** Creates the ledger of this process. */
export function createRunLedger({ table, own, judge, store, platform, logger }: RunLedgerOptions): RunLedger {
  const runs = new Map<string, RunRecord>();
  const canReadEnvironments = platform === "linux";
  const { bootId, ...owner } = own;
  /** Time of each run's last sample, in the table's unit. */
  const sampledAt = new Map<string, number>();
  /** Sessions of the runs whose program has not been seen to end: RunIdentity's, so not on record. */
  const sessions = new Map<string, number>();

  function update(id: string, change: Partial<RunRecord>): void {
    const known = runs.get(id);
    if (known !== undefined) save({ ...known, ...change });
  }

  function save(record: RunRecord): void {
    runs.set(record.id, record);
    try {
      store.write(record);
    } catch (error) {
      // Without its record a run survives only if this bridge is killed with SIGKILL.
      logger.error({ err: error, run: record.id }, "run not on record");
    }
  }

  function forget(id: string): void {
    runs.delete(id);
    sampledAt.delete(id);
    sessions.delete(id);
    try {
      store.remove(id);
    } catch (error) {
      // The next bridge finds no living process of the run, and removes the record.
      logger.error({ err: error, run: id }, "record of a run not removed");
    }
  }

  // Of runs of which nothing is alive. The names first: a record that is gone is not looked at again.
  async function settle(records: readonly RunRecord[]): Promise<void> {
    const over = new Set(records.map(({ id }) => id));
    const settling = records.map(async ({ id, absent = [] }) => {
      try {
        await removeOnceFree(listEmpty(absent).filter((path) => !isShared(dirname(path), over)));
        forget(id);
      } catch (error) {
        // On record still, so that the next bridge looks again.
        logger.error({ err: error, run: id }, "what a sandbox left could not be looked at");
      }
    });
    await Promise.all(settling);
  }

  // Whether a run that is not over, of this bridge or of one that is not dead, writes in a directory.
  function isShared(area: string, over: ReadonlySet<string>): boolean {
    return store.names().some((name) => {
      const record = store.read(name);
      return record?.areas?.includes(area) === true && !over.has(record.id) && !isAbandoned(record);
    });
  }

  function isAbandoned(record: RunRecord): boolean {
    return judge({ ...record.owner, bootId: record.bootId }) === "dead";
  }

  // Recorded pids are valid only in the namespace of their bridge; marks are valid in all.
  function toIdentity(record: RunRecord): RunRecord {
    const { namespace } = record.owner;
    return namespace === undefined || namespace === owner.namespace ? record : { ...record, root: undefined, seen: [] };
  }

  function withSession(record: RunRecord): RunRecord {
    return { ...record, session: sessions.get(record.id) };
  }

  function addSeen(known: RunRecord, entries: readonly ProcessEntry[]): void {
    const seen = entries.map(({ pid, start }) => ({ pid, start }));
    update(known.id, { seen: [...(known.seen ?? []), ...seen].slice(-500) });
  }

  // Ends runs. Returns those of which no process is left.
  async function end(records: readonly RunRecord[]): Promise<RunRecord[]> {
    try {
      const reports = await killRuns(
        table,
        records.map((record) => withSession(toIdentity(record))),
      );
      return records.filter(({ id }, at) => {
        const { killed = 0, survivors = [] } = reports[at] ?? {};
        if (killed > 0) logger.info({ run: id, killed }, "run ended");
        if (survivors.length > 0) logger.error({ run: id, survivors }, "processes of a run could not be ended");
        return survivors.length === 0;
      });
    } catch (error) {
      logger.error({ err: error }, "processes could not be looked at: their runs stay on record");
      return [];
    }
  }

  const endTogether = createSharedEnds({ find: (id) => runs.get(id), end, settle });

  return {
    begin: (id, mark, facts = {}) => save({ id, mark, bootId, owner, startedAt: table.now(), ...facts }),
    attach: (id, pid) => {
      sessions.set(id, pid);
      update(id, { root: { pid, start: table.find(pid)?.start ?? 0 } });
    },
    setLaterMark: (id, laterMark) => {
      if (runs.get(id)?.laterMark !== laterMark) update(id, { laterMark });
    },
    sample: (id) => {
      const known = runs.get(id);
      if (canReadEnvironments || known === undefined) return;
      const now = table.now();
      if (sampledAt.get(id) === now) return;
      sampledAt.set(id, now);
      addSeen(known, findRunProcesses(table, known));
    },
    remember: (id) => {
      const known = runs.get(id);
      if (known === undefined) return;
      try {
        addSeen(known, findRunProcesses(table, withSession(known)));
      } catch (error) {
        logger.error({ err: error, run: id }, "the processes of a run could not be looked at");
      }
    },
    kill: (id) => endTogether([id]),
    forget,
    leave: (id, ownWords = []) => {
      const known = runs.get(id);
      if (known === undefined) return [];
      try {
        const lost = endLostHelpers(table, known);
        const alive = findRunProcesses(table, withSession(known)).filter(({ pid }) => !lost.has(pid));
        sessions.delete(id);
        // What is there now may be the run's. What its program has removed itself comes back only if the user makes it.
        if (alive.length === 0) forget(id);
        else {
          update(id, { absent: listEmpty(known.absent ?? []) });
          addSeen(runs.get(id) ?? known, alive);
        }
        const isOwn = (pid: number): boolean =>
          pid === known.root?.pid || (ownWords.length > 0 && table.hasWords(pid, ownWords));
        const left = alive.filter(({ pid }) => !isOwn(pid));
        return left.map(({ pid }) => ({ pid, command: table.commandLine(pid) }));
      } catch (error) {
        logger.error({ err: error, run: id }, "what a run left could not be looked at");
        return [];
      }
    },
    endAll: () => endTogether(runs.keys()),
    isGone: table.isGone,
    findAbandoned: () =>
      store
        .names()
        .flatMap((name) => store.read(name) ?? [])
        .filter((record) => isAbandoned(record) && record.bootId === bootId)
        .flatMap((record) => findRunProcesses(table, toIdentity(record)))
        .map(({ pid }) => ({ pid, command: table.commandLine(pid) })),
    reap: async (signal) => {
      const abandoned: RunRecord[] = [];
      await forEachInSlices(
        store.names(),
        (name) => {
          const record = store.read(name);
          if (record !== undefined && isAbandoned(record)) abandoned.push(record);
        },
        signal,
      );
      // After a reboot nothing of a run lives, and its pids belong to other processes.
      const isOld = (record: RunRecord): boolean => record.bootId !== bootId;
      const ended = await end(abandoned.filter((record) => !isOld(record)));
      const forgetting = forEachInSlices(
        [...abandoned.filter(isOld), ...ended],
        (record) => void settle([record]),
        signal,
      );
      // A caller that waits for the processes to end does not wait for the removal of thousands of files.
      if (signal !== undefined) await forgetting;
    },
  };
}
