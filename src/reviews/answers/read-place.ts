// The place of a finding: a path, and often its lines in the same words.
import { type LineRange, readLineText } from "./read-lines.ts";

/** A path and its lines. */
export interface Place {
  readonly file: string;
  readonly lines: LineRange | undefined;
}

/** A longer path is none. */
const MOST_CHARACTERS = 4_096;
/** `a.ts:12-14`, `a.ts#L12`, `a.ts(12,3)`, `a.ts, lines 12 to 14`. */
const ENDS = [
  /[:#]\s{0,3}(?:lines?\s)?L?\d{1,9}(?::\d{1,9})?(?:\s{0,3}(?:[-–—,]|\.\.|to)\s{0,3}L?\d{1,9}(?::\d{1,9})?)?$/i,
  /\s{0,3}\(\s{0,3}(?:lines?\s{0,3})?L?\d[\d\s,:\-–—L]{0,40}\)$/i,
  /[,\s]\s{0,3}lines?\s{0,3}L?\d[\d\s,:\-–—Lto]{0,40}$/i,
];

/** Reads the place that a text names; undefined where it names no path. */
export function readPlace(text: string): Place | undefined {
  const plain = unwrap(text.trim());
  if (plain === "" || plain.length > MOST_CHARACTERS || /^(?:null|none|n\/a|unknown|-)$/i.test(plain)) return undefined;
  const tail = plain.slice(-120);
  for (const pattern of ENDS) {
    const end = pattern.exec(tail);
    const file = end === null ? "" : unwrap(plain.slice(0, plain.length - tail.length + end.index).trim());
    if (end !== null && file !== "") return { file, lines: readLineText(end[0].replace(/^[:#(,\s]+/, "")) };
  }
  return { file: plain, lines: undefined };
}

// Back quotes, quotes, bold, the two parts of a link, and the form of an address.
function unwrap(text: string): string {
  const link = /^\[([^\]]{1,1000})\]\([^)]{0,1000}\)$/.exec(text)?.[1] ?? text;
  const bare = link.replace(/^[`"'*<]+/, "").replace(/[`"'*>]+$/, "");
  return bare.replace(/^file:\/\/(?:localhost)?/, "");
}
