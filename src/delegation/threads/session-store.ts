// The bridge's records of threads: in memory with a sliding TTL and a cap, and written through to files that outlive the process.
// Each read also reads the file, since another bridge may have written it.
import type { Clock } from "../../domain/clock.ts";
import { describeWidening } from "../../domain/sandbox.ts";
import type { ThreadRecord } from "../../domain/thread.ts";
import { type RecordFiles, RecordNotStoredError, storeRecord } from "./write-narrowing.ts";

/** Options of createSessionStore. */
export interface SessionStoreOptions {
  /** Time without use after which a record leaves memory, in ms. */
  readonly ttlMs: number;
  /** Most records in memory. */
  readonly maxSessions: number;
  readonly clock: Clock;
  readonly files: RecordFiles;
  /** Directory of the bridge: names belong to it. */
  readonly project: string;
}

/** The store. TTL and cap only evict from memory: an evicted record is read from its file again. */
export interface SessionStore {
  /** The record as its file has it now; from memory if there is no file or it could not be written. Throws if the file exists and cannot be read. */
  get(threadId: string): ThreadRecord | undefined;
  /** Whether a record that `get` gave is in its file as it is: it is the newest that was read, and nothing of it was changed since. */
  isStored(record: ThreadRecord): boolean;
  /** Whether the thread's record exists and is damaged. If so, it is not known how far the thread was narrowed. */
  isDamaged(threadId: string): boolean;
  /** The record with this name in the project. Throws CONFIG_INVALID if a record that cannot be read may have the name. */
  getByName(sessionId: string): ThreadRecord | undefined;
  /** The newest threads of the project, at most `most`, newest first. */
  listNewest(most: number): readonly ThreadRecord[];
  /** Stores a record and marks it as used now. Throws RecordNotStoredError. If a wider record stays in the file, this one leaves memory too. */
  put(record: ThreadRecord): void;
  /** Marks a thread as running or not. A running thread is never evicted. */
  setRunning(threadId: string, isRunning: boolean): void;
  /** Number of records in memory. */
  readonly size: number;
}

interface Entry {
  readonly record: ThreadRecord;
  readonly isStored: boolean;
  readonly usedAt: number;
}

/** Creates a session store. */
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

  // A Map keeps insertion order and `keep` re-inserts, so the first idle entry is the least recently used one.
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
    if (entry !== undefined && (stored === undefined || !isFileCurrent(stored, entry)))
      return keep(entry.record, entry.isStored);
    return stored === undefined ? undefined : keep(stored, true);
  }

  const isCalled = (record: ThreadRecord | undefined, sessionId: string): boolean =>
    record?.sessionId === sessionId && record.project === project;

  return {
    get,
    isStored: (record) => {
      const entry = entries.get(record.threadId);
      return entry?.record === record && entry.isStored;
    },
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

// Whether the file counts, not the record in memory. After a failed write the file is older than memory, but another bridge may have
// narrowed it since.
function isFileCurrent(stored: ThreadRecord, entry: Entry): boolean {
  return entry.isStored || describeWidening(entry.record.frame.sandbox, stored.frame.sandbox).length > 0;
}
