// Reads JSON as models write it: with prose around, several values, cut at the end, unescaped quotes and line breaks in strings, missing or additional
// commas, Python's words. Where a value is broken, what was read of it stays, and the search for the next one goes on from there. So every character is
// read once, and an answer of any size takes a time in proportion to it.
import { readLooseString } from "./loose-string.ts";

/** A JSON value that keeps keys which are given twice. */
export type LooseValue = string | number | boolean | null | readonly LooseValue[] | LooseObject;

/** An object: its keys and values in the order of the text. */
export class LooseObject {
  readonly entries: [key: string, value: LooseValue][] = [];
}

/** A value of a text. */
export interface FoundValue {
  readonly value: LooseValue;
  /** `cut`: the text ended within it. `broken`: something else stood where it should have gone on. */
  readonly end: "whole" | "cut" | "broken";
  /** Where it begins in the text, and its length there. */
  readonly at: number;
  readonly length: number;
}

/** The objects and arrays of a text, in its order; those within another are not listed again. Never throws. */
export function readLooseValues(text: string): FoundValue[] {
  const found: FoundValue[] = [];
  const start = /[{[]/g;
  for (let match = start.exec(text); match !== null; match = start.exec(text)) {
    const reader = new LooseReader(text, match.index);
    const value = reader.readValue(0);
    start.lastIndex = Math.max(reader.at, match.index + 1);
    if (value !== undefined && hasContent(value, reader.end)) {
      found.push({ value, end: reader.end, at: match.index, length: reader.at - match.index });
    }
  }
  return found;
}

// A brace in prose begins a value that breaks at once.
function hasContent(value: LooseValue, end: FoundValue["end"]): boolean {
  return end === "whole" || !isEmpty(value);
}

function isEmpty(value: LooseValue): boolean {
  return value instanceof LooseObject ? value.entries.length === 0 : Array.isArray(value) && value.length === 0;
}

/** Nobody nests findings deeper, and each level takes room on the stack. */
const MOST_DEPTH = 60;
const SPACE = /\s/;
const KEY = /[A-Za-z_$][\w$-]{0,99}/y;
/** An unquoted value, up to where it must end. */
const BARE = /[^\s,\]}{["'][^,\]}{["\n]{0,200}/y;
const WORDS: ReadonlyMap<string, LooseValue> = new Map<string, LooseValue>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["True", true],
  ["False", false],
  ["None", null],
  ["undefined", null],
  ["NaN", null],
]);

class LooseReader {
  readonly #text: string;
  at: number;
  end: FoundValue["end"] = "whole";

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  // undefined where there is no value, or an end.
  readValue(depth: number, isInObject = false): LooseValue | undefined {
    this.#skip();
    const character = this.#text[this.at];
    if (character === undefined) return this.#stop("cut");
    if (character === "{") return depth < MOST_DEPTH ? this.#readObject(depth) : this.#stop("broken");
    if (character === "[") return depth < MOST_DEPTH ? this.#readArray(depth) : this.#stop("broken");
    // A key without a value.
    if (isInObject && (character === "," || character === "}")) return null;
    if (character === '"' || character === "'") return this.#readString(isInObject ? "value" : "element");
    return this.#readBare();
  }

  #readObject(depth: number): LooseObject {
    const object = new LooseObject();
    for (this.at += 1; this.end === "whole"; ) {
      this.#skip(",");
      if (this.#take("}")) break;
      const key = this.#readKey();
      if (key === undefined) break;
      const value = this.readValue(depth + 1, true);
      if (value !== undefined) object.entries.push([key, value]);
    }
    return object;
  }

  #readArray(depth: number): LooseValue[] {
    const values: LooseValue[] = [];
    for (this.at += 1; this.end === "whole"; ) {
      this.#skip(",");
      if (this.#take("]")) break;
      const value = this.readValue(depth + 1);
      if (value === undefined) break;
      // Thousands of opening brackets are no values.
      if (this.end === "whole" || !isEmpty(value)) values.push(value);
    }
    return values;
  }

  #readKey(): string | undefined {
    const character = this.#text[this.at];
    if (character === undefined) return this.#stop("cut");
    const isQuoted = character === '"' || character === "'";
    const key = isQuoted ? this.#readString("key") : this.#match(KEY);
    this.#skip();
    if (key !== undefined && this.#take(":")) return key;
    return this.#stop(this.at >= this.#text.length ? "cut" : "broken");
  }

  #readString(place: "key" | "value" | "element"): string {
    const { value, at, isCut } = readLooseString(this.#text, this.at, place);
    this.at = at;
    if (isCut) this.end = "cut";
    return value;
  }

  #readBare(): LooseValue | undefined {
    const start = this.at;
    // A comment may follow.
    const word = this.#match(BARE)?.split(" //")[0]?.trim();
    if (word === undefined) return this.#stop("broken");
    this.at = start + word.length;
    const known = WORDS.get(word);
    if (known !== undefined) return known;
    return /^[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?$/.test(word) ? Number(word) : word;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  // White space, comments, and what else may be skipped.
  #skip(also = ""): void {
    for (; this.at < this.#text.length; this.at += 1) {
      const character = this.#text[this.at] ?? "";
      if (SPACE.test(character) || character === also) continue;
      if (!this.#text.startsWith("//", this.at)) return;
      const end = this.#text.indexOf("\n", this.at);
      this.at = end === -1 ? this.#text.length : end;
    }
  }

  #stop(end: "cut" | "broken"): undefined {
    if (this.end === "whole") this.end = end;
    return undefined;
  }
}
