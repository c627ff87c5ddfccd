// What the store knows of words and sessions. A plan asks for it while it is made and cannot wait: what is missing is noted and fetched, and the
// plan is made again.
import type { MemoryFilter } from "../memory-store.ts";
import { planSearch } from "../search/plan-search.ts";
import type { SearchPlan, Vocabulary } from "../search/search-plan.ts";
import { standsFor } from "../search/session-names.ts";
import { toTextWords } from "../search/text-words.ts";
import type { PgRow, Query } from "./client.ts";
import { createParameters, toCondition } from "./filter-sql.ts";

const MOST_ALIKE = 3000;
/** Of one word. */
const MOST_KIN = 50;
const MOST_SESSIONS = 20;
/** Each step of a plan needs at most one round. */
const MOST_ROUNDS = 8;

/** Which entries a question is about. */
export interface SearchedEntries {
  readonly filter: MemoryFilter;
  readonly role: string;
}

interface Known {
  readonly counts: Map<string, number>;
  readonly beginnings: Map<string, ReadonlyMap<string, number>>;
  readonly alike: Map<string, readonly string[]>;
  readonly sessions: Map<string, readonly string[]>;
}
type Missing = { readonly [Key in keyof Known]: Set<string> };

/** Plans a search with what is stored. */
export async function planStored(
  query: Query,
  queries: readonly string[],
  searched: SearchedEntries,
): Promise<SearchPlan> {
  const [row] = await query("SELECT count(*) AS total FROM codex_bridge.entries");
  const total = Number(row?.["total"]);
  const known: Known = { counts: new Map(), beginnings: new Map(), alike: new Map(), sessions: new Map() };
  for (let round = 1; ; round += 1) {
    const missing: Missing = { counts: new Set(), beginnings: new Set(), alike: new Set(), sessions: new Set() };
    const plan = planSearch(queries, toVocabulary(total, known, missing));
    const isComplete = Object.values(missing).every(({ size }) => size === 0);
    if (isComplete || round === MOST_ROUNDS) return plan;
    await fetchMissing(query, known, missing, searched);
  }
}

function toVocabulary(total: number, known: Known, missing: Missing): Vocabulary {
  const look = <Key extends "alike" | "sessions">(key: Key, name: string): readonly string[] => {
    const found = known[key].get(name);
    if (found === undefined) missing[key].add(name);
    return found ?? [];
  };
  return {
    total,
    countEntries: (stems) => {
      for (const stem of stems) if (!known.counts.has(stem)) missing.counts.add(stem);
      return new Map(
        stems.map((stem): [string, number] => [stem, known.counts.get(stem) ?? 0]).filter(([, n]) => n > 0),
      );
    },
    listBeginning: (prefixes) => {
      for (const prefix of prefixes) if (!known.beginnings.has(prefix)) missing.beginnings.add(prefix);
      return new Map(prefixes.flatMap((prefix) => [...(known.beginnings.get(prefix) ?? [])]));
    },
    listAlike: (stem) => look("alike", stem),
    findSessions: (name) => look("sessions", name),
  };
}

async function fetchMissing(query: Query, known: Known, missing: Missing, searched: SearchedEntries): Promise<void> {
  if (missing.counts.size > 0) {
    const stems = [...missing.counts];
    for (const stem of stems) known.counts.set(stem, 0);
    for (const [stem, count] of await countEntries(query, stems)) known.counts.set(stem, count);
  }
  for (const prefix of missing.beginnings) known.beginnings.set(prefix, await listBeginning(query, prefix));
  for (const stem of missing.alike) known.alike.set(stem, await listAlike(query, stem));
  for (const name of missing.sessions) known.sessions.set(name, await findSessions(query, name, searched));
}

/** Counts the entries that have `stem`, a column of the statement around it. Quoted as by `toTsquery`: `quote_literal` writes a backslash as no tsquery has it. */
const COUNT = String.raw`(SELECT count(*) FROM codex_bridge.entries e
  WHERE e.words @@ ('''' || replace(replace(stem, '\', '\\'), '''', '''''') || '''')::tsquery)`;

async function countEntries(query: Query, stems: readonly string[]): Promise<Map<string, number>> {
  return toCounts(await query(`SELECT stem, ${COUNT} AS count FROM unnest($1::text[]) stem`, [stems]));
}

function toCounts(rows: readonly PgRow[]): Map<string, number> {
  return new Map(rows.map(({ stem, count }) => [String(stem), Number(count)]));
}

/** Sorts behind every letter. */
const LAST = "\u{10ffff}";

async function listBeginning(query: Query, prefix: string): Promise<Map<string, number>> {
  const sql = `SELECT stem, ${COUNT} AS count FROM (SELECT stem FROM codex_bridge.stems WHERE stem >= $1 AND stem < $2 LIMIT $3) s`;
  return toCounts(await query(sql, [prefix, `${prefix}${LAST}`, MOST_KIN]));
}

async function listAlike(query: Query, stem: string): Promise<string[]> {
  const [first = ""] = stem;
  const sql = `SELECT stem FROM codex_bridge.stems
    WHERE stem >= $1 AND stem < $2 AND length(stem) BETWEEN $3 AND $4 LIMIT $5`;
  const rows = await query(sql, [first, `${first}${LAST}`, stem.length - 2, stem.length + 2, MOST_ALIKE]);
  return rows.map((row) => String(row["stem"]));
}

async function findSessions(query: Query, name: string, { filter, role }: SearchedEntries): Promise<string[]> {
  const stems = toTextWords(name).map(({ stem }) => stem);
  if (stems.length === 0) return [];
  const parameters = createParameters();
  const sql = `SELECT DISTINCT e.session FROM codex_bridge.entries e WHERE e.session IS NOT NULL
    AND e.words @@ ${parameters.add(toTsquery(stems))}::tsquery AND ${toCondition(filter, role, parameters)} LIMIT ${MOST_SESSIONS}`;
  const rows = await query(sql, parameters.values);
  return rows.map(({ session }) => String(session)).filter((session) => standsFor(name, session));
}

/** A tsquery that wants all of these stems, each quoted. */
export function toTsquery(stems: readonly string[]): string {
  return stems.map((stem) => `'${stem.replaceAll(/['\\]/g, "$&$&")}'`).join(" & ");
}
