// What is read of a long text: its beginning, and further on the places that have a word of the question. An index finds an entry by its last word too.
import { foldWord } from "./text-words.ts";

/** The beginning says what a text is about. */
const MOST_CHARACTERS = 20_000;
/** Characters on each side of a word further on. */
const AROUND = 200;
/** Places of one word. */
const MOST_PLACES = 3;
/** A shorter stem is a piece of too many words. */
const LEAST_LETTERS = 3;

/** The passages of a text in which words with these stems, or these pieces of words, may stand. A short text is its own only passage. */
export function readPassages(text: string, stems: readonly string[]): string[] {
  if (text.length <= MOST_CHARACTERS) return [text];
  const rest = foldWord(text.slice(MOST_CHARACTERS));
  return [
    text.slice(0, MOST_CHARACTERS),
    ...joinPlaces(
      stems.flatMap((stem) => findPlaces(rest, stem)),
      rest,
    ),
  ];
}

// A stem may end otherwise than its word: `happi` is of `happy`.
function findPlaces(text: string, stem: string): number[] {
  const start = stem.length > LEAST_LETTERS ? stem.slice(0, -1) : stem;
  if (start.length < LEAST_LETTERS && /^[\x00-\x7f]*$/.test(start)) return [];
  const places: number[] = [];
  let at = text.indexOf(start);
  while (at >= 0 && places.length < MOST_PLACES) {
    places.push(at);
    at = text.indexOf(start, at + AROUND);
  }
  return places;
}

// Places near each other are one passage, so that no word counts twice.
function joinPlaces(places: readonly number[], text: string): string[] {
  const passages: { readonly start: number; end: number }[] = [];
  for (const at of places.toSorted((one, other) => one - other)) {
    const last = passages.at(-1);
    if (last !== undefined && at - AROUND <= last.end) last.end = at + AROUND;
    else passages.push({ start: Math.max(0, at - AROUND), end: at + AROUND });
  }
  return passages.map(({ start, end }) => text.slice(start, end));
}
