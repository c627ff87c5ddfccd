// The team's store: a PostgreSQL database that several machines share.
import type { Clock } from "../../domain/clock.ts";
import { toEntry } from "../entry-of-row.ts";
import type { MemoryDraft, MemoryEntry, MemoryStore } from "../memory-store.ts";
import { createPgClient, PgError, type PgValue, type Query } from "./client.ts";
import { ENTRY_COLUMNS, SELECTED_COLUMNS, toParams } from "./entry-rows.ts";
import { createParameters, toAreaColumns, toCondition } from "./filter-sql.ts";
import { toPostgresError } from "./postgres-error.ts";
import { prepareStore } from "./schema.ts";
import { searchEntries } from "./search-sql.ts";
import { CHANNEL, waitForStatus } from "./wait-for-status.ts";

/** Options of createPostgresMemory. */
export interface PostgresMemoryOptions {
  /** `postgres://…`; a secret. */
  readonly url: string;
  readonly clock: Clock;
  /** Makes the id of an entry. */
  readonly newId: () => string;
}

/** A team's store. */
export interface TeamStore extends MemoryStore {
  /** Stores an entry under an id that its sender has made. The one that is there already where it was sent before. */
  storeAs(id: string, draft: MemoryDraft, at: number): Promise<MemoryEntry>;
}

/** Reads or writes as a role. */
type Work<Result> = (query: Query, role: string) => Promise<Result>;

/** Makes the store; nothing is connected before the first call. */
export function createPostgresMemory({ url, clock, newId }: PostgresMemoryOptions): TeamStore {
  const client = createPgClient(url);
  let preparing: Promise<string> | undefined;
  let closing = new AbortController();

  // Once for a store: what a newer bridge does to it later, it does so that this one can go on.
  function prepare(): Promise<string> {
    const prepared = preparing ?? client.transact(prepareStore);
    preparing = prepared;
    prepared.catch(() => {
      preparing = undefined;
    });
    return prepared;
  }

  async function run<Result>(how: "transact" | "use", work: Work<Result>): Promise<Result> {
    const attempt = async (): Promise<Result> => {
      const role = await prepare();
      return client[how]((query) => work(query, role));
    };
    try {
      return await attempt().catch((error: unknown) => {
        // A connection that was kept may have died with the last server; all work here may be done twice.
        if (error instanceof PgError && error.fault === "away" && error.wasConnected) return attempt();
        throw error;
      });
    } catch (error) {
      throw toPostgresError(error, url);
    }
  }

  const storeAs = (id: string, draft: MemoryDraft, at: number): Promise<MemoryEntry> =>
    run("transact", async (query, role) => {
      await lockSession(query, draft, role);
      const [known] = await readEntries(query, [id], role);
      if (known !== undefined) return known;
      return insert(query, { ...draft, id, version: await findFreeVersion(query, draft, role), at }, role);
    });

  return {
    storeAs,
    store: (draft) => storeAs(newId(), draft, clock()),
    adopt: (entry) =>
      run("transact", async (query, role) => {
        await lockSession(query, entry, role);
        if ((await query("SELECT FROM codex_bridge.entries WHERE id = $1", [entry.id])).length > 0) return undefined;
        const isTaken = await hasVersion(query, entry, role);
        const version = isTaken ? await findFreeVersion(query, entry, role) : entry.version;
        return insert(query, { ...entry, version }, role);
      }),
    search: (search) => run("use", (query, role) => searchEntries(query, search, role)),
    read: (ids) => run("use", (query, role) => readEntries(query, ids, role)),
    list: (filter, most) =>
      run("use", async (query, role) => {
        const parameters = createParameters();
        const sql = `SELECT ${SELECTED_COLUMNS} FROM codex_bridge.entries e WHERE ${toCondition(filter, role, parameters)}
          ORDER BY e.rowid DESC LIMIT ${parameters.add(most)}`;
        return (await query(sql, parameters.values)).map(toEntry);
      }),
    remove: (ids) =>
      run("transact", async (query, role) => {
        const sql = `DELETE FROM codex_bridge.entries e WHERE e.id = ANY ($1::text[]) AND (e.scope <> 'user' OR e.project = $2) RETURNING e.id`;
        return (await query(sql, [ids, role])).length;
      }),
    waitForStatus: (wait) => {
      const list = (): Promise<MemoryEntry | undefined> =>
        run("use", (query, role) => readLast(query, wait.area, wait.sessionId, role));
      return waitForStatus(wait, list, client, closing.signal).catch((error: unknown) => {
        throw toPostgresError(error, url);
      });
    },
    notes: () => [],
    close: async () => {
      closing.abort();
      closing = new AbortController();
      preparing = undefined;
      await client.close();
    },
  };
}

// Whoever stores in a session waits for the others, so that versions count without gaps and the order of storing is the order of rows.
async function lockSession(query: Query, { area, sessionId }: MemoryDraft, role: string): Promise<void> {
  if (sessionId === undefined) return;
  const { scope, project } = toAreaColumns(area, role);
  const name = JSON.stringify([scope, project, sessionId]);
  await query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
}

const SAME_SESSION = "session = $1 AND kind = $2 AND scope = $3 AND project = $4";

function toSameSession({ area, sessionId, kind }: MemoryDraft, role: string): PgValue[] {
  const { scope, project } = toAreaColumns(area, role);
  return [sessionId ?? null, kind, scope, project];
}

async function findFreeVersion(query: Query, draft: MemoryDraft, role: string): Promise<number> {
  if (draft.sessionId === undefined) return 1;
  const sql = `SELECT coalesce(max(version), 0) + 1 AS next FROM codex_bridge.entries WHERE ${SAME_SESSION}`;
  return Number((await query(sql, toSameSession(draft, role)))[0]?.["next"]);
}

async function hasVersion(query: Query, entry: MemoryEntry, role: string): Promise<boolean> {
  const sql = `SELECT FROM codex_bridge.entries WHERE ${SAME_SESSION} AND version = $5`;
  return (await query(sql, [...toSameSession(entry, role), entry.version])).length > 0;
}

async function insert(query: Query, entry: MemoryEntry, role: string): Promise<MemoryEntry> {
  const params = toParams(entry, role);
  const marks = params.map((_, index) => `$${index + 1}`).join(", ");
  // In their order, so that two that store the same new words wait for each other in one direction alone.
  await query(
    `INSERT INTO codex_bridge.stems SELECT stem FROM (SELECT unnest($1::text[]) COLLATE "C" AS stem) s ORDER BY stem ON CONFLICT DO NOTHING`,
    [params.at(-1) ?? []],
  );
  await query(`INSERT INTO codex_bridge.entries (${ENTRY_COLUMNS}) VALUES (${marks})`, params);
  await query(`SELECT pg_notify('${CHANNEL}', '')`);
  return entry;
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
