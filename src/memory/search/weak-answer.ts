// Whether what comes first answers the question at all.
import type { MemoryEntry } from "../memory-store.ts";
import { toRarity } from "./counts.ts";
import { tellsMissing } from "./put-sessions-first.ts";
import { countTerm, type EntryWords, type Relevance, rateConcept, toNorm } from "./relevance.ts";
import type { SearchPlan } from "./search-plan.ts";
import { isCjk, toTextWords } from "./text-words.ts";

/** The entry that comes first, and how it answers each phrasing. */
export interface FirstEntry {
  readonly entry: Pick<MemoryEntry, "text" | "title">;
  readonly words: EntryWords;
  readonly relevances: readonly Relevance[];
}

/** What the entries of an answer are compared with. */
export interface Surroundings {
  /** The tags of all candidates, entry by entry. */
  readonly tags: readonly (readonly string[])[];
  /** In words. */
  readonly averageLength: number;
}

/** Of one phrasing: an answer has at least this part of what was asked, */
const LEAST_COVERAGE = 0.3;
/** or says it as often as this many words that no other entry has. */
const LEAST_RARE_WORDS = 1.1;
/** Of several phrasings: an answer has at least this part of what was asked, */
const LEAST_COVERAGE_OF_SEVERAL = 0.4;
/** or says as much of all that was asked as this many words that one entry in a hundred has: of two phrasings, and of more. */
const LEAST_EVIDENCE = { two: 1, more: 2.6 };
/** Words that no other entry has are no such measure: in a store of many projects most words of one are in other entries too. */
const MEASURE_SHARE = 0.01;

/**
 * Nothing stored seems to answer the question. The limits were chosen on 223 questions with an answer and 71 without one, over the development set,
 * harbour, orchard and saltern; test/memory/search/figures.test.ts has the figures, also of questions that were written later. The meanings of
 * words (GloVe vectors), distances between words, the gap to the second hit and regressions over all of these were measured on left-out sets and
 * added nothing.
 */
export function isWeak(plan: SearchPlan, first: FirstEntry | undefined, surroundings: Surroundings): boolean {
  if (first === undefined) return true;
  if (plan.isSessionMissing) return !tellsMissing(plan, first.entry);
  if (plan.sessions.length > 0) return false;
  const coverage = toCoverage(first.relevances);
  const { length } = plan.queries;
  if (length > 1) {
    if (coverage >= LEAST_COVERAGE_OF_SEVERAL) return false;
    const least = length === 2 ? LEAST_EVIDENCE.two : LEAST_EVIDENCE.more;
    return weighEvidence(plan, first.words, surroundings) < least;
  }
  const score = Math.max(...first.relevances.map((relevance) => relevance.score)) / toRarity(1, plan.total);
  return coverage < LEAST_COVERAGE && score < LEAST_RARE_WORDS;
}

/** Which part of what was asked an entry has, over all phrasings. */
export function toCoverage(relevances: readonly Relevance[]): number {
  return relevances.reduce((sum, { coverage }) => sum + coverage, 0) / Math.max(1, relevances.length);
}

/** A tag that as many entries have is a subject: it says what a question is about, and little of what is asked. */
const SUBJECT_ENTRIES = 3;
/** How much less an entry says that has none of the subjects which the question names. */
const OTHER_SUBJECT = 1;

// Phrasings of a question that is answered meet in its answer by different words. So each word counts once, and one that means the same as much
// as the word itself: by chance an entry has few of them.
function weighEvidence(plan: SearchPlan, words: EntryWords, { tags, averageLength }: Surroundings): number {
  const subjects = listSubjects(tags);
  const norm = toNorm(words, averageLength);
  const strengths = new Map<string, number>();
  const named: boolean[] = [];
  for (const concept of plan.queries.flatMap(({ concepts }) => concepts)) {
    const stems = toStems(concept.asked);
    const { strength, weight } = rateConcept(concept, words, plan.total, norm);
    if (subjects.has(stems)) named.push(weight === 1);
    else strengths.set(stems, Math.max(strengths.get(stems) ?? 0, strength));
  }
  const measure = toRarity(plan.total * MEASURE_SHARE, plan.total);
  const said = [...strengths.values()].reduce((sum, strength) => sum + strength, 0) / measure;
  return named.length === 0 || named.includes(true) ? said : said - OTHER_SUBJECT;
}

function listSubjects(tags: readonly (readonly string[])[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const tag of tags.flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count >= SUBJECT_ENTRIES).map(([tag]) => toStems(tag)));
}

function toStems(text: string): string {
  return toTextWords(text)
    .map(({ stem }) => stem)
    .join(" ");
}

const MOST_UNKNOWN = 8;
/** As many candidates may be only the first of more: then what an entry beyond them has is known by the index alone. */
const MOST_COMPLETE = 49;

/** What of a question is in no entry that was searched. */
export interface Unknown {
  /** Words: neither they themselves nor others that may be meant, nor words with them inside. */
  readonly words: readonly string[];
  /** Whole ids of sessions. */
  readonly sessions: readonly string[];
}

/**
 * What none of the entries searched has. An index counts the words of all projects: one that it has may still be in none of `candidates`, which
 * are all entries with a word of the question where they are few.
 */
export function listUnknown({ queries, missing }: SearchPlan, candidates: readonly EntryWords[]): Unknown {
  const ofIds = new Set(missing.flatMap((id) => toTextWords(id).map(({ folded }) => folded)));
  const isComplete = candidates.length <= MOST_COMPLETE;
  const words = queries
    .flatMap(({ concepts }) => concepts)
    .filter(({ asked, terms }) => {
      if (asked.includes(" ") || isCjk(asked) || ofIds.has(asked)) return false;
      if (!isComplete && terms.some(({ form }) => form !== "piece")) return false;
      return !terms.some((term) => candidates.some((entry) => countTerm(term, entry) > 0));
    });
  return {
    words: [...new Set(words.map(({ asked }) => asked))].slice(0, MOST_UNKNOWN),
    sessions: missing.slice(0, MOST_UNKNOWN),
  };
}
