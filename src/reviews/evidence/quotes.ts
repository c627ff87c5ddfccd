// What a quote of a model can mean: with the marks of a diff, with line numbers, with dots for what it leaves out.
import { toFlatLines } from "./flat-text.ts";

/** A side of a change. */
export type Side = "new" | "old";

/** A way to read a quote: its pieces, which stand one after the other. */
export type Quote = readonly string[];

/** Longer quotes are compared by their beginning. */
const MOST_LINES = 200;

/** The ways to read a quote, the most literal first. Empty if nothing is quoted. */
export function readQuote(evidence: string, side: Side): Quote[] {
  const lines = evidence.split(/\r\n|\n|\r/).slice(0, MOST_LINES);
  const readings = [lines, withoutMarks(lines, side), withoutNumbers(lines), withoutMarks(withoutNumbers(lines), side)];
  const flat = readings.map((reading) =>
    toFlatLines(reading.join("\n"))
      .filter((line) => line !== "")
      .join(" "),
  );
  const quotes = [...new Set(flat)].filter((text) => text !== "");
  return [...quotes.map((text) => [text]), ...quotes.flatMap(splitDots)];
}

/** The marks of a diff. Of a quote with both sides, the lines of one. */
function withoutMarks(lines: readonly string[], side: Side): string[] {
  const written = lines.filter((line) => line.trim() !== "");
  const isDiff = written.every((line) => /^[+\- \t]/.test(line)) && written.some((line) => /^[+-]/.test(line));
  if (!isDiff) return [...lines];
  const other = side === "new" ? "-" : "+";
  return lines.filter((line) => !line.startsWith(other)).map((line) => line.slice(1));
}

const NUMBER = /^\s*(?:L|line )?\d{1,7}\s?(?:[:|│→]|\t| {2})\s?/i;

function withoutNumbers(lines: readonly string[]): string[] {
  const written = lines.filter((line) => line.trim() !== "");
  return written.every((line) => NUMBER.test(line)) ? lines.map((line) => line.replace(NUMBER, "")) : [...lines];
}

// Dots may also be code: so this is tried last.
function splitDots(text: string): Quote[] {
  const pieces = text
    .split(/\s?(?:\/\/|#|\/\*)?\s?(?:\.{3,}|…|\[(?:\.{3}|…)\])\s?(?:\*\/)?\s?/)
    .filter((piece) => piece !== "");
  return pieces.length > 0 && pieces.join("") !== text ? [pieces] : [];
}

/** `nothing`: it would stand in any file. `little`: so short that it proves something only where it is the whole line, at the place that is told. */
export type Weight = "nothing" | "little" | "enough";

const LEAST_LETTERS = 4;
const LEAST_CHARACTERS = 6;
const COMMON = new Set([
  ...["else", "return", "break", "continue", "try", "finally", "do", "then", "fi", "done", "end", "begin", "pass"],
  ...[
    "export",
    "import",
    "from",
    "function",
    "func",
    "fn",
    "def",
    "fun",
    "const",
    "let",
    "var",
    "val",
    "class",
    "interface",
  ],
  ...[
    "type",
    "enum",
    "struct",
    "impl",
    "trait",
    "namespace",
    "async",
    "await",
    "static",
    "public",
    "private",
    "protected",
  ],
  ...[
    "readonly",
    "abstract",
    "final",
    "override",
    "declare",
    "new",
    "if",
    "elif",
    "for",
    "while",
    "switch",
    "case",
    "match",
  ],
  ...["catch", "except", "throw", "raise", "with", "yield", "lambda", "in", "is", "not", "and", "or", "as", "extends"],
  ...["implements", "typeof", "instanceof"],
  ...["default", "null", "none", "nil", "true", "false", "undefined", "this", "self", "void", "esac", "endif"],
]);

/** How much it proves that a quote stands somewhere. Of one with dots, one piece must be enough. */
export function weigh(quote: Quote): Weight {
  const weights = quote.map(weighPiece);
  if (quote.length === 1) return weights[0] ?? "nothing";
  return weights.includes("enough") ? "enough" : "nothing";
}

function weighPiece(text: string): Weight {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  const letters = (text.match(/[\p{L}\p{N}]/gu) ?? []).length;
  if (letters < 2 || words.every((word) => COMMON.has(word))) return "nothing";
  const isLong = letters >= LEAST_LETTERS && text.replace(/\s/g, "").length >= LEAST_CHARACTERS;
  return isLong ? "enough" : "little";
}
