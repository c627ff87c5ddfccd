// The entries of one session: their order, their versions, and which of them says where it stands.
import type { MemoryDraft, MemoryEntry } from "../memory-store.ts";
import type { PgValue, Query } from "./client.ts";
import { toAreaColumns } from "./filter-sql.ts";

/** Whoever stores in a session waits for the others, so that versions count without gaps and the order of storing is the order of rows. */
export async function lockSession(query: Query, { area, sessionId }: MemoryDraft, role: string): Promise<void> {
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

/** The id of the entry that said last where a session stands. */
export async function findStand(query: Query, { area, sessionId }: MemoryDraft, role: string): Promise<unknown> {
  const { scope, project } = toAreaColumns(area, role);
  const sql = `SELECT id FROM codex_bridge.entries WHERE session = $1 AND scope = $2 AND project = $3 AND status IS NOT NULL
    ORDER BY rowid DESC LIMIT 1`;
  return (await query(sql, [sessionId ?? null, scope, project]))[0]?.["id"];
}

/** The next version of a session's entries of this kind. */
export async function findFreeVersion(query: Query, draft: MemoryDraft, role: string): Promise<number> {
  if (draft.sessionId === undefined) return 1;
  const sql = `SELECT coalesce(max(version), 0) + 1 AS next FROM codex_bridge.entries WHERE ${SAME_SESSION}`;
  return Number((await query(sql, toSameSession(draft, role)))[0]?.["next"]);
}

/** Whether an entry of its session and kind has its version. */
export async function hasVersion(query: Query, entry: MemoryEntry, role: string): Promise<boolean> {
  const sql = `SELECT FROM codex_bridge.entries WHERE ${SAME_SESSION} AND version = $5`;
  return (await query(sql, [...toSameSession(entry, role), entry.version])).length > 0;
}
