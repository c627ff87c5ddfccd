// Estimates how many tokens a model reads in a text, without its tokenizer, which would be 22 MB. A test compares the two.
// The weights were fitted to o200k_base on prose, code, JSON and generated logs: docs and source of this project, and test/support/logs.ts.
// The text is read by its character codes: a pattern's matches made most of the garbage of a compression.

type Kind = "upper" | "lower" | "digit" | "kana" | "ideograph" | "blank" | "sign" | "letter" | "other";

/** Estimated tokens of a text. */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (let at = 0; at < text.length; ) {
    const kind = kindAt(text, at);
    const end = findEnd(text, at, kind);
    tokens += weigh(kind, text, at, end);
    at = end;
  }
  return Math.ceil(tokens);
}

function kindAt(text: string, at: number): Kind {
  const code = text.charCodeAt(at);
  if (code < 128) return ASCII[code] ?? "other";
  if (code >= 0x3040 && code <= 0x30ff) return "kana";
  const isIdeograph = (code >= 0x3400 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff);
  if (isIdeograph || (code >= 0xac00 && code <= 0xd7af)) return "ideograph";
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (/\s/.test(character)) return "blank";
  return /[\p{L}\p{M}]/u.test(character) ? "letter" : "other";
}

const ASCII: readonly Kind[] = Array.from({ length: 128 }, (_, code): Kind => {
  const character = String.fromCharCode(code);
  if (/[A-Z]/.test(character)) return "upper";
  if (/[a-z]/.test(character)) return "lower";
  if (/\d/.test(character)) return "digit";
  if (/\s/.test(character)) return "blank";
  return /[!-~]/.test(character) ? "sign" : "other";
});

// A word is one that stands in an identifier too: `parseToken` has two.
function findEnd(text: string, at: number, kind: Kind): number {
  const isWord = kind === "upper" && at + 1 < text.length && kindAt(text, at + 1) === "lower";
  switch (kind) {
    case "kana":
    case "ideograph":
    case "other":
      return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
    case "letter":
      return skip(text, at, isLetter);
    default: {
      const wanted = isWord ? "lower" : kind;
      return skip(text, at + 1, (other) => other === wanted);
    }
  }
}

function skip(text: string, from: number, holds: (kind: Kind) => boolean): number {
  let at = from;
  while (at < text.length && holds(kindAt(text, at))) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}

function isLetter(kind: Kind): boolean {
  return kind !== "digit" && kind !== "blank" && kind !== "sign" && kind !== "other";
}

function weigh(kind: Kind, text: string, at: number, end: number): number {
  const length = end - at;
  switch (kind) {
    case "upper":
    case "lower": {
      // Within an identifier or a hash a word is not one that the tokenizer knows with its blank.
      const isInner = at > 0 && isPlain(kindAt(text, at - 1));
      return (length <= 7 ? 1.02 : 0.76 + 0.09 * (length - 7)) + (isInner ? 0.35 : 0);
    }
    case "digit":
      return 0.81 * Math.ceil(length / 3);
    case "kana":
      return 0.43;
    case "ideograph":
      return 0.73;
    case "blank":
      return weighBlank(text, at, end);
    case "letter":
      return 1.34 + 0.53 * Math.max(0, length - 3);
    case "sign":
      return weighSigns(text, at, end);
    case "other":
      return length > 1 ? 1.78 : 1.25;
  }
}

function isPlain(kind: Kind): boolean {
  return kind === "upper" || kind === "lower" || kind === "digit";
}

// A single blank belongs to the word behind it, but to no figure. A line end may belong to the sign before it.
function weighBlank(text: string, at: number, end: number): number {
  const line = findLine(text, at, end);
  const last = end - Math.max(line, at - 1) - 1;
  const figure = last > 0 && end < text.length && kindAt(text, end) === "digit" ? 0.97 : 0;
  if (line < at) return (end - at > 1 ? 1.03 : 0) + figure;
  const isAfterSign = at > 0 && kindAt(text, at - 1) === "sign";
  return (isAfterSign ? 0.29 : 1.24) + (last > 1 ? 0.44 : 0) + figure;
}

// Not `lastIndexOf`, which would search all that stands before.
function findLine(text: string, at: number, end: number): number {
  let line = end - 1;
  while (line >= at && text.charCodeAt(line) !== 10) line -= 1;
  return line;
}

/** So many of one sign in a row are a rule, which the tokenizer knows as a whole. */
const RULE = 4;

// The tokenizer knows `/src`, `.ts` and `_id` as one.
function weighSigns(text: string, at: number, end: number): number {
  const isBeforeWord = end < text.length && isPlain(kindAt(text, end)) && kindAt(text, end) !== "digit";
  if (end - at === 1) return isBeforeWord && "/._".includes(text.charAt(at)) ? 0.23 : 1.13;
  let [tokens, others] = [0, 0];
  for (let from = at; from < end; ) {
    const length = countSame(text, from, end);
    if (length < RULE) others += length;
    else {
      tokens += weighPiece(others) + 1.04 + 0.02 * length;
      others = 0;
    }
    from += length;
  }
  return tokens + weighPiece(others);
}

function countSame(text: string, from: number, end: number): number {
  const code = text.charCodeAt(from);
  let at = from + 1;
  while (at < end && text.charCodeAt(at) === code) at += 1;
  return at - from;
}

function weighPiece(length: number): number {
  if (length === 0) return 0;
  return length === 1 ? 1.13 : 1.05 + 0.03 * length;
}
