// Renders a plan for FTS5 and runs it. What a question says never becomes query text: each word is quoted, and quotation marks are no part of words.
import { toEntry } from "../entry-of-row.ts";
import type { MemoryEntry, MemoryFound, MemorySearch } from "../memory-store.ts";
import { planSearch } from "../search/plan-search.ts";
import { rankHits } from "../search/rank-hits.ts";
import type { QueryPlan, SearchPlan, Term } from "../search/search-plan.ts";
import type { Database, SqlRow } from "./engine.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";
import { type SqlCondition, toCondition } from "./filter-sql.ts";
import { readVocabulary } from "./vocabulary-sql.ts";

/** Most entries that an index gives for one phrasing. */
const MOST_FOUND = 50;

/** Finds the entries that answer a question, best first. Throws an EngineError. */
export function searchEntries(
  database: Database,
  { queries, filter, limit, rankings = [] }: MemorySearch,
): MemoryFound {
  const condition = toCondition(filter);
  const plan = planSearch(queries, readVocabulary(database, condition));
  const rows = new Set<number>();
  for (const query of plan.queries) {
    for (const found of [findWords(database, query, condition), findPieces(database, query, condition)]) {
      for (const row of found) rows.add(row);
    }
  }
  for (const row of findSessionEntries(database, plan, condition)) rows.add(row);
  for (const row of findIds(database, rankings.flat(), condition)) rows.add(row);
  return { ...rankHits(plan, readRows(database, [...rows]), limit, rankings), warnings: [] };
}

function readRows(database: Database, rows: readonly number[]): MemoryEntry[] {
  const query = `SELECT ${SELECTED_COLUMNS} FROM entries e WHERE e.rowid IN (SELECT value FROM json_each(?)) ORDER BY e.rowid DESC`;
  return database.all(query, [JSON.stringify(rows)]).map(toEntry);
}

/** Rows that a question's own words may have before the words that mean the same are asked for by themselves. */
const MANY_ROWS = 5_000;

// To rank an entry, the index looks at every term for it. Beside words that many entries have, fifty rare ones double the time of a search, so
// they are asked for by themselves: then only the entries that have one are ranked by them.
function findWords(database: Database, query: QueryPlan, condition: SqlCondition): number[] {
  const terms = query.concepts.flatMap((concept) => concept.terms).filter(({ form }) => form !== "piece");
  const own = terms.filter(({ weight }) => weight === 1);
  const isLarge = own.reduce((sum, { count }) => sum + count, 0) > MANY_ROWS;
  const groups = isLarge ? [own, terms.filter((term) => !own.includes(term))] : [terms];
  return groups.flatMap((group) => findTerms(database, toTexts(group), condition));
}

function findTerms(database: Database, terms: readonly string[], condition: SqlCondition): number[] {
  if (terms.length === 0) return [];
  const sql = `SELECT words.rowid AS row FROM words JOIN entries e ON e.rowid = words.rowid
     WHERE words MATCH ? AND words.rank MATCH 'bm25(2.0, 1.0, 2.0, 1.0, 1.0, 1.0)' AND ${condition.sql} ORDER BY words.rank LIMIT ?`;
  return toRowIds(database.all(sql, [terms.join(" OR "), ...condition.params, MOST_FOUND]));
}

function toRowIds(rows: readonly SqlRow[]): number[] {
  return rows.map(({ row }) => Number(row));
}

function toTexts(terms: readonly Term[]): string[] {
  return [...new Set(terms.map(({ text }) => `"${text}"`))];
}

function findPieces(database: Database, query: QueryPlan, condition: SqlCondition): number[] {
  const terms = query.concepts.flatMap((concept) => concept.terms);
  const pieces = toTexts(terms.filter(({ form }) => form === "piece"));
  if (pieces.length === 0) return [];
  const sql = `SELECT pieces.rowid AS row FROM pieces JOIN entries e ON e.rowid = pieces.rowid
     WHERE pieces MATCH ? AND ${condition.sql} ORDER BY pieces.rank LIMIT ?`;
  return toRowIds(database.all(sql, [pieces.join(" OR "), ...condition.params, MOST_FOUND]));
}

function findIds(database: Database, ids: readonly string[], condition: SqlCondition): number[] {
  if (ids.length === 0) return [];
  const sql = `SELECT e.rowid AS row FROM entries e WHERE e.id IN (SELECT value FROM json_each(?)) AND ${condition.sql}`;
  return toRowIds(database.all(sql, [JSON.stringify(ids), ...condition.params]));
}

function findSessionEntries(database: Database, { sessions }: SearchPlan, condition: SqlCondition): number[] {
  if (sessions.length === 0) return [];
  const sql = `SELECT e.rowid AS row FROM entries e WHERE e.session IN (SELECT value FROM json_each(?)) AND ${condition.sql} ORDER BY e.rowid DESC LIMIT ?`;
  return toRowIds(database.all(sql, [JSON.stringify(sessions), ...condition.params, MOST_FOUND]));
}
