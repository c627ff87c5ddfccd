// The tables of the team's store, in a schema of their own. It says in `codex_bridge.store` how many of the migrations it has seen.
import type { Query } from "./client.ts";
import { PgError } from "./pg-error.ts";
import { judgeServer, NewerStoreError, type ServerFacts } from "./server-facts.ts";

/**
 * Each brings a store from its own number to the next. Only ever add one: stores of teams have seen these. `stems` of an entry are its words as
 * `search/text-words.ts` reads them, so that the search reads entries and questions alike; `words` is their index. The table `stems` has every
 * word that was ever stored, for what is misspelt or a part of a word.
 */
const MIGRATIONS: readonly string[] = [
  `
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
   CREATE TABLE codex_bridge.stems (stem TEXT COLLATE "C" PRIMARY KEY);`,
];

/** The version that this bridge writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Only bridges take it: one of them changes the tables, the others wait. */
const MIGRATION_LOCK = 0x636f6465;

/** What a bridge needs to know of a store that is ready. */
export interface ReadyStore {
  /** The name of the role that has logged in. */
  readonly role: string;
  readonly hasPieceIndex: boolean;
}

/** By the catalog itself: `to_regclass` may answer from a cache that another bridge's commit has not reached. */
const IS_KNOWN = "EXISTS (SELECT FROM pg_tables WHERE schemaname = 'codex_bridge' AND tablename = 'store')";
const HAS_SCHEMA = "EXISTS (SELECT FROM pg_namespace WHERE nspname = 'codex_bridge')";
const HAS_INDEX = "EXISTS (SELECT FROM pg_indexes WHERE schemaname = 'codex_bridge' AND indexname = 'stems_by_piece')";

const FACTS = `SELECT current_setting('server_version_num')::int AS number, current_setting('server_encoding') AS encoding,
  session_user::text AS role, pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only,
  ${IS_KNOWN} AS known, ${HAS_INDEX} AS indexed`;

/** Looks at the server and brings its tables to SCHEMA_VERSION. To be called within a transaction. */
export async function prepareStore(query: Query): Promise<ReadyStore> {
  const { isKnown, hasPieceIndex, ...facts } = await readFacts(query);
  judgeServer(facts);
  if (isKnown && (await readVersion(query)) >= SCHEMA_VERSION) return { role: facts.role, hasPieceIndex };
  await migrate(query);
  return { role: facts.role, hasPieceIndex: (await readFacts(query)).hasPieceIndex };
}

/** Asks a server what matters; `isKnown` says whether a bridge has made the tables, `hasPieceIndex` whether pg_trgm helps to find parts of words. */
export async function readFacts(
  query: Query,
): Promise<ServerFacts & { readonly isKnown: boolean; readonly hasPieceIndex: boolean }> {
  const [row = {}] = await query(FACTS);
  return {
    isKnown: row["known"] === true,
    hasPieceIndex: row["indexed"] === true,
    number: Number(row["number"]),
    encoding: String(row["encoding"]),
    role: String(row["role"]),
    isReadOnly: row["read_only"] === true,
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
  const [{ known, has_schema: hasSchema } = {}] = await query(
    `SELECT ${IS_KNOWN} AS known, ${HAS_SCHEMA} AS has_schema`,
  );
  if (known !== true) {
    // A role that may make no schema can have been given this one.
    if (hasSchema !== true) await query("CREATE SCHEMA codex_bridge");
    await query("CREATE TABLE codex_bridge.store (version INTEGER NOT NULL)");
    await query("INSERT INTO codex_bridge.store VALUES (0)");
  }
  const version = await readVersion(query);
  for (const migration of MIGRATIONS.slice(version)) await query(migration);
  if (version < 1) await indexPieces(query);
  await query("UPDATE codex_bridge.store SET version = $1", [SCHEMA_VERSION]);
}

const TRIGRAMS =
  "SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'";

// Parts of words are found without it too, by looking through all words: a server without the contrib modules, or whose owner lets nobody add an
// extension, holds the memory as well.
async function indexPieces(query: Query): Promise<void> {
  await query("SAVEPOINT pieces");
  try {
    if ((await query(TRIGRAMS)).length === 0) await query("CREATE EXTENSION pg_trgm SCHEMA codex_bridge");
    const [{ schema } = {}] = await query(TRIGRAMS);
    await query(`CREATE INDEX stems_by_piece ON codex_bridge.stems USING gin (stem ${String(schema)}.gin_trgm_ops)`);
  } catch (error) {
    if (error instanceof PgError && error.fault === "away") throw error;
    await query("ROLLBACK TO SAVEPOINT pieces");
  }
}
