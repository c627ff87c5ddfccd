// The team's store: a PostgreSQL database that several machines share.
import { setMaxListeners } from "node:events";
import type { Clock } from "../../domain/clock.ts";
import { toEntry } from "../entry-of-row.ts";
import type { MemoryDraft, MemoryEntry, MemoryFilter, MemoryStore } from "../memory-store.ts";
import { toMovedOn } from "../moved-on.ts";
import { createPgClient, type PgLimits, type Query } from "./client.ts";
import { ENTRY_COLUMNS, SELECTED_COLUMNS, toParams } from "./entry-rows.ts";
import { createParameters, toCondition } from "./filter-sql.ts";
import { CHANNEL, createNotifications } from "./notifications.ts";
import { PgError } from "./pg-error.ts";
import { toPostgresError } from "./postgres-error.ts";
import { prepareStore, type ReadyStore } from "./schema.ts";
import { searchEntries } from "./search-sql.ts";
import { findFreeVersion, findStand, hasVersion, lockSession } from "./sessions-sql.ts";
import { waitForStatus } from "./wait-for-status.ts";

/** Options of createPostgresMemory. */
export interface PostgresMemoryOptions {
  /** `postgres://…`; a secret. */
  readonly url: string;
  readonly clock: Clock;
  /** Makes the id of an entry. */
  readonly newId: () => string;
  readonly limits?: PgLimits | undefined;
}

/** A team's store. */
export interface TeamStore extends MemoryStore {
  /** Stores an entry under an id that its sender has made. The one that is there already where it was sent before. */
  storeAs(id: string, draft: MemoryDraft, at: number, follows?: string): Promise<MemoryEntry>;
  /** The ids of entries, those last stored first. */
  listIds(filter: MemoryFilter, most: number): Promise<readonly string[]>;
}

/** Reads or writes as a role. */
type Work<Result> = (query: Query, role: string) => Promise<Result>;

const NO_INDEX =
  "The team's server has no index for parts of words (pg_trgm), so a search takes longer the more is stored; `codex-bridge doctor` says what to do.";

