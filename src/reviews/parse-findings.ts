// Reads the findings of a model's answer. A schema was asked for, but nothing holds a model to it: what it meant is read, whatever it wrote.
import { cutText } from "../domain/cut-text.ts";
import { collectFindings, type WrittenFinding } from "./answers/collect-findings.ts";
import { findMarkdownFindings } from "./answers/markdown-findings.ts";
import { isPlainNo, isPolite } from "./answers/plain-no.ts";
import { readFinding } from "./answers/read-finding.ts";
import { tellsDefect } from "./answers/told-severity.ts";
import type { ParsedAnswer, RawFinding } from "./finding.ts";

/** Characters that are read: several times what a model writes at once. */
const MOST_CHARACTERS = 1_000_000;
const MOST_FINDINGS = 500;
const MOST_PROBLEMS = 20;
const MOST_SUMMARY = 4_000;
const BESIDES = "It has an empty list, and words beside it that were not understood: findings may be missing.";

const AGAINST = "It has an empty list, and says beside it that not all is well: findings may be missing.";

/** Reads an answer. Never throws; takes a time in proportion to the answer's length. */
export function parseFindings(answer: string): ParsedAnswer {
  const text = unwrapText(answer.slice(0, MOST_CHARACTERS));
  const collected = collectFindings(text);
  const problems: string[] = [];
  if (answer.length > MOST_CHARACTERS) problems.push(`Only its first ${MOST_CHARACTERS} characters were read.`);
  if (collected.hasGap) problems.push("Its JSON is cut or broken, or an entry is no finding: findings may be missing.");
  if (collected.findings.length > 0 || collected.hasList) {
    // A model may show an empty list of somebody else, and write its own findings as prose.
    const written = collected.findings.length > 0 ? collected.findings : toWritten(text);
    const summary = collected.summaries.at(-1) ?? "";
    if (written.length === 0 && !isPolite(collected.besides)) problems.push(BESIDES);
    const isAgainst = collected.hasDoubt || collected.summaries.some(tellsDefect);
    if (written.length === 0 && isAgainst) problems.push(AGAINST);
    return finish(written, { summary, problems, isWhole: problems.length === 0 });
  }
  const written = toWritten(text);
  const isWhole = written.length > 0 ? isRendered(text) : isPlainNo(text);
  if (!isWhole) problems.push("It is not in the form that was asked for: findings may be missing.");
  return finish(written, { summary: readSummary(text), problems, isWhole: isWhole && problems.length === 0 });
}

// An answer that is a JSON string, with the JSON in it.
function unwrapText(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('"')) return text;
  try {
    const inner: unknown = JSON.parse(trimmed);
    return typeof inner === "string" ? inner : text;
  } catch {
    return text;
  }
}

const toWritten = (text: string): WrittenFinding[] =>
  findMarkdownFindings(text).map((object) => ({ object, within: undefined }));

/** The form in which Codex writes the findings of its own reviews (docs/codex-cli.md#reviews). */
const RENDERED = /^(?:Full review comments|Review comments?):[ \t]*$/m;

const isRendered = (text: string): boolean => RENDERED.test(text);

// What stands before the list.
function readSummary(text: string): string {
  const end = /^(?:Full review comments|Review comments?):|^[ \t]{0,8}(?:[-*+•]|\d{1,3}[.)]|#{1,6}) +\S/m.exec(
    text,
  )?.index;
  return text.slice(0, end === undefined || end === 0 ? undefined : end).trim();
}

function finish(
  written: readonly WrittenFinding[],
  { summary, problems, isWhole }: { readonly summary: string; readonly problems: string[]; readonly isWhole: boolean },
): ParsedAnswer {
  const findings: RawFinding[] = [];
  const all = [...problems];
  let unweighed = 0;
  for (const { object, within } of written.slice(0, MOST_FINDINGS)) {
    const read = readFinding(object, within);
    findings.push(read.finding);
    if (!read.isWeighed) unweighed += 1;
    for (const problem of read.problems) all.push(`Finding ${findings.length}: ${problem}.`);
  }
  const isTooMany = written.length > MOST_FINDINGS;
  if (isTooMany) all.unshift(`It has ${written.length} findings; only the first ${MOST_FINDINGS} were read.`);
  const shown = all.slice(0, MOST_PROBLEMS);
  if (all.length > MOST_PROBLEMS) shown.push(`${all.length - MOST_PROBLEMS} more of the kind.`);
  return {
    findings,
    summary: cutText(summary.toWellFormed(), MOST_SUMMARY),
    problems: shown,
    // A finding that may be the most serious is not taken for a small one.
    isWhole: isWhole && !isTooMany && unweighed === 0,
  };
}
