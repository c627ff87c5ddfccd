// What the leading verb acts on, and whether it acts on that itself: in "write a guide for the parser" on the guide.
import type { PhraseIndex, PlacedKeyword } from "./phrase-index.ts";
import type { Lead } from "./reading.ts";

/** The object of a verb. */
export interface VerbObject extends PlacedKeyword {
  /** False if it stands behind a preposition or in a clause of its own. */
  readonly isDirect: boolean;
}

// Of the languages in which an object follows its verb. Left out are those that are an article or a pronoun in another of them (`an`, `as`,
// `su`), and those that only join nouns ("fonction de tri").
const PREPOSITIONS = new Set(
  [
    "for of on about in into to from with without by at via per what why how who whom whose which where when whether",
    "für über vom zum zur mit aus im am auf bei wie warum para sobre con pour sur avec dans com voor met",
    "för med для об про в на с со dla",
  ].flatMap((words) => words.split(" ")),
);
/** "A set of tests" is tests. */
const QUANTITIES = new Set("all bunch couple few handful kind number pair part piece series set sort suite".split(" "));

/** The object of a verb: the nearest known one. In a compound ("heading parser") the last word is what is meant. */
export function findObject({ rest, isBehind }: Lead, objects: PhraseIndex): VerbObject | undefined {
  const places = objects.locate(rest);
  if (isBehind) return toObject(places.at(-1), Number.POSITIVE_INFINITY);
  let [object] = places;
  for (const next of places) {
    if (object === undefined || next.from !== object.to || PREPOSITIONS.has(rest[object.to - 1] ?? "")) continue;
    // Behind a noun, "that" begins a clause: "a test that fails".
    if (next.keyword !== "that") object = next;
  }
  return toObject(object, findEnd(rest));
}

function toObject(place: PlacedKeyword | undefined, end: number): VerbObject | undefined {
  return place === undefined ? undefined : { ...place, isDirect: place.from < end };
}

/** Where the words end that can be the object itself. */
function findEnd(words: readonly string[]): number {
  const end = words.findIndex((word, at) => {
    if (word === "that") return at > 0;
    return PREPOSITIONS.has(word) && !(word === "of" && QUANTITIES.has(words[at - 1] ?? ""));
  });
  return end === -1 ? words.length : end;
}
