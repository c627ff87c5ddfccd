// What a local store can do besides, so that nothing is lost while a team's store is away.
import type { MemoryDraft, MemoryEntry, MemoryStore } from "../memory-store.ts";

/** An entry that is to be sent. */
export interface Unsent {
  readonly entry: MemoryEntry;
  /** The team's name of its project. */
  readonly sharedProject: string;
}

/** A local store that keeps what is to be sent to a team's. Errors as in MemoryStore. */
export interface LocalStore extends MemoryStore {
  /** Stores an entry, and notes in the same step that it is to be sent. */
  storeUnsent(id: string, draft: MemoryDraft, sharedProject: string): Promise<MemoryEntry>;
  /** The first that are to be sent, in the order of storing. */
  listUnsent(most: number): Promise<readonly Unsent[]>;
  countUnsent(): Promise<number>;
  /** Notes that an entry was sent, and the version that it has there. */
  markSent(id: string, version: number): Promise<void>;
}
