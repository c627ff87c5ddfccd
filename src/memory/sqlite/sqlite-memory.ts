// The local store: one SQLite file that all bridges of a user share.
import type { Clock } from "../../domain/clock.ts";
import { toEntry } from "../entry-of-row.ts";
import type { MemoryDraft, MemoryEntry, MemoryWait } from "../memory-store.ts";
import { toMovedOn } from "../moved-on.ts";
import type { LocalStore } from "../team/outbox.ts";
import { createVectorCache } from "./cached-vectors.ts";
import type { Database, SqlValue } from "./engine.ts";
import { ENTRY_COLUMNS, SELECTED_COLUMNS, toParams } from "./entry-rows.ts";
import { toAreaColumns, toCondition } from "./filter-sql.ts";
import { toMemoryError } from "./memory-error.ts";
import { createMemoryFile, type MemoryFileOptions } from "./memory-file.ts";
import { searchEntries } from "./search-sql.ts";
import { addUnsent, countUnsent, listUnsent, markSent } from "./unsent-rows.ts";
import { findNearVectors, hasOtherLengths, keepVectors, listWithoutVector, removeOtherLengths } from "./vectors-sql.ts";

/** Options of createSqliteMemory. */
export interface SqliteMemoryOptions extends MemoryFileOptions {
  readonly clock: Clock;
  /** Makes the id of an entry. */
  readonly newId: () => string;
}

/** How often a wait looks whether anything was stored. */
const LOOK_MS = 200;
/** SQLite takes a bounded number of parameters. */
const MOST_IDS = 500;

/** Makes the store; nothing is opened or made before the first call. */
export function createSqliteMemory(options: SqliteMemoryOptions): LocalStore {
  const { path, clock, newId } = options;
  const file = createMemoryFile(options);
  let closing = new AbortController();
  const told = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run();
    } catch (error) {
      throw toMemoryError(error, path);
    }
  };
  const read = <Result>(work: (database: Database) => Result): Promise<Result> => told(() => file.read(work));
  const write = <Result>(work: (database: Database) => Result): Promise<Result> => told(() => file.write(work));

  const storeAs = (database: Database, id: string, draft: MemoryDraft): MemoryEntry =>
    insert(database, { ...draft, id, version: findFreeVersion(database, draft), at: clock() });

  return {
    store: (draft, follows) =>
      write((database) => {
        checkFollows(database, draft, follows);
        return storeAs(database, newId(), draft);
      }),
    storeUnsent: (id, draft, address, follows) =>
      write((database) => {
        // One that only the server has is checked there.
        if (follows !== undefined && readEntries(database, [follows]).length > 0)
          checkFollows(database, draft, follows);
        addUnsent(database, id, address, follows);
        return storeAs(database, id, draft);
      }),
    listUnsent: (team, most, but) => read((database) => listUnsent(database, team, most, but)),
    countUnsent: (team) => read((database) => countUnsent(database, team)),
    markSent: (sent) => write((database) => markSent(database, sent)),
    adopt: (entry) =>
      write((database) => {
        if (database.all("SELECT 1 FROM entries WHERE id = ?", [entry.id]).length > 0) return undefined;
        const version = hasVersion(database, entry) ? findFreeVersion(database, entry) : entry.version;
        return insert(database, { ...entry, version });
      }),
    search: (search) => read((database) => searchEntries(database, search)),
    read: (ids) => read((database) => readEntries(database, ids)),
    list: (filter, most) =>
      read((database) => {
        const { sql, params } = toCondition(filter);
        const query = `SELECT ${SELECTED_COLUMNS} FROM entries e WHERE ${sql} ORDER BY e.rowid DESC LIMIT ?`;
        return database.all(query, [...params, most]).map(toEntry);
      }),
    listIds: (filter, most) =>
      read((database) => {
        const { sql, params } = toCondition(filter);
        const query = `SELECT e.id FROM entries e WHERE ${sql} ORDER BY e.rowid DESC LIMIT ?`;
        return database.all(query, [...params, most]).map(({ id }) => String(id));
      }),
    teamVectors: createVectorCache(read, write),
    remove: (ids) => write((database) => ids.reduce((sum, id) => sum + removeEntry(database, id), 0)),
    vectors: {
      listWithout: (model, filter, most, but) =>
        read((database) => listWithoutVector(database, model, filter, most, but)),
      keep: (model, vectors) => write((database) => keepVectors(database, model, vectors)),
      findNear: async (model, vectors, filter, most) => {
        const length = vectors[0]?.length ?? 0;
        if (await read((database) => hasOtherLengths(database, model, length)))
          await write((database) => removeOtherLengths(database, model, length));
        return findNearVectors(read, model, vectors, filter, most);
      },
    },
    waitForStatus: (wait) => waitForStatus(wait, read, closing.signal),
    notes: () => [],
    close: async () => {
      closing.abort();
      closing = new AbortController();
      await told(async () => file.close());
    },
  };
}

