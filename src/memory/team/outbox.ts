// What a local store can do besides, so that nothing is lost while a team's store is away.
import type { MemoryDraft, MemoryEntry, MemoryFilter, MemoryStore } from "../memory-store.ts";
import type { VectorCache } from "./team-vectors.ts";

/** An entry that is to be sent. */
export interface Unsent {
  readonly entry: MemoryEntry;
  /** The team's name of its project. */
  readonly sharedProject: string;
  /** As MemoryStore.store. */
  readonly follows?: string | undefined;
}

/** Where an entry is to be sent. */
export interface Address {
  /** The team's memory, as `toTeamKey` names it: a machine may be in several teams. */
  readonly team: string;
  /** The team's name of the entry's project. */
  readonly sharedProject: string;
}

/** An entry, and what may have become of it at the server. */
export type Sent = Pick<MemoryEntry, "id" | "kind" | "status" | "tags" | "version">;

/** A local store that keeps what is to be sent to a team's. Errors as in MemoryStore. */
export interface LocalStore extends MemoryStore {
  /** As TeamStore.listIds. */
  listIds(filter: MemoryFilter, most: number): Promise<readonly string[]>;
  /** Vectors of the team's entries. */
  readonly teamVectors: VectorCache;
  /** Stores an entry, and notes in the same step that it is to be sent. */
  storeUnsent(id: string, draft: MemoryDraft, address: Address, follows?: string): Promise<MemoryEntry>;
  /** The first that are to be sent to a team, in the order of storing, those in `but` left out. */
  listUnsent(team: string, most: number, but: readonly string[]): Promise<readonly Unsent[]>;
  /** How many wait, for one team or for all. */
  countUnsent(team?: string): Promise<number>;
  /** Notes that an entry was sent, and what it became there. */
  markSent(sent: Sent): Promise<void>;
}
