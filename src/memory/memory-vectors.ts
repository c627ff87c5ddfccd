// The part of a store that keeps the vectors of its entries. A store need not have it: then words alone are searched.
import type { PackedVector } from "./embeddings/packed-vector.ts";
import type { MemoryEntry, MemoryFilter } from "./memory-store.ts";

/** The vectors of one model; those of another model count as none. Every method may throw as MemoryStore. */
export interface MemoryVectors {
  /** Entries that have no vector of this model, the newest first, at most `most`, those in `but` left out. */
  listWithout(
    model: string,
    filter: MemoryFilter,
    most: number,
    but: readonly string[],
  ): Promise<readonly MemoryEntry[]>;
  /** Keeps a vector for each of these entries; one that is gone meanwhile is passed over. */
  keep(model: string, vectors: ReadonlyMap<string, PackedVector>): Promise<void>;
  /**
   * Ids of entries whose vectors stand out as near to one of these, nearest first, a list for each; at most `most`. Vectors of another length
   * count as none, and are removed.
   */
  findNear(
    model: string,
    vectors: readonly PackedVector[],
    filter: MemoryFilter,
    most: number,
  ): Promise<readonly (readonly string[])[]>;
}
