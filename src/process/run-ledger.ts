// The runs of this bridge: what is alive, on record before it is started, so that the next bridge can end what a SIGKILL left.
import type { Logger } from "../domain/logger.ts";
import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { ProcessTable } from "./process-table.ts";
import { findRunProcesses, killRuns, type RunIdentity } from "./run-processes.ts";

/** A run on record. */
export interface RunRecord extends RunIdentity {
  readonly id: string;
  /** Boot that pids and start times belong to. */
  readonly bootId: string;
  /** The bridge that started it. */
  readonly owner: { readonly pid: number; readonly start: number };
}

/** Where records are kept; a damaged one is not listed. */
export interface RunStore {
  write(record: RunRecord): void;
  remove(id: string): void;
  list(): RunRecord[];
}

/** A process that a completed run left running. */
export interface Leftover {
  readonly pid: number;
  readonly command: string;
}

/** Keeps runs. */
export interface RunLedger {
  /** Puts a run on record, before its program is started. */
  begin(id: string, mark: string): void;
  /** The run's program has started. */
  attach(id: string, pid: number): void;
  /** A further mark of the run has become known. */
  setLaterMark(id: string, laterMark: string): void;
  /** Remembers the tree seen now, where environments cannot be read (macOS); at most once in a unit of the table's time, so call it often. */
  sample(id: string): void;
  /** Ends all of a run and forgets it. */
  kill(id: string): Promise<void>;
  /** The run's program has completed: what it left running stays until `endAll`, and is named. */
  leave(id: string): Leftover[];
  /** Ends every run and all they left. Idempotent. */
  endAll(): Promise<void>;
  /** What bridges that are gone have left running. */
  findAbandoned(): Leftover[];
  /** Ends that. */
  reap(): Promise<void>;
}

/** What a ledger is made of. */
export interface RunLedgerOptions {
  readonly table: ProcessTable;
  /** This process: the owner of what is begun here. */
  readonly own: ProcessIdentity;
  readonly store: RunStore;
  readonly platform: NodeJS.Platform;
  readonly logger: Logger;
}

/** Makes the ledger of this process. */
export function createRunLedger({ table, own, store, platform, logger }: RunLedgerOptions): RunLedger {
  const runs = new Map<string, RunRecord>();
  const canReadEnvironments = platform === "linux";
  const { bootId, ...owner } = own;
  let sampledAt = 0;

  function update(id: string, change: Partial<RunRecord>): void {
    const known = runs.get(id);
    if (known !== undefined) save({ ...known, ...change });
  }

  function save(record: RunRecord): void {
    runs.set(record.id, record);
    try {
      store.write(record);
    } catch (error) {
      // Without its record a run is lost only if this bridge is killed hard.
      logger.error({ err: error, run: record.id }, "run not on record");
    }
  }

  function forget(id: string): void {
    runs.delete(id);
    try {
      store.remove(id);
    } catch (error) {
      // The next bridge finds nothing alive under it, and removes it.
      logger.error({ err: error, run: id }, "record of a run not removed");
    }
  }

  function listAbandoned(): RunRecord[] {
    return store.list().filter((record) => !isAlive(table, { ...record.owner, bootId: record.bootId }));
  }

  async function end(records: readonly RunRecord[]): Promise<void> {
    const reports = await killRuns(table, records);
    for (const [at, { id }] of records.entries()) {
      const { killed = 0, survivors = [] } = reports[at] ?? {};
      if (killed > 0) logger.info({ run: id, killed }, "run ended");
      if (survivors.length > 0) logger.error({ run: id, survivors }, "processes of a run could not be ended");
      forget(id);
    }
  }

  return {
    begin: (id, mark) => save({ id, mark, bootId, owner, startedAt: table.now() }),
    attach: (id, pid) => update(id, { root: { pid, start: table.find(pid)?.start ?? 0 } }),
    setLaterMark: (id, laterMark) => update(id, { laterMark }),
    sample: (id) => {
      const known = runs.get(id);
      if (canReadEnvironments || known === undefined || sampledAt === table.now()) return;
      sampledAt = table.now();
      const seen = findRunProcesses(table, known).map(({ pid, start }) => ({ pid, start }));
      update(id, { seen: [...(known.seen ?? []), ...seen].slice(-500) });
    },
    kill: async (id) => {
      const known = runs.get(id);
      if (known !== undefined) await end([known]);
    },
    leave: (id) => {
      const known = runs.get(id);
      if (known === undefined) return [];
      const left = findRunProcesses(table, known).filter((entry) => entry.pid !== known.root?.pid);
      if (left.length === 0) forget(id);
      return left.map(({ pid }) => ({ pid, command: table.commandLine(pid) }));
    },
    endAll: () => end([...runs.values()]),
    findAbandoned: () =>
      listAbandoned()
        .filter((record) => record.bootId === bootId)
        .flatMap((record) => findRunProcesses(table, record))
        .map(({ pid }) => ({ pid, command: table.commandLine(pid) })),
    reap: async () => {
      const abandoned = listAbandoned();
      // After a boot nothing of a run lives, and its pids belong to others.
      for (const record of abandoned) if (record.bootId !== bootId) forget(record.id);
      await end(abandoned.filter((record) => record.bootId === bootId));
    },
  };
}