/** Makes the store; nothing is connected before the first call. */
export function createPostgresMemory({ url, clock, newId, limits }: PostgresMemoryOptions): TeamStore {
  const client = createPgClient(url, limits);
  const notifications = createNotifications(client);
  let preparing: Promise<ReadyStore> | undefined;
  let closing = createClosing();
  let hasWarned = false;

  // Once for a store: what a newer bridge does to it later, it does so that this one can go on.
  function prepare(): Promise<ReadyStore> {
    const prepared = preparing ?? client.transact(prepareStore);
    preparing = prepared;
    prepared.catch(() => {
      preparing = undefined;
    });
    return prepared;
  }

  async function run<Result>(work: Work<Result>): Promise<Result> {
    const attempt = async (): Promise<Result> => {
      const { role } = await prepare();
      return client.transact((query) => work(query, role));
    };
    try {
      return await attempt().catch((error: unknown) => {
        if (!(error instanceof PgError)) throw error;
        if (error.fault === "gone") preparing = undefined;
        // A connection that was kept may have died with the last server; all work here may be done twice.
        else if (error.fault !== "away" || !error.isLost) throw error;
        return attempt();
      });
    } catch (error) {
      throw toPostgresError(error, url);
    }
  }

  const storeAs = (id: string, draft: MemoryDraft, at: number, follows?: string): Promise<MemoryEntry> =>
    run(async (query, role) => {
      await lockSession(query, draft, role);
      const [known] = await readEntries(query, [id], role);
      if (known !== undefined) return known;
      if (follows !== undefined && (await findStand(query, draft, role)) !== follows) throw toMovedOn(draft.sessionId);
      const entry = { ...draft, id, version: await findFreeVersion(query, draft, role), at };
      if (await insert(query, entry, role)) return entry;
      // Another bridge of the machine sends the same outbox, and was first.
      return (await readEntries(query, [id], role))[0] ?? entry;
    });

  return {
    storeAs,
    store: (draft, follows) => storeAs(newId(), draft, clock(), follows),
    adopt: (entry) =>
      run(async (query, role) => {
        await lockSession(query, entry, role);
        const isTaken = await hasVersion(query, entry, role);
        const version = isTaken ? await findFreeVersion(query, entry, role) : entry.version;
        const adopted = { ...entry, version };
        return (await insert(query, adopted, role)) ? adopted : undefined;
      }),
    search: async (search) => {
      const found = await run((query, role) => searchEntries(query, search, role));
      const isIndexed = (await preparing)?.hasPieceIndex !== false;
      if (isIndexed || hasWarned) return found;
      // It is for a person, and true until somebody does something: once is enough.
      hasWarned = true;
      return { ...found, warnings: [...found.warnings, NO_INDEX] };
    },
    read: (ids) => run((query, role) => readEntries(query, ids, role)),
    list: (filter, most) =>
      run(async (query, role) => {
        const parameters = createParameters();
        const sql = `SELECT ${SELECTED_COLUMNS} FROM codex_bridge.entries e WHERE ${toCondition(filter, role, parameters)}
          ORDER BY e.rowid DESC LIMIT ${parameters.add(most)}`;
        return (await query(sql, parameters.values)).map(toEntry);
      }),
    listIds: (filter, most) =>
      run(async (query, role) => {
        const parameters = createParameters();
        const sql = `SELECT e.id FROM codex_bridge.entries e WHERE ${toCondition(filter, role, parameters)}
          ORDER BY e.rowid DESC LIMIT ${parameters.add(most)}`;
        return (await query(sql, parameters.values)).map(({ id }) => String(id));
      }),
    remove: (ids) =>
      run(async (query, role) => {
        const sql = `DELETE FROM codex_bridge.entries e WHERE e.id = ANY ($1::text[]) AND (e.scope <> 'user' OR e.project = $2) RETURNING e.id`;
        return (await query(sql, [ids, role])).length;
      }),
    waitForStatus: (wait) => {
      const list = (): Promise<MemoryEntry | undefined> =>
        run((query, role) => readLast(query, wait.area, wait.sessionId, role));
      return waitForStatus(wait, list, notifications, closing.signal).catch((error: unknown) => {
        throw toPostgresError(error, url);
      });
    },
    notes: () => [],
    close: async () => {
      closing.abort();
      closing = createClosing();
      preparing = undefined;
      await client.close();
    },
  };
}

// However many wait for it.
function createClosing(): AbortController {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  return closing;
}

/** Whether it was stored: not where one with its id is there. */
async function insert(query: Query, entry: MemoryEntry, role: string): Promise<boolean> {
  const params = toParams(entry, role);
  const marks = params.map((_, index) => `$${index + 1}`).join(", ");
  // In their order, so that two that store the same new words wait for each other in one direction alone.
  await query(
    `INSERT INTO codex_bridge.stems SELECT stem FROM (SELECT unnest($1::text[]) COLLATE "C" AS stem) s ORDER BY stem ON CONFLICT DO NOTHING`,
    [params.at(-1) ?? []],
  );
  const sql = `INSERT INTO codex_bridge.entries (${ENTRY_COLUMNS}) VALUES (${marks}) ON CONFLICT (id) DO NOTHING RETURNING id`;
  if ((await query(sql, params)).length === 0) return false;
  await query(`SELECT pg_notify('${CHANNEL}', '')`);
  return true;
}

async function readEntries(query: Query, ids: readonly string[], role: string): Promise<MemoryEntry[]> {
  const sql = `SELECT ${SELECTED_COLUMNS} FROM codex_bridge.entries e WHERE e.id = ANY ($1::text[]) AND (e.scope <> 'user' OR e.project = $2)`;
  const found = new Map((await query(sql, [ids, role])).map(toEntry).map((entry) => [entry.id, entry]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

async function readLast(
  query: Query,
  area: MemoryDraft["area"],
  sessionId: string,
  role: string,
): Promise<MemoryEntry | undefined> {
  const parameters = createParameters();
  const condition = toCondition({ areas: [area], sessionId }, role, parameters);
  const sql = `SELECT ${SELECTED_COLUMNS} FROM codex_bridge.entries e WHERE ${condition} ORDER BY e.rowid DESC LIMIT 1`;
  return (await query(sql, parameters.values)).map(toEntry)[0];
}
