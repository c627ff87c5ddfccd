// Word families: what people of our trade call the same thing. A line is a family; each word or phrase of it stands for the others.
import { type TextWord, toTextWords } from "../text-words.ts";
import { ACCESS } from "./access.ts";
import { DATA } from "./data.ts";
import { LOAD } from "./load.ts";
import { PEOPLE } from "./people.ts";
import { PLAIN } from "./plain.ts";
import { RUNTIME } from "./runtime.ts";
import { SURFACE } from "./surface.ts";
import { TONGUES } from "./tongues.ts";
import { WORK } from "./work.ts";

const FAMILIES = [ACCESS, LOAD, DATA, RUNTIME, WORK, PEOPLE, SURFACE, PLAIN, TONGUES];

/** A word or phrase of a family, word by word. */
type Member = readonly TextWord[];

/** Families by the first stem of each member. */
const byStem = new Map<string, { readonly member: Member; readonly family: readonly Member[] }[]>();
/** Stems by their first letter. */
const byLetter = new Map<string, Set<string>>();

/** What else the words that begin at `at` may be called, and how many words that takes: of the longest member that fits. */
export function findFamilies(
  stems: readonly string[],
  at: number,
): { readonly length: number; readonly members: readonly Member[] } {
  if (byStem.size === 0) readFamilies();
  const fits = (byStem.get(stems[at] ?? "") ?? []).filter(({ member }) =>
    member.every(({ stem }, index) => stems[at + index] === stem),
  );
  const length = Math.max(0, ...fits.map(({ member }) => member.length));
  return { length, members: fits.filter(({ member }) => member.length === length).flatMap(({ family }) => family) };
}

/** The stems of all words of families that begin with this letter. */
export function listFamilyStems(letter: string): readonly string[] {
  if (byStem.size === 0) readFamilies();
  return [...(byLetter.get(letter) ?? [])];
}

// With the first search, not with the start.
function readFamilies(): void {
  for (const line of FAMILIES.join("").split("\n")) {
    const family = line
      .split(",")
      .map(toTextWords)
      .filter((member) => member.length > 0);
    for (const member of family) {
      const stem = member[0]?.stem ?? "";
      byStem.set(stem, [...(byStem.get(stem) ?? []), { member, family }]);
      for (const word of member) {
        const [letter = ""] = word.stem;
        byLetter.set(letter, (byLetter.get(letter) ?? new Set()).add(word.stem));
      }
    }
  }
}
