// Reads a phrasing: what it asks for, in its own words and in those of the word families. Needs nothing of what is stored.
import { findFamilies } from "./families/families.ts";
import { isStopWord } from "./stop-words.ts";
import { foldWord, type TextWord, toTextWords } from "./text-words.ts";

/** Longer questions are whole texts; their first words say what they are about. */
const MOST_CONCEPTS = 24;

/** Words, one after the other. */
export type Words = readonly Pick<TextWord, "folded" | "stem">[];

/** Something that is asked for. */
export interface AskedConcept {
  /** The ways in which it was asked: mostly one, several of an identifier. */
  readonly asked: readonly Words[];
  /** What else it is called. */
  readonly others: readonly Words[];
  /** Of a single word its kin is looked for among the stored words. */
  readonly isWord: boolean;
  /** A proper name. */
  readonly isName: boolean;
  /** It was read as another word, which it may be a slip of. */
  readonly isSlip: boolean;
}

/** What words may be slips of, by their stems. */
export type Slips = ReadonlyMap<string, string>;

/** A phrasing that is read. */
export interface ReadQuery {
  readonly concepts: readonly AskedConcept[];
  readonly words: readonly TextWord[];
}

/** Reads a phrasing. */
export function readQuery(query: string, slips: Slips = new Map()): ReadQuery {
  const words = toTextWords(query);
  const meant = words.map((word) => toMeant(word, slips));
  const concepts = [...readIdentifiers(query), ...readPhrases(meant), ...readWords(words, findName(query), slips)];
  const once = new Map(concepts.map((concept) => [concept.asked.map(toKey).join("|"), concept]));
  return { words, concepts: [...once.values()].slice(0, MOST_CONCEPTS) };
}

/** A name of code, of a file, an error code: parts joined by signs or by capitals. */
const IDENTIFIERS = /[\p{L}\p{N}]+(?:[._\-/:#]+[\p{L}\p{N}]+)+|\p{L}*\p{Ll}\p{Lu}[\p{L}\p{N}]*/gu;
const CAPITALS = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;

// `lastReadSeq`, `last_read_seq` and `last-read-seq` are one name, whichever way it is stored.
function readIdentifiers(query: string): AskedConcept[] {
  return [...query.matchAll(IDENTIFIERS)].map(([text]) => {
    const ways = [text.replaceAll(CAPITALS, " "), text, text.replaceAll(/[^\p{L}\p{N}]/gu, "")].map(toTextWords);
    const once = new Map(ways.filter(({ length }) => length > 0).map((words) => [toKey(words), words]));
    return { asked: [...once.values()], others: [], isWord: false, isName: true, isSlip: false };
  });
}

function readPhrases(words: readonly TextWord[]): AskedConcept[] {
  const stems = words.map(({ stem }) => stem);
  return words.flatMap((_, at) => {
    const { length, members } = findFamilies(stems, at);
    const asked = [words.slice(at, at + length)];
    return length > 1 ? [{ asked, others: members, isWord: false, isName: false, isSlip: false }] : [];
  });
}

function toMeant(word: TextWord, slips: Slips): TextWord {
  const stem = slips.get(word.stem);
  return stem === undefined ? word : { folded: stem, stem };
}

// Where nothing but such words is asked, they are what is asked.
function readWords(words: readonly TextWord[], name: string | undefined, slips: Slips): AskedConcept[] {
  const telling = words.filter(({ folded }) => !isStopWord(folded));
  return (telling.length > 0 ? telling : words).map((word) => {
    const meant = toMeant(word, slips);
    const isSlip = meant !== word;
    const { members } = findFamilies([meant.stem], 0);
    return {
      asked: [[word]],
      others: isSlip ? [[meant], ...members] : members,
      isWord: true,
      isName: word.folded === name && !isSlip,
      isSlip,
    };
  });
}

function toKey(words: Words): string {
  return words.map(({ stem }) => stem).join(" ");
}

/** A capitalised word that begins no sentence. */
const CAPITALISED = /(?<=[\p{L}\p{N},;] )\p{Lu}\p{L}*\p{Ll}\p{L}*/gu;

// The only one: where there are several, they are titles or German.
function findName(query: string): string | undefined {
  const [name, ...others] = [...query.matchAll(CAPITALISED)].map(([word]) => word);
  return others.length === 0 && name !== undefined ? foldWord(name) : undefined;
}
