// Values by the words that they stand for: exact forms, or all words with one beginning.
import { CLAUSE_END_PART } from "./words.ts";

/** A table of words. */
export interface WordTable<Value> {
  /** Adds a value for a part of a phrase: `repar*` stands for every word that begins so. `toForms` gives the forms of any other word. */
  add(part: string, value: Value, toForms: (word: string) => readonly string[]): void;
  /** The values of a word of a text. */
  find(word: string): readonly Value[];
}

interface Beginning<Value> {
  readonly text: string;
  readonly value: Value;
}

/** Makes an empty table. */
export function createWordTable<Value>(): WordTable<Value> {
  const forms = new Map<string, Value[]>();
  // By their first sign, since a text has many words and a table few beginnings.
  const beginnings = new Map<string, Beginning<Value>[]>();
  return {
    add: (part, value, toForms) => {
      const text = toBeginning(part);
      if (text !== undefined) append(beginnings, text.slice(0, 1), { text, value });
      else for (const form of toForms(part)) append(forms, form, value);
    },
    find: (word) => {
      const exact = forms.get(word) ?? [];
      const begun = beginnings.get(word.slice(0, 1))?.filter(({ text }) => word.startsWith(text)) ?? [];
      return begun.length === 0 ? exact : [...exact, ...begun.map(({ value }) => value)];
    },
  };
}

/** Says whether a word of a clause is meant by a part of a phrase. Behind the last word comes an empty text. */
export function createWordTest(part: string, toForms: (word: string) => readonly string[]): (word: string) => boolean {
  if (part === CLAUSE_END_PART) return (word) => word === "";
  const beginning = toBeginning(part);
  if (beginning !== undefined) return (word) => word.startsWith(beginning);
  // Most phrases of a file are never tried.
  let forms: readonly string[] | undefined;
  return (word) => {
    forms ??= toForms(part);
    return forms.includes(word);
  };
}

function toBeginning(part: string): string | undefined {
  return part.endsWith("*") ? part.slice(0, -1) : undefined;
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
