// Makes a plan of a question and of what is known of the stored words.
import { toRarity } from "./counts.ts";
import { countSlips } from "./edits.ts";
import { listFamilyStems } from "./families/families.ts";
import { readHints } from "./hints.ts";
import { findNamedSessions } from "./named-sessions.ts";
import { type AskedConcept, type ReadQuery, readQuery, type Words } from "./read-query.ts";
import type { Concept, SearchPlan, Term, Vocabulary } from "./search-plan.ts";
import { isCjk, type TextWord } from "./text-words.ts";

/** Of a word that means the same. */
export const FAMILY_WEIGHT = 0.6;
/** Of a word that begins alike. */
const KIN_WEIGHT = 0.5;
/** Of a word that has the one that was asked for within it, as compounds do. */
const PIECE_WEIGHT = 0.6;
/** Of a stored word that is one letter, or two, away from one that no entry has. */
const SLIP_WEIGHTS = [1, 0.8, 0.6];

/** A longer question is a whole text: its beginning says what it is about. */
const MOST_CHARACTERS = 2000;

/** The plan of a question in its phrasings. */
export function planSearch(queries: readonly string[], vocabulary: Vocabulary): SearchPlan {
  const named = findNamedSessions(
    queries.map((query) => query.slice(0, MOST_CHARACTERS)),
    vocabulary,
  );
  const { read, stored } = readMeant(named.rest, vocabulary);
  return {
    queries: read.map(({ concepts, words }, index) => ({
      concepts: keepWithinCost(
        concepts.map((concept) => toConcept(concept, stored, vocabulary)),
        words.reduce((sum, { stem }) => sum + (stored.counts.get(stem) ?? 0), 0),
      ),
      ...readHints(queries[index] ?? ""),
    })),
    sessions: named.sessions,
    isSessionMissing: named.missing.length > 0,
    missing: named.missing,
    total: vocabulary.total,
  };
}

/** What is stored of the words of a question and of those that mean the same. */
interface Stored {
  readonly counts: ReadonlyMap<string, number>;
  /** Stems that begin as one that is asked for. */
  readonly kin: ReadonlyMap<string, number>;
}

// A word that nobody has stored and no family has may be a slip of one that a family has: then it is read as that one, within phrases too.
function readMeant(
  phrasings: readonly string[],
  vocabulary: Vocabulary,
): { readonly read: readonly ReadQuery[]; readonly stored: Stored } {
  const read = phrasings.map((query) => readQuery(query));
  const stored = readStored(read, vocabulary);
  const unknown = read.flatMap(({ concepts }) => concepts.filter((concept) => isUnknown(concept, stored)));
  const slips = new Map(
    unknown.flatMap(({ asked, isWord }) => {
      const stem = isWord ? (asked[0]?.[0]?.stem ?? "") : "";
      const meant = findMeant(stem);
      return meant === undefined ? [] : [[stem, meant] as const];
    }),
  );
  if (slips.size === 0) return { read, stored };
  const again = phrasings.map((query) => readQuery(query, slips));
  return { read: again, stored: readStored(again, vocabulary) };
}

function isUnknown({ asked, others, isSlip }: AskedConcept, { counts }: Stored): boolean {
  return (isSlip || others.length === 0) && !asked.some((words) => words.every(({ stem }) => counts.has(stem)));
}

// A word of a family with one letter wrong: what is less like it is more often another word than a slip.
function findMeant(stem: string): string | undefined {
  if (isCjk(stem) || stem.length < LEAST_SLIP_LETTERS || /\d/.test(stem)) return undefined;
  const known = listFamilyStems(stem[0] ?? "");
  return known.includes(stem) ? undefined : known.find((other) => countSlips(stem, other) === 1);
}

function readStored(queries: readonly ReadQuery[], vocabulary: Vocabulary): Stored {
  const concepts = queries.flatMap((query) => query.concepts);
  const ways = concepts.flatMap(({ asked, others }) => [...asked, ...others]);
  const stems = new Set(
    [...queries.map(({ words }) => words), ...ways].flatMap((words) => words.map(({ stem }) => stem)),
  );
  const prefixes = new Set(concepts.flatMap((concept) => toKinPrefix(concept) ?? []));
  return { counts: vocabulary.countEntries([...stems]), kin: vocabulary.listBeginning([...prefixes]) };
}

/** Shorter words have too many that begin alike. */
const LEAST_KIN_LETTERS = 5;

// `encryption` and `encrypted`, `confidential` and `confidentiality`: what the stemmer does not bring together.
function toKinPrefix({ asked, isWord }: AskedConcept): string | undefined {
  const stem = asked[0]?.[0]?.stem ?? "";
  if (!isWord || stem.length < LEAST_KIN_LETTERS || /\d/.test(stem) || isCjk(stem)) return undefined;
  return stem.slice(0, Math.max(LEAST_KIN_LETTERS - 1, Math.ceil(stem.length * 0.75)));
}

