// Words of a question as FTS5 finds them.
import type { MemoryFound, MemorySearch } from "../memory-store.ts";
import type { Database } from "./engine.ts";
import { SELECTED_COLUMNS, toEntry } from "./entry-rows.ts";
import { toCondition } from "./filter-sql.ts";

const MOST_WORDS = 64;

/** Finds the entries with any word of the queries, best first by BM25. */
export function searchWords(database: Database, { queries, filter, limit }: MemorySearch): MemoryFound {
  const terms = [...new Set(queries.flatMap((query) => query.match(/[\p{L}\p{N}_]+/gu) ?? []))].slice(0, MOST_WORDS);
  if (terms.length === 0) return { hits: [], isWeak: true, warnings: [] };
  const { sql, params } = toCondition(filter);
  const rows = database.all(
    `SELECT ${SELECTED_COLUMNS} FROM words JOIN entries e ON e.rowid = words.rowid
     WHERE words MATCH ? AND ${sql} ORDER BY words.rank LIMIT ?`,
    [terms.map((term) => `"${term}"`).join(" OR "), ...params, limit],
  );
  return { hits: rows.map((row) => ({ entry: toEntry(row), terms })), isWeak: rows.length === 0, warnings: [] };
}
