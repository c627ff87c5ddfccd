// The findings among the JSON values of an answer, wherever they stand.
import { isDoubtful } from "./field-doubt.ts";
import { findText, toPlainKey } from "./loose-fields.ts";
import { LooseObject, type LooseValue, readLooseValues } from "./loose-json.ts";
import { isFinding } from "./read-finding.ts";

/** A finding as it was written. */
export interface WrittenFinding {
  readonly object: LooseObject;
  /** Key of the map that it stood in, which may be a path. */
  readonly within: string | undefined;
}

/** What was collected. */
export interface Collected {
  readonly findings: WrittenFinding[];
  /** Whether there was a list of findings, though it may have been empty. */
  hasList: boolean;
  readonly summaries: string[];
  /** Whether a part of a review was cut or broken, or is no finding where one was expected. */
  hasGap: boolean;
  /** Whether a field beside the list may say that not all is well: `error`, `verdict`. Of use where no finding does. */
  hasDoubt: boolean;
  /** What stands beside the JSON. */
  besides: string;
}

const LIST_NAMES = new Set(["findings", "issues", "comments", "reviewcomments", "problems", "results", "bugs"]);
const SUMMARY_NAMES = ["summary", "overallexplanation", "overview", "explanation"];
const MOST_DEPTH = 12;

/** Collects the findings of a text. Never throws. */
export function collectFindings(text: string, depth = 0): Collected {
  const collected: Collected = {
    findings: [],
    hasList: false,
    summaries: [],
    hasGap: false,
    hasDoubt: false,
    besides: "",
  };
  let last = 0;
  for (const { value, end, at, length } of readLooseValues(text)) {
    collected.besides += `${text.slice(last, at)}\n`;
    last = at + length;
    const before = collected.findings.length;
    const hadList = collected.hasList;
    visit(value, collected, { depth, within: undefined });
    // A broken piece of code in prose is no gap.
    const isReview = collected.findings.length > before || collected.hasList !== hadList || hasListKey(value);
    if (end !== "whole" && isReview) collected.hasGap = true;
  }
  collected.besides = (collected.besides + text.slice(last)).trim();
  return collected;
}

interface Visit {
  readonly depth: number;
  readonly within: string | undefined;
}

function visit(value: LooseValue, collected: Collected, at: Visit): void {
  if (at.depth > MOST_DEPTH) {
    collected.hasGap = true;
  } else if (Array.isArray(value)) {
    for (const one of value) visit(one, collected, { ...at, depth: at.depth + 1 });
  } else if (value instanceof LooseObject) {
    visitObject(value, collected, at);
  }
}

function visitObject(object: LooseObject, collected: Collected, { depth, within }: Visit): void {
  if (!hasListKey(object) && isFinding(object)) {
    collected.findings.push({ object, within });
    return;
  }
  for (const [key, value] of object.entries) {
    if (LIST_NAMES.has(toPlainKey(key))) visitList(value, collected, depth + 1);
    else visit(value, collected, { depth: depth + 1, within: key });
    if (within !== EARLIER && isAgainst(key, value)) collected.hasDoubt = true;
  }
  const lists = object.entries.filter(([key]) => LIST_NAMES.has(toPlainKey(key)));
  // `null` instead of a list says nothing.
  if (lists.length > 0 && !lists.some(([, value]) => isTold(value))) collected.hasGap = true;
  if (!hasListKey(object)) return;
  const summary = findText(object, SUMMARY_NAMES)?.trim();
  if (summary !== undefined) collected.summaries.push(summary);
}

function hasListKey(value: LooseValue): boolean {
  return (
    value instanceof LooseObject && value.entries.some(([key, list]) => LIST_NAMES.has(toPlainKey(key)) && isList(list))
  );
}

/** The decisions on earlier findings. */
const EARLIER = "earlier";

// What a model thinks of the whole is not read, but an empty list must not stand against it.
function isAgainst(key: string, value: LooseValue): boolean {
  const name = toPlainKey(key);
  const isRead = name === EARLIER || LIST_NAMES.has(name) || SUMMARY_NAMES.includes(name);
  return !isRead && isDoubtful(key, value);
}

const isTold = (value: LooseValue): boolean =>
  typeof value === "string" ? value.trim() !== "" : typeof value === "object" && value !== null;

const isList = (value: LooseValue): boolean => typeof value !== "number" && typeof value !== "boolean";

// In a list everything is a finding: an object with few fields, a sentence.
function visitList(value: LooseValue, collected: Collected, depth: number): void {
  if (typeof value === "string") readListText(value, collected, depth);
  if (typeof value !== "object" || value === null) return;
  collected.hasList = true;
  if (value instanceof LooseObject) {
    if (value.entries.length > 0) visitMember(value, collected, depth);
    return;
  }
  for (const one of value) {
    if (one instanceof LooseObject) visitMember(one, collected, depth);
    else if (typeof one === "string" && one.trim() !== "")
      collected.findings.push({ object: toObject(one), within: undefined });
    else visitElement(one, collected, { depth, within: undefined });
  }
}

function visitMember(object: LooseObject, collected: Collected, depth: number): void {
  // A map of findings, by number or by path.
  const isMap =
    object.entries.length > 0 && object.entries.every(([, value]) => typeof value === "object" && value !== null);
  if (isMap && !isFinding(object)) {
    for (const [key, value] of object.entries) visitElement(value, collected, { depth: depth + 1, within: key });
  } else if (object.entries.length > 0) collected.findings.push({ object, within: undefined });
  else collected.hasGap = true;
}

// What is dropped of a list may have been a finding.
function visitElement(value: LooseValue, collected: Collected, at: Visit): void {
  if (Array.isArray(value)) {
    for (const one of value) visitElement(one, collected, { ...at, depth: at.depth + 1 });
    return;
  }
  const before = collected.findings.length;
  visit(value, collected, at);
  if (collected.findings.length === before) collected.hasGap = true;
}

// A list that was written as a text again.
function readListText(text: string, collected: Collected, depth: number): void {
  if (text.trim() === "" || depth > MOST_DEPTH) return;
  const inner = /^\s*[[{]/.test(text) ? collectFindings(text, depth + 1) : undefined;
  if (inner === undefined || (inner.findings.length === 0 && !/^\s*\[\s*\]\s*$/.test(text))) {
    if (/^\W*(?:none|no (?:findings|issues))\W*$/i.test(text)) collected.hasList = true;
    else collected.findings.push({ object: toObject(text), within: undefined });
    return;
  }
  collected.hasList = true;
  collected.findings.push(...inner.findings);
  collected.hasGap ||= inner.hasGap;
}

function toObject(text: string): LooseObject {
  const object = new LooseObject();
  const file = /^\s*`?([\w./@+-]{1,300}\.\w{1,10}:\d{1,9}(?:-\d{1,9})?)`?/.exec(text)?.[1];
  object.entries.push(["title", text], ...(file === undefined ? [] : [["file", file] satisfies [string, string]]));
  return object;
}