function toConcept(concept: AskedConcept, stored: Stored, vocabulary: Vocabulary): Concept {
  const asked = concept.asked.map((words) => toTerm(words, 1, stored.counts));
  const count = Math.max(...asked.map((term) => term.count));
  const others = concept.others.map((words) => toTerm(words, FAMILY_WEIGHT, stored.counts));
  const [word] = concept.isWord ? (concept.asked[0] ?? []) : [];
  const slips = word !== undefined && isUnknown(concept, stored) ? listSlips(word, vocabulary) : [];
  const alike = word === undefined ? [] : [...listKin(concept, stored.kin), ...slips];
  const terms = new Map<string, Term>();
  for (const term of [...asked, ...others, ...alike]) {
    const known = terms.get(term.text);
    if (term.count > 0 && (known === undefined || known.weight < term.weight)) terms.set(term.text, term);
  }
  return {
    asked: asked[0]?.text ?? "",
    terms: [...terms.values()],
    isName: concept.isName,
    importance: toRarity(count, vocabulary.total),
  };
}

function toTerm(words: Words, weight: number, counts: ReadonlyMap<string, number>): Term {
  const stems = words.map(({ stem }) => stem);
  const count = Math.min(...stems.map((stem) => counts.get(stem) ?? 0));
  return {
    form: words.length > 1 ? "phrase" : "word",
    text: words.map(({ folded }) => folded).join(" "),
    stems,
    weight,
    count,
  };
}

/** How many letters more a word may have than the beginning that it shares. */
const MOST_FURTHER_LETTERS = 5;

function listKin(concept: AskedConcept, kin: ReadonlyMap<string, number>): Term[] {
  const prefix = toKinPrefix(concept);
  if (prefix === undefined) return [];
  const fits = [...kin].filter(
    ([stem]) => stem.startsWith(prefix) && stem.length <= prefix.length + MOST_FURTHER_LETTERS,
  );
  return fits.map(([stem, count]) => toStemTerm(stem, KIN_WEIGHT, count));
}

function toStemTerm(stem: string, weight: number, count: number): Term {
  return { form: "word", text: stem, stems: [stem], weight, count };
}

/** Shorter words have too many that are one letter away. */
const LEAST_SLIP_LETTERS = 3;
const LEAST_PIECE_LETTERS = 4;

// Nobody here has written such a word: it may be misspelt, or a part of one.
function listSlips({ folded, stem }: Pick<TextWord, "folded" | "stem">, vocabulary: Vocabulary): Term[] {
  if (isCjk(stem) || stem.length < LEAST_SLIP_LETTERS) return [];
  const piece: Term[] =
    folded.length < LEAST_PIECE_LETTERS
      ? []
      : [{ form: "piece", text: folded, stems: [], weight: PIECE_WEIGHT, count: 1 }];
  if (/\d/.test(stem)) return piece;
  const fits = vocabulary.listAlike(stem).flatMap((stored) => {
    const edits = countSlips(stem, stored);
    return edits === undefined ? [] : [{ stored, edits }];
  });
  const counts = vocabulary.countEntries(fits.map(({ stored }) => stored));
  return [
    ...fits.map(({ stored, edits }) => toStemTerm(stored, SLIP_WEIGHTS[edits] ?? 0, counts.get(stored) ?? 0)),
    ...piece,
  ];
}

/** Each further term slows an index down by itself. */
const MOST_OTHERS = 48;
/** What an index may read at the least: in a store of some thousand entries nothing is left out. */
const LEAST_COST = 5_000;
/** What the words that may mean the same cost, compared with the question's own. */
const COST_SHARE = 0.1;

/**
 * Leaves out what would make the search slow: an index reads every entry that has a term. Rare words go first, since common ones tell little
 * apart. What was asked stays.
 */
function keepWithinCost(concepts: readonly Concept[], ownCost: number): Concept[] {
  const others = concepts.flatMap(({ terms }) => terms.filter(({ weight }) => weight < 1));
  let left = Math.max(LEAST_COST, ownCost * COST_SHARE);
  const kept = new Set<string>();
  for (const { text, count } of others.sort((a, b) => a.count - b.count)) {
    if (kept.has(text)) continue;
    left -= count;
    if (left < 0 || kept.size >= MOST_OTHERS) break;
    kept.add(text);
  }
  return concepts.map((concept) => ({
    ...concept,
    terms: concept.terms.filter(({ weight, text }) => weight === 1 || kept.has(text)),
  }));
}
