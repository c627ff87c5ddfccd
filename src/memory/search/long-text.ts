// What is read of a long text: its beginning, and further on the places that have a word of the question. An index finds an entry by its last word too.
import type { Term } from "./search-plan.ts";
import { foldWord, isCjk, isWithinWord, readWordAt, toTextWords } from "./text-words.ts";

/** What is looked for in a text. */
export type Sought = Pick<Term, "form" | "stems" | "text">;

/** The beginning says what a text is about. */
const MOST_CHARACTERS = 20_000;
/** Characters on each side of a word further on. */
const AROUND = 200;
/** Places of one word. */
const MOST_PLACES = 3;

/** The passages of a text in which one of these stands. A short text is its own only passage. */
export function readPassages(text: string, sought: readonly Sought[]): string[] {
  if (text.length <= MOST_CHARACTERS) return [text];
  const beginning = text.slice(0, MOST_CHARACTERS).replace(LAST_PART, "");
  const rest = foldWord(text.slice(beginning.length));
  return [
    beginning,
    ...joinPlaces(
      sought.flatMap((term) => findPlaces(rest, term)),
      rest,
    ),
  ];
}

/** A word that is cut would be another one: "sup" and "port". Longer ones are no words. */
const LAST_PART = /(?<=\s)\S{1,64}$/u;
const FIRST_PART = /^\S{1,64}(?=\s)/u;

// Those that are within other words take no place from the word itself.
function findPlaces(text: string, term: Sought): number[] {
  const start = toStart(term);
  const places: number[] = [];
  let at = start === "" ? -1 : text.indexOf(start);
  while (at >= 0 && places.length < MOST_PLACES) {
    const stands = term.form === "piece" ? hasPiece(text, at, term.text) : hasWords(text, at, term.stems);
    if (stands) places.push(at);
    at = text.indexOf(start, at + (stands ? AROUND : 1));
  }
  return places;
}

// A stem may end otherwise than its word: `happi` is of `happy`.
function toStart({ form, stems: [stem = ""], text }: Sought): string {
  if (form === "piece") return text;
  return isCjk(stem) || stem.length < 3 ? stem : stem.slice(0, -1);
}

/** Letters that a word may have more than its stem, and what may stand between two words. */
const FURTHER_LETTERS = 20;

function hasWords(text: string, at: number, stems: readonly string[]): boolean {
  if (isWithinWord(text, at) || readWordAt(text, at)?.stem !== stems[0]) return false;
  if (stems.length === 1) return true;
  const words = toTextWords(text.slice(at, at + stems.join("").length + stems.length * FURTHER_LETTERS));
  return stems.every((stem, index) => words[index]?.stem === stem);
}

function hasPiece(text: string, at: number, piece: string): boolean {
  let start = at;
  while (isWithinWord(text, start)) start -= 1;
  const { stem = "" } = readWordAt(text, start) ?? {};
  return stem.length > piece.length && stem.includes(piece);
}

// Places near each other are one passage, so that no word counts twice.
function joinPlaces(places: readonly number[], text: string): string[] {
  const passages: { readonly start: number; end: number }[] = [];
  for (const at of places.toSorted((one, other) => one - other)) {
    const last = passages.at(-1);
    if (last !== undefined && at - AROUND <= last.end) last.end = at + AROUND;
    else passages.push({ start: Math.max(0, at - AROUND), end: at + AROUND });
  }
  return passages.map(({ start, end }) => {
    const passage = end < text.length ? text.slice(start, end).replace(LAST_PART, "") : text.slice(start);
    return start > 0 ? passage.replace(FIRST_PART, "") : passage;
  });
}
