// BM25, as the word index has it too, for whole concepts: of the ways to say one the best counts, not their sum.
import type { MemoryEntry } from "../memory-store.ts";
import { toRarity } from "./counts.ts";
import { readPassages, type Sought } from "./long-text.ts";
import { FAMILY_WEIGHT } from "./plan-search.ts";
import type { Concept, QueryPlan, SearchPlan, Term } from "./search-plan.ts";
import { toTextWords } from "./text-words.ts";

/** BM25's usual constants. */
const K1 = 1.2;
const B = 0.75;
/** Titles and tags say what an entry is about. */
const FIELD_WEIGHTS = { title: 2, tags: 2, text: 1, files: 1, session: 1 };

/** An entry as words. */
export interface EntryWords {
  /** Where each stem stands; positions of different fields are far from each other. */
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly length: number;
}

interface Place {
  readonly at: number;
  readonly weight: number;
}

/** Reads an entry; of a long text its beginning, and where else one of these stands. */
export function readEntryWords(
  entry: Pick<MemoryEntry, "files" | "sessionId" | "tags" | "text" | "title">,
  sought: readonly Sought[] = [],
): EntryWords {
  const fields: readonly (readonly [string, number])[] = [
    [entry.title, FIELD_WEIGHTS.title],
    [entry.tags.join(" | "), FIELD_WEIGHTS.tags],
    ...readPassages(entry.text, sought).map((text) => [text, FIELD_WEIGHTS.text] as const),
    [entry.files.join(" | "), FIELD_WEIGHTS.files],
    [entry.sessionId ?? "", FIELD_WEIGHTS.session],
  ];
  const places = new Map<string, Place[]>();
  let at = 0;
  let length = 0;
  for (const [text, weight] of fields) {
    at += 100;
    for (const { stem } of toTextWords(text)) {
      const known = places.get(stem);
      if (known === undefined) places.set(stem, [{ at, weight }]);
      else known.push({ at, weight });
      at += 1;
      length += 1;
    }
  }
  return { places, length };
}

/** How an entry answers a phrasing. */
export interface Relevance {
  readonly score: number;
  /** Which part of what was asked it has, from 0 to 1, by importance. */
  readonly coverage: number;
}

/** How well an entry answers a phrasing; `averageLength` in words. */
export function rate(query: QueryPlan, entry: EntryWords, total: number, averageLength: number): Relevance {
  let [score, covered, asked] = [0, 0, 0];
  const norm = toNorm(entry, averageLength);
  for (const concept of query.concepts) {
    const { best, weight } = rateConcept(concept, entry, total, norm);
    score += best;
    covered += weight * concept.importance;
    asked += concept.importance;
  }
  return { score, coverage: asked === 0 ? 0 : covered / asked };
}

/** How much an entry's length takes from what it says; `averageLength` in words. */
export function toNorm(entry: EntryWords, averageLength: number): number {
  return K1 * (1 - B + (B * entry.length) / averageLength);
}

/** All that a question is answered by, once each. */
export function listSought({ queries }: SearchPlan): Sought[] {
  const terms = queries.flatMap(({ concepts }) => concepts.flatMap((concept) => concept.terms));
  return [
    ...new Map(
      terms.map((term) => [`${term.form} ${term.form === "piece" ? term.text : term.stems.join(" ")}`, term]),
    ).values(),
  ];
}

/** What an entry has of a question: stems and pieces of words, for showing the lines with them. */
export function listFound({ queries }: SearchPlan, entry: EntryWords): string[] {
  const terms = queries.flatMap(({ concepts }) => concepts.flatMap((concept) => concept.terms));
  const found = terms.filter((term) => countTerm(term, entry) > 0);
  return [...new Set(found.flatMap(({ form, text, stems }) => (form === "piece" ? [text] : stems)))];
}

/** How an entry says one thing that was asked for. */
export interface ConceptRelevance {
  /** Its part of the score. */
  readonly best: number;
  /** That of the best way to say it that the entry has: 1 of the one that was asked, 0 of none. */
  readonly weight: number;
  /** As `best`, with what may mean the same counted in full. */
  readonly strength: number;
}

/** How an entry says a concept; `norm` as toNorm gives it. */
export function rateConcept(concept: Concept, entry: EntryWords, total: number, norm: number): ConceptRelevance {
  let [best, weight, strength] = [0, 0, 0];
  for (const term of concept.terms) {
    const frequency = countTerm(term, entry);
    if (frequency === 0) continue;
    const said = (toRarity(term.count, total) * frequency * (K1 + 1)) / (frequency + norm);
    best = Math.max(best, term.weight * said);
    if (concept.isName && term.weight <= FAMILY_WEIGHT) continue;
    weight = Math.max(weight, term.weight);
    strength = Math.max(strength, said);
  }
  return { best, weight, strength };
}

/** How often an entry has a term; in fields that say more it counts more. */
export function countTerm({ form, text, stems }: Term, { places }: EntryWords): number {
  if (form === "piece")
    return sum([...places].flatMap(([stem, at]) => (stem.length > text.length && stem.includes(text) ? at : [])));
  const [first = "", ...rest] = stems;
  const found = places.get(first) ?? [];
  if (rest.length === 0) return sum(found);
  return sum(
    found.filter(({ at }) =>
      rest.every((stem, index) => places.get(stem)?.some((place) => place.at === at + index + 1)),
    ),
  );
}

function sum(places: readonly Place[]): number {
  let total = 0;
  for (const { weight } of places) total += weight;
  return total;
}
