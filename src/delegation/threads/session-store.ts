// Our records of threads: in memory with a sliding TTL and a cap, written through to files that outlive both.
// Another bridge may have written a file since: each look at a record reads its file too.
import type { Clock } from "../../domain/clock.ts";
import { describeWidening } from "../../domain/sandbox.ts";
import type { ThreadRecord } from "../../domain/thread.ts";
import { type RecordFiles, RecordNotStoredError, storeRecord } from "./store-record.ts";

/** What a store is made of. */
export interface SessionStoreOptions {
  /** Ms without use after which a record leaves memory. */
  readonly ttlMs: number;
  /** Records in memory. */
  readonly maxSessions: number;
  readonly clock: Clock;
  readonly files: RecordFiles;
  /** Directory that names are kept apart by. */
  readonly project: string;
}

/** The store. TTL and cap evict memory only: an evicted record is read from its file again. */
export interface SessionStore {
  /** The record as its file has it now; memory serves where there is no file, or where it could not be written. Throws where the file is there and cannot be read just now. */
  get(threadId: string): ThreadRecord | undefined;
  /** Whether a record was there that says nothing any more: what the thread was narrowed to is not known then. */
  isDamaged(threadId: string): boolean;
  getByName(sessionId: string): ThreadRecord | undefined;
  /** The newest threads of the project, `most` of them, newest first. */
  listNewest(most: number): readonly ThreadRecord[];
  /** Writes a record through; it counts as used now. Throws RecordNotStoredError; with a wider record in the file, memory forgets this one too. */
  put(record: ThreadRecord): void;
  /** A running thread is never evicted. */
  setRunning(threadId: string, isRunning: boolean): void;
  /** Records in memory. */
  readonly size: number;
}

interface Entry {
  readonly record: ThreadRecord;
  readonly isStored: boolean;
  readonly usedAt: number;
}

/** Makes a session store. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const entries = new Map<string, Entry>();
  const running = new Set<string>();
  const { clock, files, project } = options;

  function keep(record: ThreadRecord, isStored: boolean): ThreadRecord {
    entries.delete(record.threadId);
    entries.set(record.threadId, { record, isStored, usedAt: clock() });
    evict();
    return record;
  }

  // A Map keeps the order of insertion, and `keep` re-inserts: the first idle entry is the least recently used one.
  function evict(): void {
    for (const [threadId, entry] of entries) {
      const isExpired = clock() - entry.usedAt > options.ttlMs;
      const isOver = entries.size > options.maxSessions;
      if (!isExpired && !isOver) return;
      if (!running.has(threadId)) entries.delete(threadId);
    }
  }

  function get(threadId: string): ThreadRecord | undefined {
    evict();
    const entry = entries.get(threadId);
    const stored = files.read(threadId);
    if (entry !== undefined && (stored === undefined || !counts(stored, entry)))
      return keep(entry.record, entry.isStored);
    return stored === undefined ? undefined : keep(stored, true);
  }

  const isCalled = (record: ThreadRecord | undefined, sessionId: string): boolean =>
    record?.sessionId === sessionId && record.project === project;

  return {
    get,
    isDamaged: (threadId) => files.isDamaged(threadId),
    getByName: (sessionId) => {
      evict();
      const known = [...entries.values()].findLast(({ record }) => isCalled(record, sessionId));
      const record = known === undefined ? undefined : get(known.record.threadId);
      // Another bridge may have given the name to another thread.
      if (isCalled(record, sessionId)) return record;
      const found = files.findByName(project, sessionId);
      const current = found === undefined ? undefined : get(found.threadId);
      return isCalled(current, sessionId) ? current : undefined;
    },
    listNewest: (most) => {
      const stored = files.listNewest(project, most);
      const unstored = [...entries.values()].filter((entry) => !entry.isStored && entry.record.project === project);
      const all = new Map(
        [...stored, ...unstored.map(({ record }) => record)].map((record) => [record.threadId, record]),
      );
      return [...all.values()].sort((a, b) => b.lastUsedAt - a.lastUsedAt).slice(0, most);
    },
    put: (record) => {
      const used = { ...record, lastUsedAt: clock() };
      keep(used, false);
      try {
        storeRecord(files, used);
      } catch (error) {
        if (error instanceof RecordNotStoredError && error.content === "wider") entries.delete(used.threadId);
        throw error;
      }
      keep(used, true);
    },
    setRunning: (threadId, isRunning) => {
      if (isRunning) running.add(threadId);
      else running.delete(threadId);
      evict();
    },
    get size() {
      return entries.size;
    },
  };
}

// A file that could not be written is older than what memory has; but a neighbour may have narrowed it since.
function counts(stored: ThreadRecord, entry: Entry): boolean {
  return entry.isStored || describeWidening(entry.record.frame.sandbox, stored.frame.sandbox).length > 0;
}
