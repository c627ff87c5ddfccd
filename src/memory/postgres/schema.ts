// The tables of the team's store, in a schema of their own. It says in `codex_bridge.store` how many of the migrations it has seen.
import type { Query } from "./client.ts";
import { judgeServer, NewerStoreError, type ServerFacts } from "./server-facts.ts";

/**
 * Each brings a store from its own number to the next. Only ever add one: stores of teams have seen these. `stems` of an entry are its words as
 * `search/text-words.ts` reads them, so that the search reads entries and questions alike; `words` is their index. The table `stems` has every
 * word that was ever stored, for what is misspelt or a part of a word.
 */
const MIGRATIONS: readonly ((trigrams: string) => string)[] = [
  (trigrams) => `
   CREATE TABLE codex_bridge.entries (
     rowid BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     scope TEXT NOT NULL,
     project TEXT NOT NULL,
     session TEXT,
     kind TEXT NOT NULL,
     agent TEXT NOT NULL,
     status TEXT,
     title TEXT NOT NULL,
     text TEXT NOT NULL,
     tags JSONB NOT NULL,
     files JSONB NOT NULL,
     version INTEGER NOT NULL,
     at BIGINT NOT NULL,
     stems TEXT[] NOT NULL,
     words TSVECTOR GENERATED ALWAYS AS (array_to_tsvector(stems)) STORED
   );
   CREATE INDEX entries_by_session ON codex_bridge.entries (session, kind, version) WHERE session IS NOT NULL;
   CREATE INDEX entries_by_word ON codex_bridge.entries USING gin (words);
   CREATE TABLE codex_bridge.stems (stem TEXT COLLATE "C" PRIMARY KEY);
   CREATE INDEX stems_by_piece ON codex_bridge.stems USING gin (stem ${trigrams}.gin_trgm_ops);`,
];

/** The version that this bridge writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Only bridges take it: one of them changes the tables, the others wait. */
const MIGRATION_LOCK = 0x636f6465;

/** By the catalog itself: `to_regclass` may answer from a cache that another bridge's commit has not reached. */
const IS_KNOWN = "EXISTS (SELECT FROM pg_tables WHERE schemaname = 'codex_bridge' AND tablename = 'store')";

const FACTS = `SELECT current_setting('server_version_num')::int AS number, current_setting('server_encoding') AS encoding,
  session_user::text AS role, pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only,
  ${IS_KNOWN} AS known,
  (SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm')::text AS trigrams,
  EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS has_trigrams`;

/** Looks at the server and brings its tables to SCHEMA_VERSION; gives the name of the role. To be called within a transaction. */
export async function prepareStore(query: Query): Promise<string> {
  const facts = await readFacts(query);
  judgeServer(facts);
  if (!facts.isKnown || (await readVersion(query)) < SCHEMA_VERSION) await migrate(query);
  return facts.role;
}

/** Asks a server what matters; `isKnown` says whether a bridge has made the tables. */
export async function readFacts(query: Query): Promise<ServerFacts & { readonly isKnown: boolean }> {
  const [row = {}] = await query(FACTS);
  return {
    isKnown: row["known"] === true,
    number: Number(row["number"]),
    encoding: String(row["encoding"]),
    role: String(row["role"]),
    isReadOnly: row["read_only"] === true,
    hasTrigrams: row["has_trigrams"] === true || typeof row["trigrams"] === "string",
  };
}

/** The version of the store, which must be there. Throws a NewerStoreError for one that this bridge does not know. */
export async function readVersion(query: Query): Promise<number> {
  const [row] = await query("SELECT version FROM codex_bridge.store");
  const version = Number(row?.["version"] ?? 0);
  if (version > SCHEMA_VERSION) throw new NewerStoreError(version);
  return version;
}

async function migrate(query: Query): Promise<void> {
  await query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
  // Another bridge may have done it while this one waited.
  const [{ known } = {}] = await query(`SELECT ${IS_KNOWN} AS known`);
  if (known !== true) {
    await query("CREATE SCHEMA IF NOT EXISTS codex_bridge");
    await query("CREATE TABLE codex_bridge.store (version INTEGER NOT NULL)");
    await query("INSERT INTO codex_bridge.store VALUES (0)");
  }
  await query("CREATE EXTENSION IF NOT EXISTS pg_trgm");
  const [{ schema } = {}] = await query(
    "SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'",
  );
  for (const migration of MIGRATIONS.slice(await readVersion(query))) await query(migration(String(schema)));
  await query("UPDATE codex_bridge.store SET version = $1", [SCHEMA_VERSION]);
}
