// Whether two findings are about the same place, and about the same matter there.
import { toFlatLines } from "./evidence/flat-text.ts";
import type { CheckedFinding } from "./finding.ts";

/** Lines between two findings about the same matter. */
const NEAR_LINES = 3;
/** Share of their words that two titles have in common. */
const LIKE_TITLES = 0.6;
/** The same where both quote the same lines. */
const LIKE_TITLES_OF_ONE_QUOTE = 0.3;

/** What of a finding says what it is about. */
export type Matter = Pick<
  CheckedFinding,
  "file" | "startLine" | "endLine" | "title" | "body" | "evidence" | "isAboutRemoval" | "isVerified"
>;

/**
 * Whether both name the same file, lines at most three apart, and titles with most words in common, and do not both quote lines that were found and
 * differ. In doubt they are two matters.
 */
export function isSameMatter(one: Matter, two: Matter): boolean {
  if (!isOneFile(one, two) || !areWithin(one, two, NEAR_LINES)) return false;
  const isOneQuote = isSameQuote(one, two);
  // Each stands on lines of its own: like words about two calls are two defects.
  if (one.isVerified && two.isVerified && !isOneQuote) return false;
  return compareWords(one.title, two.title) >= (isOneQuote ? LIKE_TITLES_OF_ONE_QUOTE : LIKE_TITLES);
}

/** Whether both are about the same lines of a file: they overlap, or the quotation is the same. */
export function isSamePlace(one: Matter, two: Matter): boolean {
  if (!isOneFile(one, two) || one.file === undefined) return false;
  if (isSameQuote(one, two)) return areWithin(one, two, NEAR_LINES);
  return one.startLine !== undefined && areWithin(one, two, 0);
}

/** Whether both quote the same text. */
export function isSameQuote({ evidence }: Matter, other: Matter): boolean {
  if (evidence === undefined || other.evidence === undefined) return false;
  return toFlatLines(evidence).join(" ").trim() === toFlatLines(other.evidence).join(" ").trim();
}

function isOneFile(one: Matter, two: Matter): boolean {
  return one.file === two.file && (one.isAboutRemoval ?? false) === (two.isAboutRemoval ?? false);
}

function areWithin(one: Matter, two: Matter, lines: number): boolean {
  if (one.startLine === undefined || two.startLine === undefined) return one.startLine === two.startLine;
  const [end, otherEnd] = [one.endLine ?? one.startLine, two.endLine ?? two.startLine];
  return one.startLine - otherEnd <= lines && two.startLine - end <= lines;
}

/** Words that say nothing of the matter. */
const FILLERS = new Set([
  "a",
  "an",
  "the",
  "is",
  "are",
  "be",
  "of",
  "in",
  "on",
  "to",
  "for",
  "and",
  "or",
  "with",
  "by",
]);

function compareWords(one: string, two: string): number {
  const [first, second] = [toWords(one), toWords(two)];
  const all = new Set([...first, ...second]);
  const shared = [...first].filter((word) => second.has(word));
  return all.size === 0 ? 1 : shared.length / all.size;
}

/** The words of a text that say something, with the marks that turn a call into its opposite: `!==` is another matter than `===`. */
export function toWords(text: string): Set<string> {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_"'`.,;:()]+/gu) ?? [];
  return new Set(words.filter((word) => !FILLERS.has(word)));
}
