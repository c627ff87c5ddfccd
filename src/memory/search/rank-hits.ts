// Puts what an engine has found into its order, and says whether it answers at all.

import { isEditedForm } from "../edited-id.ts";
import type { MemoryEntry } from "../memory-store.ts";
import { putEditedFirst } from "./put-edited-first.ts";
import { putSessionsFirst } from "./put-sessions-first.ts";
import { type EntryWords, listFound, listSought, type Relevance, rate, readEntryWords } from "./relevance.ts";
import type { QueryPlan, SearchPlan } from "./search-plan.ts";
import { isWeak, listUnknown, toCoverage, type Unknown } from "./weak-answer.ts";

/** What a search found, best first. */
export interface Ranking {
  readonly hits: readonly RankedHit[];
  /** Nothing stored seems to answer the question. */
  readonly isWeak: boolean;
  /** What of the question no entry has that was searched, where nothing answers it. */
  readonly unknown: Unknown;
}

/** An entry in its place. */
export interface RankedHit {
  readonly entry: MemoryEntry;
  /** What it has of the question, as stems and pieces of words. */
  readonly terms: readonly string[];
  /** The id of the form of it that was edited last. */
  readonly newer?: string | undefined;
}

/** Merging by rank: the usual constant of reciprocal rank fusion (Cormack 2009). */
const RANK_BASE = 60;
/**
 * Of a further order, beside that of a phrasing. Chosen on the development set, harbour and orchard with a real model (Universal Sentence Encoder
 * lite), a weak stand-in and noise: with more, the weak ones did harm.
 */
const FURTHER_WEIGHT = 0.7;

/** A candidate and how it answers each phrasing. */
interface Rated {
  readonly entry: MemoryEntry;
  readonly words: EntryWords;
  readonly relevances: readonly Relevance[];
}

/** The best candidates, which are in the order of storing, the last first; at most `limit`. `lists` are ids of further rankings, best first, such as that of vectors: each counts the more, the less the words answer. */
export function rankHits(
  plan: SearchPlan,
  candidates: readonly MemoryEntry[],
  limit: number,
  lists: readonly (readonly string[])[] = [],
): Ranking {
  const sought = listSought(plan);
  // Of entries that answer alike, the one stored later comes first: sorting keeps their order.
  const read = candidates.map((entry) => ({ entry, words: readEntryWords(entry, sought) }));
  const averageLength = read.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, read.length);
  const rated = read.map(
    ({ entry, words }): Rated => ({
      entry,
      words,
      relevances: plan.queries.map((query) => rate(query, words, plan.total, averageLength)),
    }),
  );
  const sums = new Map<string, number>();
  const add = (id: string, score: number): void => void sums.set(id, (sums.get(id) ?? 0) + score);
  for (const [index, query] of plan.queries.entries()) {
    const list = rankFor(query, index, rated);
    const best = list[0]?.score ?? 1;
    // By rank, and by how far it is behind the best, which tells a clear winner from a crowd.
    for (const [rank, { id, score }] of list.entries()) add(id, 1 / (RANK_BASE + rank + 1) + score / best / RANK_BASE);
  }
  const order = (): readonly Rated[] => {
    const found = rated.filter(({ entry }) => sums.has(entry.id));
    found.sort((a, b) => (sums.get(b.entry.id) ?? 0) - (sums.get(a.entry.id) ?? 0));
    const ordered = putSessionsFirst(plan, found, rated);
    // Of a session the version decides that the question names.
    return plan.sessions.length > 0 ? ordered : putEditedFirst(ordered, rated);
  };
  const byWords = order();
  // What the words answer clearly, other orders hardly move.
  const weight = FURTHER_WEIGHT * (1 - toCoverage(byWords[0]?.relevances ?? []));
  for (const list of lists) {
    for (const [rank, id] of list.entries())
      add(id, weight * (1 / (RANK_BASE + rank + 1) + 1 / (rank + 1) / RANK_BASE));
  }
  const ordered = lists.length === 0 ? byWords : order();
  // Vectors are near to something whatever is asked.
  const weak = isWeak(plan, byWords[0], { tags: candidates.map(({ tags }) => tags), averageLength });
  return {
    hits: ordered.slice(0, limit).map(({ entry, words }) => ({
      entry,
      terms: listFound(plan, words),
      newer: candidates.find((other) => isEditedForm(other, entry))?.id,
    })),
    isWeak: weak,
    unknown: weak
      ? listUnknown(
          plan,
          rated.map(({ words }) => words),
        )
      : { words: [], sessions: [] },
  };
}

/** Of an entry whose kind the question names. A little: the word may be about the subject. */
const KIND_FAVOUR = 1.15;

function rankFor(query: QueryPlan, index: number, rated: readonly Rated[]): { id: string; score: number }[] {
  const scored = rated.map(({ entry, relevances }) => {
    const { score, coverage } = relevances[index] ?? { score: 0, coverage: 0 };
    const favour = query.kinds.includes(entry.kind) ? KIND_FAVOUR : 1;
    // Two things that were asked for, once each, are more than one of them twice.
    return { id: entry.id, score: score * (0.5 + coverage) * favour };
  });
  return scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
}