function insert(database: Database, entry: MemoryEntry): MemoryEntry {
  const params = toParams(entry);
  database.all(`INSERT INTO entries (${ENTRY_COLUMNS}) VALUES (${params.map(() => "?").join(", ")})`, params);
  return entry;
}

const SAME_SESSION = "session = ? AND kind = ? AND scope = ? AND project = ?";

function toSameSession({ area, sessionId, kind }: MemoryDraft): SqlValue[] {
  const { scope, project } = toAreaColumns(area);
  return [sessionId ?? null, kind, scope, project];
}

function checkFollows(database: Database, { area, sessionId }: MemoryDraft, follows: string | undefined): void {
  if (follows === undefined) return;
  const { scope, project } = toAreaColumns(area);
  const query =
    "SELECT id FROM entries WHERE session = ? AND scope = ? AND project = ? AND status IS NOT NULL ORDER BY rowid DESC LIMIT 1";
  if (database.all(query, [sessionId ?? null, scope, project])[0]?.["id"] !== follows) throw toMovedOn(sessionId);
}

function findFreeVersion(database: Database, draft: MemoryDraft): number {
  if (draft.sessionId === undefined) return 1;
  const query = `SELECT coalesce(max(version), 0) + 1 AS next FROM entries WHERE ${SAME_SESSION}`;
  return Number(database.all(query, toSameSession(draft))[0]?.["next"]);
}

function hasVersion(database: Database, entry: MemoryEntry): boolean {
  const query = `SELECT 1 FROM entries WHERE ${SAME_SESSION} AND version = ?`;
  return database.all(query, [...toSameSession(entry), entry.version]).length > 0;
}

function readEntries(database: Database, ids: readonly string[]): MemoryEntry[] {
  const wanted = ids.slice(0, MOST_IDS);
  const marks = wanted.map(() => "?").join(", ");
  const rows = database.all(`SELECT ${SELECTED_COLUMNS} FROM entries e WHERE e.id IN (${marks})`, wanted);
  const found = new Map(rows.map(toEntry).map((entry) => [entry.id, entry]));
  return wanted.flatMap((id) => found.get(id) ?? []);
}

function removeEntry(database: Database, id: string): number {
  return database.all("DELETE FROM entries WHERE id = ? RETURNING id", [id]).length;
}

// One row by an index, so to look again costs next to nothing.
async function waitForStatus(
  { area, sessionId, status, ms, signal }: MemoryWait,
  read: <Result>(work: (database: Database) => Result) => Promise<Result>,
  closing: AbortSignal,
): Promise<MemoryEntry | undefined> {
  // No clock that can be set back.
  const end = performance.now() + ms;
  const { sql, params } = toCondition({ areas: [area], sessionId });
  const query = `SELECT ${SELECTED_COLUMNS} FROM entries e WHERE ${sql} ORDER BY e.rowid DESC LIMIT 1`;
  for (;;) {
    const [last] = await read((database) => database.all(query, params).map(toEntry));
    if (last?.status === status) return last;
    const left = end - performance.now();
    if (left <= 0 || signal?.aborted === true || closing.aborted) return undefined;
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)));
  }
}
