// Reads a string of JSON whose quotes and line breaks may not be escaped.

/** A string of a text. */
export interface LooseString {
  readonly value: string;
  /** Where the text goes on behind it. */
  readonly at: number;
  /** Whether the text ended within it. */
  readonly isCut: boolean;
}

/** What a string is: a key, the value of a key, an element of an array. */
export type StringPlace = "key" | "value" | "element";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** Reads the string whose opening quote stands at `start`. A quote that could not end it belongs to it. */
export function readLooseString(text: string, start: number, place: StringPlace): LooseString {
  const quote = text[start] ?? "";
  const special = quote === "'" ? /['\\]/g : /["\\]/g;
  const pieces: string[] = [];
  let from = start + 1;
  for (;;) {
    special.lastIndex = from;
    const at = special.exec(text)?.index;
    if (at === undefined) return { value: pieces.join("") + text.slice(from), at: text.length, isCut: true };
    pieces.push(text.slice(from, at));
    if (text[at] === quote) {
      if (place === "key" || isEnd(text, at + 1, place)) return { value: pieces.join(""), at: at + 1, isCut: false };
      pieces.push(quote);
      from = at + 1;
    } else {
      const { piece, length } = readEscape(text, at);
      pieces.push(piece);
      from = at + length;
    }
  }
}

// What is no escape, as in an unescaped pattern, stays as it is.
function readEscape(text: string, at: number): { readonly piece: string; readonly length: number } {
  const character = text[at + 1] ?? "";
  if (character === "u") {
    const code = text.slice(at + 2, at + 6);
    return /^[0-9a-fA-F]{4}$/.test(code)
      ? { piece: String.fromCharCode(Number.parseInt(code, 16)), length: 6 }
      : { piece: "\\u", length: 2 };
  }
  if (character === "" || `"'\\/\n`.includes(character)) return { piece: character, length: 2 };
  return { piece: ESCAPES[character] ?? `\\${character}`, length: 2 };
}

// Whether a string can end before `at`.
function isEnd(text: string, at: number, place: StringPlace): boolean {
  const next = skipSpace(text, at);
  const character = text[next];
  if (character === undefined || character === "}" || character === "]") return true;
  if (character === "/" && text[next + 1] === "/") return true;
  if (character !== ",")
    return place === "value" && character === '"' && text.slice(at, next).includes("\n") && isKeyAt(text, next);
  const behind = skipSpace(text, next + 1);
  if (behind >= text.length) return true;
  if (place === "element") return /["'{[\]\-\dtfnTFN]/.test(text[behind] ?? "");
  return isKeyAt(text, behind) || text[behind] === "}" || text.startsWith("//", behind);
}

const KEY = /(?:"[^"\n]{0,100}"|'[^'\n]{0,100}'|[A-Za-z_$][\w$-]{0,99})[ \t]{0,20}:/y;

function isKeyAt(text: string, at: number): boolean {
  KEY.lastIndex = at;
  return KEY.test(text);
}

const NO_SPACE = /\S/g;

function skipSpace(text: string, at: number): number {
  NO_SPACE.lastIndex = at;
  return NO_SPACE.exec(text)?.index ?? text.length;
}
