// Finds the phrases of a word list at a place in a clause. A phrase may leave words out: `hand … to codex`.

import { createWordTable, createWordTest } from "./word-table.ts";
import { GAP, toPhraseParts } from "./words.ts";

/** A phrase that was found, and where. */
export interface FoundPhrase {
  readonly group: string;
  readonly phrase: string;
  /** Index of its first word, and of the word behind its last. */
  readonly from: number;
  readonly to: number;
  /** Number of its words, without those of its gaps. A phrase that names an agent outweighs all others. */
  readonly weight: number;
  readonly namesAgent: boolean;
}

/** The phrases of all groups, ready to be found. */
export interface PhraseFinder {
  /** The longest phrase that begins at a place. */
  at(clause: readonly string[], at: number): FoundPhrase | undefined;
  /** The longest of the phrases that begin with `…`, wherever its words stand; one of a weak group only if there is no other. */
  anywhere(clause: readonly string[]): FoundPhrase | undefined;
}

/** Longest gap inside a phrase, in words. A longer one would join what does not belong together. */
const MAX_GAP = 12;
/** More words than a phrase can have. */
const MAX_WEIGHT = 1_000;

type ToForms = (word: string) => readonly string[];
type Segment = readonly ((word: string) => boolean)[];
interface Phrase {
  readonly group: string;
  /** Its words between its gaps, as tests. */
  readonly segments: readonly Segment[];
  readonly weight: number;
  readonly namesAgent: boolean;
}

/** Which phrases come first. */
export interface PhraseOrder {
  /** Groups that give way to the others. */
  readonly weak: readonly string[];
  /** Words of which one in a phrase makes it outweigh those without. */
  readonly names: readonly string[];
}

/** Makes a finder for phrases with their groups. A group may have a phrase that is only `…`: it is found in every clause. */
export function createPhraseFinder(
  phrases: readonly (readonly [string, string])[],
  toForms: ToForms,
  { weak, names }: PhraseOrder = { weak: [], names: [] },
): PhraseFinder {
  const fixed = createWordTable<Phrase>();
  const floating = createWordTable<Phrase>();
  let always: string | undefined;
  const rank = ({ group, weight }: FoundPhrase) => (weak.includes(group) ? 0 : MAX_WEIGHT) + weight;
  const isBetter = (next: FoundPhrase, best: FoundPhrase | undefined) => best === undefined || rank(next) > rank(best);
  for (const [text, group] of phrases) {
    const parts = toPhraseParts(text);
    const first = parts.find((part) => part !== GAP);
    if (first === undefined) always ??= group;
    else {
      const words = parts.filter((part) => part !== GAP);
      const namesAgent = words.some((word) => names.includes(word));
      const weight = words.length + (namesAgent ? MAX_WEIGHT : 0);
      const table = parts[0] === GAP ? floating : fixed;
      table.add(first, { group, segments: toSegments(parts, toForms), weight, namesAgent }, toForms);
    }
  }
  return {
    at: (clause, at) => pickLongest(fixed.find(clause[at] ?? ""), clause, at),
    anywhere: (clause) => {
      let best: FoundPhrase | undefined;
      for (const [at, word] of clause.entries()) {
        const next = pickLongest(floating.find(word), clause, at);
        if (next !== undefined && isBetter(next, best)) best = next;
      }
      if (best !== undefined || always === undefined) return best;
      return { group: always, phrase: clause.slice(0, 3).join(" "), from: 0, to: 0, weight: 0, namesAgent: false };
    },
  };
}

function toSegments(parts: readonly string[], toForms: ToForms): Segment[] {
  const segments: ((word: string) => boolean)[][] = [[]];
  for (const part of parts) {
    if (part === GAP) segments.push([]);
    else segments.at(-1)?.push(createWordTest(part, toForms));
  }
  return segments.filter((segment) => segment.length > 0);
}

function pickLongest(phrases: readonly Phrase[], clause: readonly string[], at: number) {
  let best: FoundPhrase | undefined;
  for (const { segments, ...phrase } of phrases) {
    if (phrase.weight <= (best?.weight ?? 0)) continue;
    const to = findEnd(segments, clause, at);
    if (to !== undefined) best = { ...phrase, phrase: clause.slice(at, to).join(" "), from: at, to };
  }
  return best;
}

// Each segment is taken at the first place where it fits: the time does not multiply with the number of gaps.
function findEnd(segments: readonly Segment[], clause: readonly string[], at: number): number | undefined {
  let end = at;
  for (const [index, segment] of segments.entries()) {
    const last = index === 0 ? end : end + MAX_GAP;
    let place = end;
    while (place <= last && !fits(segment, clause, place)) place += 1;
    if (place > last) return undefined;
    end = place + segment.length;
  }
  return end;
}

function fits(segment: Segment, clause: readonly string[], at: number): boolean {
  return segment.every((test, offset) => test(clause[at + offset] ?? ""));
}
