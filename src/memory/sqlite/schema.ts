// The tables of the local store. A file says in its `user_version` how many of the migrations it has seen.
import type { Database } from "./engine.ts";

/**
 * Each brings a file from its own number to the next. Only ever add one: files of users have seen these. `entries` is the truth; `words` and
 * `pieces` are its indexes and read their texts from there, `word_counts` says how many entries have a word. `grams` has every two characters of
 * Chinese, Japanese and Korean, since those are written without blanks (`search/text-words.ts`). `unsent` has the entries that a team's store is
 * still to get, with the name that its project has there; `team` says which (`postgres/server-name.ts`). `vectors` has the newest vector of an entry, as `embeddings/packed-vector.ts` packs it; it stays empty without
 * BRIDGE_EMBEDDINGS_URL. `team_vectors` has those of entries on a team's server.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (
     rowid INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     scope TEXT NOT NULL,
     project TEXT NOT NULL,
     session TEXT,
     kind TEXT NOT NULL,
     agent TEXT NOT NULL,
     status TEXT,
     title TEXT NOT NULL,
     text TEXT NOT NULL,
     tags TEXT NOT NULL,
     files TEXT NOT NULL,
     grams TEXT NOT NULL,
     version INTEGER NOT NULL,
     at INTEGER NOT NULL
   );
   CREATE INDEX entries_by_session ON entries (session, kind, version) WHERE session IS NOT NULL;
   CREATE VIRTUAL TABLE words USING fts5(
     title, text, tags, files, session, grams,
     content = 'entries', content_rowid = 'rowid', tokenize = 'porter unicode61 remove_diacritics 2'
   );
   CREATE VIRTUAL TABLE pieces USING fts5(
     title, text, tags, files, session,
     content = 'entries', content_rowid = 'rowid', tokenize = 'trigram'
   );
   CREATE VIRTUAL TABLE word_counts USING fts5vocab('words', 'row');
   CREATE TRIGGER entries_added AFTER INSERT ON entries BEGIN
     INSERT INTO words (rowid, title, text, tags, files, session, grams)
       VALUES (new.rowid, new.title, new.text, new.tags, new.files, new.session, new.grams);
     INSERT INTO pieces (rowid, title, text, tags, files, session)
       VALUES (new.rowid, new.title, new.text, new.tags, new.files, new.session);
   END;
   CREATE TRIGGER entries_removed AFTER DELETE ON entries BEGIN
     INSERT INTO words (words, rowid, title, text, tags, files, session, grams)
       VALUES ('delete', old.rowid, old.title, old.text, old.tags, old.files, old.session, old.grams);
     INSERT INTO pieces (pieces, rowid, title, text, tags, files, session)
       VALUES ('delete', old.rowid, old.title, old.text, old.tags, old.files, old.session);
   END;`,
  `CREATE TABLE unsent (id TEXT PRIMARY KEY, project TEXT NOT NULL);
   CREATE TRIGGER entries_not_sent AFTER DELETE ON entries BEGIN
     DELETE FROM unsent WHERE id = old.id;
   END;`,
  `CREATE TABLE vectors (entry INTEGER PRIMARY KEY, model TEXT NOT NULL, vector BLOB NOT NULL);
   CREATE TRIGGER vectors_removed AFTER DELETE ON entries BEGIN
     DELETE FROM vectors WHERE entry = old.rowid;
   END;`,
  "ALTER TABLE unsent ADD COLUMN team TEXT NOT NULL DEFAULT '';",
  "ALTER TABLE unsent ADD COLUMN follows TEXT;",
  "CREATE TABLE team_vectors (id TEXT PRIMARY KEY, model TEXT NOT NULL, vector BLOB NOT NULL);",
  // Steps wait in a chain: `follows` is the id of the step before. When one is removed before it was sent, the next takes over its `follows`.
  `DROP TRIGGER entries_not_sent;
   CREATE TRIGGER entries_not_sent AFTER DELETE ON entries BEGIN
     UPDATE unsent SET follows = (SELECT gone.follows FROM unsent gone WHERE gone.id = old.id)
       WHERE follows = old.id AND old.id IN (SELECT id FROM unsent);
     DELETE FROM unsent WHERE id = old.id;
   END;`,
];

/** The version that this bridge writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The version of a file; 0 for an empty one. */
export function readVersion(database: Database): number {
  return Number(database.all("PRAGMA user_version")[0]?.["user_version"]);
}

/** Brings a file to SCHEMA_VERSION. To be called within a transaction that may write. */
export function migrate(database: Database): void {
  for (const [index, sql] of [...MIGRATIONS.entries()].slice(readVersion(database))) {
    database.exec(sql);
    database.exec(`PRAGMA user_version = ${index + 1}`);
  }
}
