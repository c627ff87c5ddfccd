// Renders a plan for PostgreSQL and runs it. What a question says never becomes part of a statement: stems go as parameters.
import { toEntry } from "../entry-of-row.ts";
import type { MemoryEntry, MemoryFound, MemorySearch } from "../memory-store.ts";
import { toRarity } from "../search/counts.ts";
import { rankHits } from "../search/rank-hits.ts";
import type { QueryPlan, SearchPlan, Term } from "../search/search-plan.ts";
import type { PgRow, Query } from "./client.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";
import { createParameters, toCondition } from "./filter-sql.ts";
import { planStored, type SearchedEntries, toTsquery } from "./vocabulary.ts";

/** Most entries that an index gives for one phrasing. */
const MOST_FOUND = 50;
/** Most words that may have a piece within them. */
const MOST_WORDS = 50;

/** Finds the entries that answer a question, best first. Throws a PgError. */
export async function searchEntries(
  query: Query,
  { queries, filter, limit, rankings = [] }: MemorySearch,
  role: string,
): Promise<MemoryFound> {
  const searched = { filter, role };
  const plan = await planStored(query, queries, searched);
  const rows = new Set<string>();
  for (const asked of plan.queries) {
    const words = asked.concepts.flatMap(({ terms }) => terms.filter(({ form }) => form !== "piece"));
    for (const row of await findWords(query, words, plan.total, searched)) rows.add(row);
    for (const row of await findWords(query, await listPieces(query, asked), plan.total, searched)) rows.add(row);
  }
  for (const row of await findSessionEntries(query, plan, searched)) rows.add(row);
  for (const row of await findIds(query, rankings.flat(), searched)) rows.add(row);
  return { ...rankHits(plan, await readRows(query, [...rows]), limit, rankings), warnings: [] };
}

type Wanted = Pick<Term, "count" | "stems" | "weight">;

// The rarer a word is, the more it says. How often an entry has it is counted when the entries are ranked.
async function findWords(
  query: Query,
  terms: readonly Wanted[],
  total: number,
  { filter, role }: SearchedEntries,
): Promise<string[]> {
  const weights = new Map<string, number>();
  for (const { stems, weight, count } of terms) {
    const wanted = toTsquery(stems);
    weights.set(wanted, Math.max(weights.get(wanted) ?? 0, weight * toRarity(count, total)));
  }
  if (weights.size === 0) return [];
  const parameters = createParameters();
  const [wanted, weight] = [parameters.add([...weights.keys()]), parameters.add([...weights.values()])];
  const sql = `SELECT e.rowid FROM unnest(${wanted}::text[], ${weight}::float8[]) AS w (wanted, weight)
    JOIN codex_bridge.entries e ON e.words @@ w.wanted::tsquery
    WHERE ${toCondition(filter, role, parameters)}
    GROUP BY e.rowid ORDER BY sum(w.weight) DESC, e.rowid DESC LIMIT ${MOST_FOUND}`;
  return toRowIds(await query(sql, parameters.values));
}

// The stored words that have a piece within them.
async function listPieces(query: Query, { concepts }: QueryPlan): Promise<Wanted[]> {
  const pieces = concepts.flatMap(({ terms }) => terms.filter(({ form }) => form === "piece").map(({ text }) => text));
  if (pieces.length === 0) return [];
  const patterns = pieces.map((piece) => `%${piece.replaceAll(/[\\%_]/g, "\\$&")}%`);
  const sql = `SELECT stem FROM codex_bridge.stems WHERE stem LIKE ANY ($1::text[]) LIMIT ${MOST_WORDS}`;
  const rows = await query(sql, [patterns]);
  return rows.map(({ stem }) => ({ stems: [String(stem)], weight: 1, count: 1 }));
}

async function findIds(query: Query, ids: readonly string[], { filter, role }: SearchedEntries): Promise<string[]> {
  if (ids.length === 0) return [];
  const parameters = createParameters();
  const sql = `SELECT e.rowid FROM codex_bridge.entries e WHERE e.id = ANY (${parameters.add(ids)}::text[])
    AND ${toCondition(filter, role, parameters)}`;
  return toRowIds(await query(sql, parameters.values));
}

async function findSessionEntries(
  query: Query,
  { sessions }: SearchPlan,
  { filter, role }: SearchedEntries,
): Promise<string[]> {
  if (sessions.length === 0) return [];
  const parameters = createParameters();
  const sql = `SELECT e.rowid FROM codex_bridge.entries e WHERE e.session = ANY (${parameters.add(sessions)}::text[])
    AND ${toCondition(filter, role, parameters)} ORDER BY e.rowid DESC LIMIT ${MOST_FOUND}`;
  return toRowIds(await query(sql, parameters.values));
}

function toRowIds(rows: readonly PgRow[]): string[] {
  return rows.map(({ rowid }) => String(rowid));
}

async function readRows(query: Query, rows: readonly string[]): Promise<MemoryEntry[]> {
  if (rows.length === 0) return [];
  const sql = `SELECT ${SELECTED_COLUMNS} FROM codex_bridge.entries e WHERE e.rowid = ANY ($1::bigint[]) ORDER BY e.rowid DESC`;
  return (await query(sql, [rows])).map(toEntry);
}
