// Line numbers as models write them: 12, "12", "L12-L14", "12–14", [12, 14], { start, end }, the head of a hunk.
import { findField } from "./loose-fields.ts";
import { LooseObject, type LooseValue } from "./loose-json.ts";

/** Lines from 1, both included, in order. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** Names (plain ones) of a first line, a last line and both. */
export const START_NAMES = ["startline", "linestart", "start", "beginline", "firstline", "fromline", "from", "line"];
export const END_NAMES = ["endline", "lineend", "end", "lastline", "toline", "to", "line"];
const BOTH_NAMES = ["linerange", "lines", "range", "line", "linenumber", "lineno", "linenumbers", "span"];

/** The lines that an object tells, by any names; undefined where it tells none. */
export function findLines(object: LooseObject): LineRange | undefined {
  const start = toNumbers(findField(object, START_NAMES))[0];
  const end = toNumbers(findField(object, END_NAMES)).at(-1);
  const both = toNumbers(findField(object, BOTH_NAMES));
  return start === undefined ? toRange(both[0], both[1]) : toRange(start, end ?? both[1]);
}

/** The lines that a text tells, such as `L12-L14`. */
export function readLineText(text: string): LineRange | undefined {
  const [start, end] = toNumbers(text);
  return toRange(start, end);
}

/** No file that is reviewed has more. */
const MOST = 10_000_000;

function toRange(one: number | undefined, two = one): LineRange | undefined {
  if (one === undefined || two === undefined) return undefined;
  // Who counts from 0 says 0 only for the first line.
  const shift = Math.min(one, two) === 0 ? 1 : 0;
  return { start: Math.min(one, two) + shift, end: Math.max(one, two) + shift };
}

/** `@@ -1,2 +12,4 @@`: the new side. */
const HUNK = /^\s*@@ [^+]{0,40}\+(\d{1,8})(?:,(\d{1,8}))?/;

function toNumbers(value: LooseValue | undefined, depth = 0): number[] {
  if (typeof value === "number") return isLine(value) ? [Math.floor(value)] : [];
  if (typeof value === "string") return readNumbers(value);
  if (depth > 2 || value === undefined || value === null || typeof value === "boolean") return [];
  if (value instanceof LooseObject) {
    const start = toNumbers(findField(value, [...START_NAMES, ...BOTH_NAMES]), depth + 1)[0];
    const end = toNumbers(findField(value, END_NAMES), depth + 1).at(-1);
    return start === undefined ? [] : [start, end ?? start];
  }
  return value.slice(0, 2).flatMap((part) => toNumbers(part, depth + 1));
}

function readNumbers(text: string): number[] {
  const [, from, count] = HUNK.exec(text) ?? [];
  if (from !== undefined) return [Number(from), Number(from) + Math.max(1, Number(count ?? 1)) - 1];
  // A column follows its line: 12:5.
  const numbers = [...text.slice(0, 200).matchAll(/(\d{1,9})(?:\.\d+)?(?::\d{1,9})?/g)].map(([, line]) => Number(line));
  return numbers.filter(isLine).slice(0, 2);
}

const isLine = (value: number): boolean => Number.isFinite(value) && value >= 0 && value <= MOST;
