// Our records of threads: in memory with a sliding TTL and a cap, written through to files that outlive both.
import type { Clock } from "../domain/clock.ts";
import type { ThreadRecord } from "../domain/thread.ts";

/** Where records are kept for good; `state/thread-files.ts` is the real one. */
export interface RecordFiles {
  read(threadId: string): ThreadRecord | undefined;
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  write(record: ThreadRecord): void;
}

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
  get(threadId: string): ThreadRecord | undefined;
  getByName(sessionId: string): ThreadRecord | undefined;
  /** Writes a record through; it counts as used now. Throws what the files throw. */
  put(record: ThreadRecord): void;
  /** A running thread is never evicted. */
  setRunning(threadId: string, isRunning: boolean): void;
  /** Records in memory. */
  readonly size: number;
}

interface Entry {
  readonly record: ThreadRecord;
  usedAt: number;
}

/** Makes a session store. */
export function createSessionStore(options: SessionStoreOptions): SessionStore {
  const entries = new Map<string, Entry>();
  const running = new Set<string>();
  const { clock, files, project } = options;

  function keep(record: ThreadRecord): ThreadRecord {
    entries.delete(record.threadId);
    entries.set(record.threadId, { record, usedAt: clock() });
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

  return {
    get: (threadId) => {
      evict();
      const record = entries.get(threadId)?.record ?? files.read(threadId);
      return record === undefined ? undefined : keep(record);
    },
    getByName: (sessionId) => {
      evict();
      const known = [...entries.values()].findLast(
        ({ record }) => record.sessionId === sessionId && record.project === project,
      );
      const record = known?.record ?? files.findByName(project, sessionId);
      return record === undefined ? undefined : keep(record);
    },
    put: (record) => {
      const used = { ...record, lastUsedAt: clock() };
      keep(used);
      files.write(used);
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
