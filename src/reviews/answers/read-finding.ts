// One finding of an answer, by whatever names its fields have.
import { cutText } from "../../domain/cut-text.ts";
import type { RawFinding, Severity } from "../finding.ts";
import { findField, findObjects, findText, toPlainKey } from "./loose-fields.ts";
import type { LooseObject } from "./loose-json.ts";
import { findLines } from "./read-lines.ts";
import { type Place, readPlace } from "./read-place.ts";
import { readConfidence, readSeverity, splitTag } from "./read-weight.ts";

const TITLE_NAMES = ["title", "headline", "issue", "problem", "subject", "name", "finding", "summary"];
const BODY_NAMES = [
  ...["body", "description", "details", "detail", "explanation", "message", "comment", "rationale", "reason", "why"],
  ...["impact", "text", "content", "note"],
];
const ADVICE_NAMES = ["suggestion", "recommendation", "suggestedfix", "fix", "remediation"];
const SEVERITY_NAMES = ["severity", "priority", "level", "importance", "rank"];
const CONFIDENCE_NAMES = ["confidence", "confidencescore", "certainty", "probability", "score"];
const FILE_NAMES = [
  "file",
  "filepath",
  "path",
  "filename",
  "absolutefilepath",
  "relativepath",
  "location",
  "place",
  "uri",
];
const PLACE_NAMES = ["codelocation", "location", "position", "place", "file", "evidence", "span"];
const EVIDENCE_NAMES = [
  ...["evidence", "quote", "quotes", "quotedline", "quotedlines", "quotedcode", "code", "snippet", "codesnippet"],
  ...["excerpt", "linecontent", "existingcode", "originalcode"],
];
const REMOVAL_NAMES = ["isaboutremoval", "isremoval", "removed", "isremoved", "deleted"];
const SIDE_NAMES = ["side", "version"];

const MARKS = new Set([
  ...SEVERITY_NAMES,
  ...FILE_NAMES,
  ...PLACE_NAMES,
  "line",
  "lines",
  "startline",
  "evidence",
  "quote",
]);

/** Whether an object that stands anywhere in an answer reads as a finding: it has words, and a severity or a place. */
export function isFinding(object: LooseObject): boolean {
  const hasMark = object.entries.some(([key, value]) => value !== null && MARKS.has(toPlainKey(key)));
  return hasMark && findText(object, [...TITLE_NAMES, ...BODY_NAMES]) !== undefined;
}

/** A finding, and what was missing of it. */
export interface ReadFinding {
  readonly finding: RawFinding;
  readonly problems: readonly string[];
  /** Whether its severity is told. */
  readonly isWeighed: boolean;
}

const MOST_TITLE = 300;
const MOST_BODY = 8_000;
const MOST_EVIDENCE = 4_000;
const USUAL_CONFIDENCE = 0.5;

/** Reads an object as a finding; `within` is the key that it stood under, which may be its path. */
export function readFinding(object: LooseObject, within?: string): ReadFinding {
  const problems: string[] = [];
  const words = readWords(object);
  const severity = readSeverity(findField(object, SEVERITY_NAMES)) ?? words.severity;
  if (severity === undefined) problems.push("it has no severity, and counts as P2");
  if (words.title === "") problems.push("it has no words");
  const nested = findObjects(object, PLACE_NAMES);
  const place = findPlace(object, nested, within);
  const lines = [object, ...nested].map(findLines).find((range) => range !== undefined) ?? place?.lines;
  const evidence = [object, ...nested].map((one) => findText(one, EVIDENCE_NAMES)).find((text) => text !== undefined);
  const finding: RawFinding = {
    severity: severity ?? "P2",
    file: place?.file,
    startLine: lines?.start,
    endLine: lines?.end,
    title: words.title === "" ? "(without words)" : words.title,
    body: words.body,
    confidence: readConfidence(findField(object, CONFIDENCE_NAMES)) ?? USUAL_CONFIDENCE,
    evidence: evidence === undefined ? undefined : cutEvidence(stripFence(evidence)),
    isAboutRemoval: readRemoval(object),
  };
  return { finding, problems, isWeighed: severity !== undefined };
}

interface Words {
  readonly severity: Severity | undefined;
  readonly title: string;
  readonly body: string;
}

function readWords(object: LooseObject): Words {
  const told = findText(object, TITLE_NAMES)?.trim();
  const text = findText(object, BODY_NAMES)?.trim() ?? "";
  const advice = findText(object, ADVICE_NAMES)?.trim();
  const [first = "", ...rest] = (told ?? text).split("\n");
  const tagged = splitTag(first.trim());
  const body = [...(told === undefined ? rest : [...rest, text]), ...(advice === undefined ? [] : [advice])].join("\n");
  return {
    severity: tagged.severity,
    title: cutText(tagged.title.trim().toWellFormed(), MOST_TITLE),
    body: cutText(body.trim().toWellFormed(), MOST_BODY),
  };
}

function findPlace(object: LooseObject, nested: readonly LooseObject[], within: string | undefined): Place | undefined {
  for (const one of [object, ...nested]) {
    for (const name of FILE_NAMES) {
      const value = findField(one, [name]);
      const place = typeof value === "string" ? readPlace(value) : undefined;
      if (place !== undefined) return place;
    }
  }
  return within !== undefined && /[./]/.test(within) ? readPlace(within) : undefined;
}

function readRemoval(object: LooseObject): boolean | undefined {
  const told = findField(object, REMOVAL_NAMES);
  if (typeof told === "boolean") return told;
  const side = findText(object, SIDE_NAMES)?.toLowerCase();
  if (side === undefined) return undefined;
  return /\b(?:old|left|before|removed|deleted|base)\b/.test(side);
}

// A fence, or back quotes around one line. What is left is compared with the file.
function stripFence(text: string): string {
  const trimmed = text.trim();
  const mark = /^(?:`{3,}|~{3,})/.exec(trimmed)?.[0];
  const first = trimmed.indexOf("\n");
  if (mark === undefined || first === -1) return /^`([^`\n]+)`$/.exec(trimmed)?.[1] ?? text;
  const inner = trimmed.slice(first + 1);
  return inner.endsWith(mark) ? inner.slice(0, -mark.length) : inner;
}

// Whole lines, so that what is left still stands in the file.
function cutEvidence(text: string): string | undefined {
  const shown =
    text.length <= MOST_EVIDENCE ? text : text.slice(0, text.lastIndexOf("\n", MOST_EVIDENCE) + 1 || MOST_EVIDENCE);
  return shown.trim() === "" ? undefined : shown.toWellFormed();
}
