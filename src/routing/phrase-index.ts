// Finds the keywords of all rules in one walk over a task's words, so that the cost does not grow with the number of rules.
import { toForms, toWords } from "./words.ts";

/** Keywords of many lists, ready to be searched at once. */
export interface PhraseIndex {
  /** Adds a list of keywords. Its number identifies it in the result of `find`. */
  add(keywords: readonly string[]): number;
  /** The keywords found in `words`, by the number of their list, in the order in which they were met. */
  find(words: readonly string[]): ReadonlyMap<number, ReadonlySet<string>>;
}

// A node in the tree of phrases: the nodes for each next word, and the phrases that end here.
interface Place {
  readonly next: Map<string, Place[]>;
  /** Nodes by the keyword's own word, so that phrases with the same beginning share them. */
  readonly byWord: Map<string, Place>;
  readonly ends: { readonly list: number; readonly keyword: string }[];
}

/** Makes an empty index. */
export function createPhraseIndex(): PhraseIndex {
  const root = createPlace();
  let lists = 0;
  return {
    add: (keywords) => {
      const list = lists;
      lists += 1;
      for (const keyword of new Set(keywords)) {
        const words = toWords(keyword);
        if (words.length > 0) words.reduce(stepInto, root).ends.push({ list, keyword });
      }
      return list;
    },
    find: (words) => {
      const found = new Map<number, Set<string>>();
      for (const at of words.keys()) {
        let places = root.next.get(words[at] ?? "") ?? [];
        for (let after = at + 1; places.length > 0; after += 1) {
          for (const { list, keyword } of places.flatMap((place) => place.ends)) {
            found.set(list, (found.get(list) ?? new Set()).add(keyword));
          }
          places = places.flatMap((place) => place.next.get(words[after] ?? "") ?? []);
        }
      }
      return found;
    },
  };
}

function stepInto(place: Place, word: string): Place {
  const known = place.byWord.get(word);
  if (known !== undefined) return known;
  const next = createPlace();
  place.byWord.set(word, next);
  for (const form of toForms(word)) place.next.set(form, [...(place.next.get(form) ?? []), next]);
  return next;
}

function createPlace(): Place {
  return { next: new Map(), byWord: new Map(), ends: [] };
}
