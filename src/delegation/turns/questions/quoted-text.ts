// What somebody else wrote, as lines of a form: cleaned, cut and marked.
import { cutText } from "../../../domain/cut-text.ts";
import { cutLine, cutStart, foldText } from "../../../domain/fold-text.ts";
import { toPrintable, toPrintableLine } from "../../../domain/printable.ts";
import type { Redact } from "../../../domain/redact.ts";

/** A text that may be shown, and whether it is all of it. */
export interface CleanText {
  readonly text: string;
  readonly isWhole: boolean;
}

/** Columns of a marked line; a form folds at 76. */
const COLUMNS = 74;
const MARK = "> ";
/** Text beyond this is not even searched for secrets. */
const READ_FACTOR = 10;
/** How much of a text is searched for secrets before its end is shown. */
const END_CHARACTERS = 7_000;
/** A screen gives a tab up to eight columns, and a fold counts one. */
const TAB = "    ";

/** At most `most` characters. Secrets are removed before a text is cut: half a secret would not be recognised. */
export function clean(text: string, most: number, redact: Redact): CleanText {
  const seen = text.slice(0, READ_FACTOR * most);
  const redacted = redact(seen).trim();
  return {
    text: toPrintable(cutText(redacted, most)).replaceAll("\t", TAB),
    isWhole: seen.length === text.length && redacted.length <= most,
  };
}

/** The same on one line. */
export function toLine(text: string, most: number, redact: Redact): string {
  return toOneLine(clean(text, most, redact).text);
}

/** A clean text on one line. */
export function toOneLine(text: string): string {
  return toPrintableLine(text.replace(/\s+/g, " ").trim());
}

/** Lines with what somebody else wrote: cleaned, and each begins with a mark. `ours` stands before the first one. */
export function quoteText(ours: string, text: string, most: number, redact: Redact): string[] {
  return quote(ours, clean(text, most, redact).text);
}

/** The same of a clean text. `ours` is one word with a capital. */
export function quote(ours: string, text: string): string[] {
  const first = ours === "" ? MARK : `${ours} ${MARK}`;
  const lines = foldText(text, COLUMNS - first.length);
  return (lines.length === 0 ? ["(nothing)"] : lines).map((line, at) => `${at === 0 ? first : MARK}${line}`);
}

/** The beginning and the end of a text, in one or two marked lines; all of it if it fits. A line break is shown as `\\n`. */
export function quoteEnds(text: string, lines: 1 | 2, redact: Redact): string[] {
  const toShown = (part: string): string =>
    toPrintableLine(redact(part).trim().replaceAll("\t", " ")).replace(/ {2,}/g, " ");
  const head = toShown(text.slice(0, END_CHARACTERS));
  if (text.length <= END_CHARACTERS && foldText(head, COLUMNS - MARK.length).length <= lines) return quote("", head);
  const tail = toShown(text.slice(-END_CHARACTERS));
  const width = COLUMNS - MARK.length - 3;
  if (lines === 2) return [`${MARK}${cutLine(head, width)}`, `${MARK}… ${cutStart(tail, width)}`];
  const half = Math.floor(width / 2);
  return [`${MARK}${cutLine(head, half)} ${cutStart(tail, half)}`];
}
