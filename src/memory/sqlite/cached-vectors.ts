// Vectors of entries that a team's server has, in the local store.

import { createNearest } from "../embeddings/nearest.ts";
import type { PackedVector } from "../embeddings/packed-vector.ts";
import type { VectorCache } from "../team/team-vectors.ts";
import { type Database, readBytes } from "./engine.ts";
import { toBytes, toVector } from "./vectors-sql.ts";

/** Vectors that are in the memory of the process at once. */
const AT_ONCE = 1_000;
/** At most this many are kept, including those of removed entries; those that were kept first go first. */
const MOST_KEPT = 100_000;

type Access = <Result>(work: (database: Database) => Result) => Promise<Result>;

/** Makes access to them. */
export function createVectorCache(read: Access, write: Access, mostKept = MOST_KEPT): VectorCache {
  return {
    listMissing: (model, ids) => read((database) => listMissing(database, model, ids)),
    keep: (model, vectors) =>
      write((database) => {
        const query = "INSERT OR REPLACE INTO team_vectors (id, model, vector) VALUES (?, ?, ?) RETURNING id";
        for (const [id, vector] of vectors) database.all(query, [id, model, toBytes(vector)]);
        const old = "DELETE FROM team_vectors WHERE rowid <= (SELECT max(rowid) FROM team_vectors) - ? RETURNING id";
        database.all(old, [mostKept]);
      }),
    findNear: async (model, vectors, ids, most) => {
      const length = vectors[0]?.length ?? 0;
      // Vectors of another length count as none, and are made anew.
      const others = "FROM team_vectors WHERE model = ? AND length(vector) <> ?";
      if ((await read((database) => database.all(`SELECT 1 ${others} LIMIT 1`, [model, length]))).length > 0)
        await write((database) => database.all(`DELETE ${others} RETURNING id`, [model, length]));
      const all = vectors.map((vector) => createNearest<string>(vector));
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const some = ids.slice(at, at + AT_ONCE);
        for (const [id, vector] of await read((database) => listVectors(database, model, some)))
          for (const one of all) one.see(id, vector);
        // Between the pieces other calls have their turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return all.map((one) => one.list(most));
    },
  };
}

function listMissing(database: Database, model: string, ids: readonly string[]): string[] {
  const query = `SELECT j.value AS id FROM json_each(?) j LEFT JOIN team_vectors v ON v.id = j.value AND v.model = ?
    WHERE v.id IS NULL ORDER BY j.key`;
  return database.all(query, [JSON.stringify(ids), model]).map(({ id }) => String(id));
}

function listVectors(database: Database, model: string, ids: readonly string[]): [string, PackedVector][] {
  const query = "SELECT id, vector FROM team_vectors WHERE model = ? AND id IN (SELECT value FROM json_each(?))";
  return database.all(query, [model, JSON.stringify(ids)]).flatMap(({ id, vector }): [string, PackedVector][] => {
    const bytes = readBytes(vector);
    return bytes === undefined ? [] : [[String(id), toVector(bytes)]];
  });
}
