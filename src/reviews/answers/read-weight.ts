// How much a finding weighs: its severity and the model's confidence, in whatever words or numbers.
import type { Severity } from "../finding.ts";
import type { LooseValue } from "./loose-json.ts";

const WORDS: readonly (readonly [Severity, RegExp])[] = [
  ["P0", /\b(?:critical|blocker|blocking|fatal|severe|show-?stopper|urgent|highest)\b/i],
  ["P1", /\b(?:high|major|error|important|bug|must)\b/i],
  ["P2", /\b(?:medium|moderate|normal|warning|warn|should|mid)\b/i],
  [
    "P3",
    /\b(?:low|lowest|minor|info|informational|nit|nits|nitpick|trivial|style|suggestion|note|hint|optional|cosmetic)\b/i,
  ],
];

/** More is of another scale, such as the ten of CVSS, where it is the most serious. */
const MOST_SEVERITY = 5;

/** The severity that a value says: `P1`, 1, "1", "high". 4 and 5 are the least serious. undefined for what cannot be told. */
export function readSeverity(value: LooseValue | undefined): Severity | undefined {
  if (typeof value === "number") return toSeverity(value);
  if (typeof value !== "string") return undefined;
  const text = value.slice(0, 100);
  const digits = /^\W*(?:p(?:riority)?\s*)?(\d)(?!\d|[.,/]\d)/i.exec(text)?.[1] ?? /\bP(\d)\b/i.exec(text)?.[1];
  if (digits !== undefined) return toSeverity(Number(digits));
  return WORDS.find(([, pattern]) => pattern.test(text))?.[0];
}

const NUMBERED: readonly Severity[] = ["P0", "P1", "P2", "P3"];

function toSeverity(number: number): Severity | undefined {
  const isTold = number <= 3 || (number <= MOST_SEVERITY && Number.isInteger(number));
  return isTold ? NUMBERED[Math.max(0, Math.min(3, Math.floor(number)))] : undefined;
}

/** The severity at the beginning of a title, such as `[P1] `, `P1: ` or `**High** - `, and the title without it. */
export function splitTag(title: string): { readonly severity: Severity | undefined; readonly title: string } {
  const found = TAG.exec(title.slice(0, 80));
  const severity = found === null ? undefined : readSeverity(found[1] ?? found[2] ?? found[3]);
  return { severity, title: severity === undefined ? title : title.slice(found?.[0].length) };
}

/** In brackets; in bold; or before a colon or a dash. */
const TAG =
  /^\s*(?:\*{0,2}[[(]\s*([A-Za-z]+\d?|\d)\s*[\])]\*{0,2}\s*[:\-–—]?|(?:\*\*|__)([A-Za-z]+\d?):?(?:\*\*|__)\s*[:\-–—]?|(P\d|critical|high|medium|low)\s{0,2}[:\-–—])\s*/i;

const CONFIDENCES: readonly (readonly [number, RegExp])[] = [
  [0.3, /\b(?:low|unlikely|unsure|uncertain|not (?:very |quite )?(?:sure|certain|likely|high)|guess|speculative)\b/i],
  [0.9, /\b(?:high|certain|sure|very)\b/i],
  [0.6, /\b(?:medium|moderate|likely|probable)\b/i],
];

/** The confidence that a value says, 0 to 1: 0.8, "80%", 80, 8, "8/10", "8 out of 10", "high". */
export function readConfidence(value: LooseValue | undefined): number | undefined {
  if (typeof value === "number") return toShare(value);
  if (typeof value !== "string") return undefined;
  const [, number, of] = /^\D{0,20}?(\d{1,9}(?:\.\d{1,9})?)\s*(?:(?:\/|(?:out )?of)\s*(\d{1,4})|%)?/.exec(value) ?? [];
  if (number === undefined) return CONFIDENCES.find(([, pattern]) => pattern.test(value.slice(0, 100)))?.[0];
  if (of !== undefined && Number(of) > 0) return clamp(Number(number) / Number(of));
  return value.includes("%") ? clamp(Number(number) / 100) : toShare(Number(number));
}

function toShare(value: number): number | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value > MOST_TENTHS) return clamp(value / 100);
  return value > 1 ? Math.max(LEAST_OF_UNKNOWN, value / 10) : value;
}

/** More is counted in percent. */
const MOST_TENTHS = 10;
/** A small number may be of five: it must not make a finding count less than one without a number. */
const LEAST_OF_UNKNOWN = 0.5;

const clamp = (value: number): number => Math.max(0, Math.min(1, value));
