// The vectors of entries in the local store. They are compared here and not by the engine: only one of the two engines could.
import { createNearest } from "../embeddings/nearest.ts";
import type { PackedVector } from "../embeddings/packed-vector.ts";
import { toEntry } from "../entry-of-row.ts";
import type { MemoryEntry, MemoryFilter } from "../memory-store.ts";
import { type Database, readBytes } from "./engine.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";
import { toCondition } from "./filter-sql.ts";

/** Vectors that are in the memory of the process at once. */
const AT_ONCE = 1_000;

/** As MemoryVectors.listWithout. */
export function listWithoutVector(
  database: Database,
  model: string,
  filter: MemoryFilter,
  most: number,
  but: readonly string[],
): MemoryEntry[] {
  const { sql, params } = toCondition(filter);
  const query = `SELECT ${SELECTED_COLUMNS} FROM entries e LEFT JOIN vectors v ON v.entry = e.rowid AND v.model = ?
     WHERE v.entry IS NULL AND e.id NOT IN (SELECT value FROM json_each(?)) AND ${sql} ORDER BY e.rowid DESC LIMIT ?`;
  return database.all(query, [model, JSON.stringify(but), ...params, most]).map(toEntry);
}

/** As MemoryVectors.keep. */
export function keepVectors(database: Database, model: string, vectors: ReadonlyMap<string, PackedVector>): void {
  const query =
    "INSERT OR REPLACE INTO vectors (entry, model, vector) SELECT rowid, ?, ? FROM entries WHERE id = ? RETURNING entry";
  for (const [id, vector] of vectors) database.all(query, [model, toBytes(vector), id]);
}

/** As MemoryVectors.findNear; between its pieces other calls have their turn. */
export async function findNearVectors(
  read: <Result>(work: (database: Database) => Result) => Promise<Result>,
  model: string,
  vectors: readonly PackedVector[],
  filter: MemoryFilter,
  most: number,
): Promise<string[][]> {
  const { sql, params } = toCondition(filter);
  const query = `SELECT e.rowid AS row, v.vector AS vector FROM vectors v JOIN entries e ON e.rowid = v.entry
     WHERE v.entry > ? AND v.model = ? AND length(v.vector) = ? AND ${sql} ORDER BY v.entry LIMIT ?`;
  const all = vectors.map((vector) => createNearest<number>(vector));
  const length = vectors[0]?.length ?? 0;
  for (let last = -1; ; ) {
    const rows = await read((database) => database.all(query, [last, model, length, ...params, AT_ONCE]));
    for (const { row, vector } of rows) {
      const bytes = readBytes(vector);
      if (bytes !== undefined) for (const one of all) one.see(Number(row), toVector(bytes));
    }
    if (rows.length < AT_ONCE) break;
    last = Number(rows.at(-1)?.["row"]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return read((database) => all.map((one) => toIds(database, one.list(most))));
}

/** Removes vectors of another length than the model has now. Their entries get new ones. */
export function removeOtherLengths(database: Database, model: string, length: number): void {
  database.all("DELETE FROM vectors WHERE model = ? AND length(vector) <> ? RETURNING entry", [model, length]);
}

/** Whether there are any. */
export function hasOtherLengths(database: Database, model: string, length: number): boolean {
  const query = "SELECT 1 FROM vectors WHERE model = ? AND length(vector) <> ? LIMIT 1";
  return database.all(query, [model, length]).length > 0;
}

function toIds(database: Database, rows: readonly number[]): string[] {
  const query = "SELECT rowid AS row, id FROM entries WHERE rowid IN (SELECT value FROM json_each(?))";
  const ids = new Map(database.all(query, [JSON.stringify(rows)]).map(({ row, id }) => [Number(row), String(id)]));
  return rows.flatMap((row) => ids.get(row) ?? []);
}

/** A vector as it is stored. */
export function toBytes({ buffer, byteOffset, byteLength }: PackedVector): Uint8Array {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A stored vector. */
export function toVector({ buffer, byteOffset, byteLength }: Uint8Array): PackedVector {
  return new Int8Array(buffer, byteOffset, byteLength);
}
