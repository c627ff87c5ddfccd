// Vectors of a team's entries. Each machine makes its own and keeps them in its local store, by the ids of the entries: the server needs no extension,
// and whoever has no endpoint is not concerned.
import type { PackedVector } from "../embeddings/packed-vector.ts";
import type { MemoryEntry, MemoryFilter } from "../memory-store.ts";
import type { MemoryVectors } from "../memory-vectors.ts";

/** Vectors by the ids of entries that are stored elsewhere. Errors as in MemoryStore. */
export interface VectorCache {
  /** Those of the ids that have no vector of this model, in their order. */
  listMissing(model: string, ids: readonly string[]): Promise<readonly string[]>;
  keep(model: string, vectors: ReadonlyMap<string, PackedVector>): Promise<void>;
  /** As MemoryVectors.findNear, among these ids. */
  findNear(
    model: string,
    vectors: readonly PackedVector[],
    ids: readonly string[],
    most: number,
  ): Promise<readonly (readonly string[])[]>;
}

/** The entries themselves. Errors as in MemoryStore. */
export interface VectorEntries {
  /** Ids, the entries last stored first. */
  listIds(filter: MemoryFilter, most: number): Promise<readonly string[]>;
  read(ids: readonly string[]): Promise<readonly MemoryEntry[]>;
}

/** Entries that vectors are compared for: more than a project has. The ids of all of them are fetched for a search. */
const MOST_ENTRIES = 20_000;

/** Makes it. */
export function createTeamVectors(entries: VectorEntries, cache: VectorCache): MemoryVectors {
  return {
    listWithout: async (model, filter, most, but) => {
      const missing = await cache.listMissing(model, await entries.listIds(filter, MOST_ENTRIES));
      const wanted = missing.filter((id) => !but.includes(id)).slice(0, most);
      return wanted.length === 0 ? [] : entries.read(wanted);
    },
    keep: (model, vectors) => cache.keep(model, vectors),
    findNear: async (model, vectors, filter, most) =>
      cache.findNear(model, vectors, await entries.listIds(filter, MOST_ENTRIES), most),
  };
}
