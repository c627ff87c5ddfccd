// What is looked for, in a form that any engine can render: no text of an engine's query language is in here.
import type { MemoryKind } from "../memory-store.ts";

/** One way in which an entry may say what was asked for. */
export interface Term {
  /** `word`: a word with this stem. `phrase`: words with these stems, one after the other. `piece`: a word that has these letters in it. */
  readonly form: "phrase" | "piece" | "word";
  /** The words, folded, with a blank between them. Letters, digits and blanks only. */
  readonly text: string;
  /** Their stems; none of a piece. */
  readonly stems: readonly string[];
  /** 1 for what was asked, less for what may mean the same. */
  readonly weight: number;
  /** How many entries have it, at most: a phrase is in no more entries than its rarest word. */
  readonly count: number;
}

/** Something that was asked for. */
export interface Concept {
  /** As it was asked, folded. */
  readonly asked: string;
  /** The ways to say it that some entry may have; the best one that an entry has counts. */
  readonly terms: readonly Term[];
  /** A proper name: what means something like it is something else. */
  readonly isName: boolean;
  /** How much it tells entries apart: the inverse document frequency of what was asked. */
  readonly importance: number;
}

/** A phrasing of the question. */
export interface QueryPlan {
  readonly concepts: readonly Concept[];
  /** The kinds of entry that it names. */
  readonly kinds: readonly MemoryKind[];
  /** The author that it names. */
  readonly agent: string | undefined;
  /** Whether the newest or the first of several versions is meant, or one by its number. */
  readonly version: number | "first" | "latest" | undefined;
}

/** What a search looks for. */
export interface SearchPlan {
  readonly queries: readonly QueryPlan[];
  /** Stored sessions that the question names. */
  readonly sessions: readonly string[];
  /** The question names sessions, and none of them is stored. */
  readonly isSessionMissing: boolean;
  /** These sessions; an entry may have the id of one in its text alone. */
  readonly missing: readonly string[];
  /** How many entries there are. */
  readonly total: number;
}

/** What an engine knows of the words that it has stored. All lists are bounded. */
export interface Vocabulary {
  /** How many entries there are. */
  readonly total: number;
  /** How many entries have each of these stems; those that none has are left out. */
  countEntries(stems: readonly string[]): ReadonlyMap<string, number>;
  /** Stored stems that begin with one of these texts, with how many entries have them. */
  listBeginning(prefixes: readonly string[]): ReadonlyMap<string, number>;
  /** Stored stems that may be meant by a misspelt one: same first letter, about as long. */
  listAlike(stem: string): readonly string[];
  /** The stored sessions that a name stands for: a whole id, an id without its last words, or the one part of it that is a code. */
  findSessions(name: string): readonly string[];
}
