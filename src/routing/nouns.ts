// Tells nouns from verbs: "Build is red", "move generation in the engine takes too long".
import type { FoundPhrase } from "./phrase-finder.ts";

/** Behind one of these comes what a verb acts on, or a clause; a noun has none of them behind it. */
const OBJECT_BEGINNINGS = new Set(
  [
    "the a an this that these those it them all any each every my our your his her their its some no what which who why how whether",
    "der die das den dem des ein eine einen einem diese diesen dieses meine meinen unsere unseren",
    "el la los las un una unos unas lo este esta estos mi que",
    "le les une ce cet cette ces mon ma mes notre nos qui du des au aux",
    "il i gli uno questo questa che o os as um uma esse essa isso de het een die dat deze dit en ett den det",
  ].flatMap((words) => words.split(" ")),
);
/** How far the predicate of a sentence may stand behind its first word. */
const MAX_SUBJECT = 4;

/** Whether what looks like a leading verb is a noun. */
export function isNoun(
  { from, to, namesAgent }: FoundPhrase,
  clause: readonly string[],
  predicates: ReadonlySet<string>,
): boolean {
  if (namesAgent) return false;
  if (predicates.has(clause[to] ?? "")) return true;
  if (to > from + 1) return false;
  for (const word of clause.slice(to, to + MAX_SUBJECT)) {
    if (OBJECT_BEGINNINGS.has(word)) return false;
    if (predicates.has(word)) return true;
  }
  return false;
}

/** The words of a clause from its first object on: "the leak again" of "don't describe the leak again". */
export function takeObject(clause: readonly string[]): readonly string[] {
  const at = clause.findIndex((word) => OBJECT_BEGINNINGS.has(word));
  return at === -1 ? [] : clause.slice(at);
}
