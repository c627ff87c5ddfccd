// What the word index knows of words and sessions.
import type { Vocabulary } from "../search/search-plan.ts";
import { standsFor } from "../search/session-names.ts";
import type { Database } from "./engine.ts";
import type { SqlCondition } from "./filter-sql.ts";

const MOST_ALIKE = 3000;
/** Of one word. */
const MOST_KIN = 50;
const MOST_SESSIONS = 20;
/** Sorts behind every letter. */
const LAST = "\u{10ffff}";

/** The words of the index, which counts all areas, and the sessions of the entries that fit. */
export function readVocabulary(database: Database, condition: SqlCondition): Vocabulary {
  return {
    total: Number(database.all("SELECT count(*) AS total FROM entries")[0]?.["total"]),
    countEntries: (stems) => {
      const sql = "SELECT term, doc FROM json_each(?) JOIN word_counts ON term = value";
      const rows = database.all(sql, [JSON.stringify([...new Set(stems)])]);
      return new Map(rows.map(({ term, doc }) => [String(term), Number(doc)]));
    },
    listBeginning: (prefixes) => {
      const sql = "SELECT term, doc FROM word_counts WHERE term >= ? AND term < ? LIMIT ?";
      const rows = prefixes.flatMap((prefix) => database.all(sql, [prefix, `${prefix}${LAST}`, MOST_KIN]));
      return new Map(rows.map(({ term, doc }) => [String(term), Number(doc)]));
    },
    listAlike: (stem) => {
      const [first = ""] = stem;
      const next = String.fromCodePoint((first.codePointAt(0) ?? 0) + 1);
      const query =
        "SELECT term FROM word_counts WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ? LIMIT ?";
      const rows = database.all(query, [first, next, stem.length - 2, stem.length + 2, MOST_ALIKE]);
      return rows.map(({ term }) => String(term));
    },
    findSessions: (name) => {
      const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      if (words.length === 0) return [];
      const rows = database.all(
        `SELECT DISTINCT e.session FROM words JOIN entries e ON e.rowid = words.rowid WHERE words MATCH ? AND ${condition.sql} LIMIT ?`,
        [`session : "${words.join(" ")}"`, ...condition.params, MOST_SESSIONS],
      );
      return rows.map(({ session }) => String(session)).filter((session) => standsFor(name, session));
    },
  };
}
