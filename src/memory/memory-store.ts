// The port of the shared memory: what agents have found out, kept for the next one. Each engine implements it, and `test/memory/contract.ts` holds
// what all of them promise. Its texts are checked, cleaned and free of secrets before they come here (`delegation/memory/`).

import type { MemoryVectors } from "./memory-vectors.ts";

/** What an entry is. */
export const MEMORY_KINDS = [
  "plan",
  "review",
  "implementation",
  "validation",
  "pattern",
  "note",
  "checkpoint",
] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** Who sees an entry: those who work in one project, or its user everywhere. */
export type MemoryArea =
  /** `project` names it: the real path of its main work tree. */
  { readonly scope: "project"; readonly project: string } | { readonly scope: "user" };

/** What is to be stored. */
export interface MemoryDraft {
  readonly area: MemoryArea;
  /** The piece of work that it belongs to, by its caller's name. Exact: letters count as they are. */
  readonly sessionId?: string | undefined;
  readonly kind: MemoryKind;
  /** Who wrote it: `claude`, `codex`, `human` or another agent's id. */
  readonly agent: string;
  /** Where the session stands with it, as `AWAITING_CODEX_REVIEW`. */
  readonly status?: string | undefined;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
  /** Paths that it is about, as its author wrote them. */
  readonly files: readonly string[];
}

/** An entry. It never changes: what is stored again becomes the next version. */
export interface MemoryEntry extends MemoryDraft {
  readonly id: string;
  /** Counts from 1 within its area, session and kind. 1 where there is no session. */
  readonly version: number;
  /** When it was stored by the clock of its machine, epoch ms. For people: a clock may be wrong, so versions and the order of storing decide. */
  readonly at: number;
}

/** Which entries. What is absent does not matter. */
export interface MemoryFilter {
  /** In any of these. */
  readonly areas?: readonly MemoryArea[] | undefined;
  readonly sessionId?: string | undefined;
  readonly kind?: MemoryKind | undefined;
  readonly agent?: string | undefined;
  readonly status?: string | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  /** Any of them: the path itself, its end, or a folder that it begins with. */
  readonly files?: readonly string[] | undefined;
  readonly version?: number | undefined;
  /** Only the highest version of each session and kind. */
  readonly latest?: boolean | undefined;
  /** Stored before this time, epoch ms. */
  readonly before?: number | undefined;
}

/** A search. */
export interface MemorySearch {
  /** Phrasings of one question, one to five. */
  readonly queries: readonly string[];
  readonly filter: MemoryFilter;
  /** Most hits. */
  readonly limit: number;
  /** Ids of entries in further orders, best first, such as that of vectors. Those that the filter lets through may be hits too. */
  readonly rankings?: readonly (readonly string[])[] | undefined;
}

/** An entry that a search found. */
export interface MemoryHit {
  readonly entry: MemoryEntry;
  /** Words and pieces of the query that it has, for showing the lines with them. */
  readonly terms: readonly string[];
  /** The id of the form of it that a person has edited last, where that answers the question too. */
  readonly newer?: string | undefined;
}

/** What a search found, best first. */
export interface MemoryFound {
  readonly hits: readonly MemoryHit[];
  /** Nothing stored seems to answer the question: the hits are only what comes nearest. */
  readonly isWeak: boolean;
  /** Where it is weak: what of the question no entry has that was searched, at most eight words and whole ids of sessions. */
  readonly unknown: { readonly words: readonly string[]; readonly sessions: readonly string[] };
  readonly warnings: readonly string[];
}

/** A store of entries. `vectors` are those of its entries, where it keeps any. Every method may throw MEMORY_UNAVAILABLE, MEMORY_BUSY or MACHINE_LIMIT. */
export interface MemoryStore {
  /**
   * Stores an entry; what it returns is on disk. `follows` is the entry of its session that said last where that stands, when the step was taken:
   * STEP_OUT_OF_ORDER if it no longer is.
   */
  store(draft: MemoryDraft, follows?: string): Promise<MemoryEntry>;
  /**
   * Stores an entry of another store as it is. Undefined where one with its id is stored already. Its version becomes the next free one
   * where another entry of its session and kind has it.
   */
  adopt(entry: MemoryEntry): Promise<MemoryEntry | undefined>;
  search(search: MemorySearch): Promise<MemoryFound>;
  /** The entries with these ids, in the order of the ids; those that are not there are left out. */
  read(ids: readonly string[]): Promise<readonly MemoryEntry[]>;
  /** The entries last stored first, at most `most`. */
  list(filter: MemoryFilter, most: number): Promise<readonly MemoryEntry[]>;
  /** Removes entries for good; returns how many. */
  remove(ids: readonly string[]): Promise<number>;
  /**
   * Waits until the entry last stored in a session of an area has this status, and returns it: at once where it has it already. Undefined after
   * `ms`, or when `signal` is aborted.
   */
  waitForStatus(wait: MemoryWait): Promise<MemoryEntry | undefined>;
  /** What whoever is answered should know besides, such as that a team's server is away and only this machine was asked. */
  notes(): readonly string[];
  readonly vectors?: MemoryVectors | undefined;
  /** Ends what waits, and closes the store. Later calls open it again. */
  close(): Promise<void>;
}

/** As MemoryStore.waitForStatus. */
export interface MemoryWait {
  readonly area: MemoryArea;
  readonly sessionId: string;
  readonly status: string;
  readonly ms: number;
  readonly signal?: AbortSignal | undefined;
}
