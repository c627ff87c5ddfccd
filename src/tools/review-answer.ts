// The result of a review: the verdict in words, then the findings, the most serious first, within what a client shows.
import type { Review, Reviewed, ReviewFinding } from "../delegation/reviews/reviews.ts";
import { countOf } from "../domain/count-of.ts";
import { cutText } from "../domain/cut-text.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

// Together they stay below the 45,000 characters of a result.
const FINDINGS = { items: 60, bytes: 22_000 };
const SETTLED = { items: 40, bytes: 3_000 };
const LEFT_OUT = { items: 20, bytes: 2_500 };
const WARNINGS = { items: 12, bytes: 5_000 };
const SUMMARY_CHARACTERS = 2_500;
const BODY_CHARACTERS = 1_500;
const LINE_CHARACTERS = 400;
const MOST_MERGED = 5;

const SEVERITIES = ["P0", "P1", "P2", "P3"] as const;

/** Writes the result. Never throws. */
export function toReviewAnswer(reviewed: Reviewed): ToolAnswer {
  const { review } = reviewed;
  if (review === undefined) {
    const content = `Nothing to review: ${cutText(reviewed.what, LINE_CHARACTERS)}.`;
    // In a repository within this one there may be changes that nobody read.
    const { isWhole } = reviewed;
    const judged = isWhole ? { verdict: "approve" } : { verdict: "incomplete", incomplete: true };
    return toAnswer({ content, ...judged, findings: [], ...toWarnings(reviewed.warnings) }, []);
  }
  const findings = takeWithin(review.findings.map(shortenFinding), FINDINGS);
  const settled = takeWithin(review.settled, SETTLED);
  const leftOut = takeWithin(review.leftOut, LEFT_OUT);
  const threads = review.passes.flatMap(({ threadId }) => threadId ?? []);
  const structured = {
    content: describeReview(review, reviewed.path),
    ...{ review: reviewed.path === undefined ? undefined : review.id, verdict: review.verdict },
    findings: findings.kept,
    moreFindings: toMore(findings.more),
    // Those that were left out stand in the file.
    path: findings.more + settled.more + leftOut.more === 0 ? undefined : reviewed.path,
    counts: countFindings(review),
    ...(review.settled.length === 0 ? {} : { settled: settled.kept, moreSettled: toMore(settled.more) }),
    threadId: threads[0],
    ...(review.passes.length < 2 ? {} : { passes: review.passes.map(toPass) }),
    ...(review.leftOut.length === 0 ? {} : { leftOut: leftOut.kept, moreLeftOut: toMore(leftOut.more) }),
    incomplete: review.isIncomplete ? true : undefined,
    ...{ cwd: review.cwd, model: review.model, reasoningEffort: review.reasoningEffort, usage: review.usage },
    durationMs: review.durationMs,
    ...toWarnings(review.warnings),
  };
  return toAnswer(structured, findings.kept);
}

function toAnswer(
  structured: Readonly<Record<string, unknown>> & { readonly content: string },
  findings: readonly ReviewFinding[],
): ToolAnswer {
  const known = Object.fromEntries(Object.entries(structured).filter(([, value]) => value !== undefined));
  return { structured: known, text: [structured.content, ...findings.map(toText)].join("\n\n"), links: [] };
}

function describeReview(review: Review, path: string | undefined): string {
  const { what, verdict, since, summary, passes } = review;
  const failed = passes.filter(({ error }) => error !== undefined).length;
  const sentences = [
    `Verdict: ${verdict}. ${describeCounts(review)}. Reviewed: ${cutText(what, LINE_CHARACTERS)}.`,
    ...(since === undefined ? [] : [describeSince(review)]),
    ...(failed === 0 ? [] : [`${failed} of ${passes.length} passes failed, see warnings.`]),
    ...(review.leftOut.length === 0 ? [] : [`${countOf(review.leftOut.length, "file")} left out.`]),
  ];
  const advice = describeNext(review, path);
  const next = advice === "" ? [] : [advice];
  return [sentences.join(" "), ...(summary === "" ? [] : [cutText(summary, SUMMARY_CHARACTERS)]), ...next].join("\n\n");
}

function describeCounts({ findings }: Review): string {
  if (findings.length === 0) return "No findings";
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const unverified = findings.filter(({ isVerified }) => !isVerified).length;
  const marked = unverified === 0 ? "" : `, ${unverified} of them unverified (\`why\` says what is missing)`;
  return `${countOf(findings.length, "finding")} (${counts.join(", ")})${marked}`;
}

function describeSince({ since, settled, findings, passes }: Review): string {
  const open = findings.filter(({ earlier }) => earlier !== undefined).length;
  const ran = passes.length === 0 ? " Nothing changed that could be reviewed, so no turn ran." : "";
  return `Since ${since}: ${settled.length} of its findings settled, ${open} still open.${ran}`;
}

function describeNext({ id, passes, findings }: Review, path: string | undefined): string {
  if (findings.length === 0) return "";
  const discuss = passes.some(({ threadId }) => threadId !== undefined)
    ? " Discuss one with codex-reply on threadId."
    : "";
  const again = path === undefined ? "" : ` After mending: codex-review with since ${id}.`;
  return `Judge each finding against the code before you act on it; some may be wrong.${discuss}${again}`;
}

function shortenFinding(finding: ReviewFinding): ReviewFinding {
  const { title, body, evidence, why, note, isAboutRemoval, merged, ...rest } = finding;
  return {
    ...rest,
    ...(merged === undefined ? {} : { merged: merged.slice(0, MOST_MERGED).map(shortenMerged) }),
    ...(isAboutRemoval === true ? { isAboutRemoval } : {}),
    title: cutText(title, LINE_CHARACTERS),
    body: cutText(body, BODY_CHARACTERS),
    ...(evidence === undefined ? {} : { evidence: cutText(evidence, LINE_CHARACTERS) }),
    ...(why === undefined ? {} : { why: cutText(why, LINE_CHARACTERS) }),
    ...(note === undefined ? {} : { note: cutText(note, LINE_CHARACTERS) }),
  };
}

// What differs from the finding that it went into.
function shortenMerged({ severity, confidence, startLine, endLine, title, body, isVerified, earlier }: MergedFinding) {
  return {
    ...{ severity, confidence, startLine, endLine, isVerified, earlier },
    ...{ title: cutText(title, LINE_CHARACTERS), body: cutText(body, LINE_CHARACTERS) },
  };
}

type MergedFinding = NonNullable<ReviewFinding["merged"]>[number];

function countFindings({ findings }: Review): Record<string, number> {
  const counts = SEVERITIES.map((severity) => [severity, findings.filter((one) => one.severity === severity).length]);
  return { ...Object.fromEntries(counts), unverified: findings.filter(({ isVerified }) => !isVerified).length };
}

function toPass({ threadId, files, error }: Review["passes"][number]): Readonly<Record<string, unknown>> {
  return { threadId, files: files.length, ...(error === undefined ? {} : { error }) };
}

function toMore(more: number): number | undefined {
  return more === 0 ? undefined : more;
}

function toWarnings(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  const { kept, more } = takeWithin(
    warnings.map((text) => cutText(text, LINE_CHARACTERS)),
    WARNINGS,
  );
  if (kept.length === 0) return {};
  return { warnings: more === 0 ? kept : [...kept, `${more} more warnings were left out.`] };
}

function toText({
  id,
  severity,
  file,
  startLine,
  title,
  body,
  evidence,
  isVerified,
  why,
  earlier,
  merged = [],
}: ReviewFinding): string {
  const place = file === undefined ? "" : ` ${file}${startLine === undefined ? "" : `:${startLine}`}`;
  const old = earlier === undefined ? "" : `, open since before (${earlier})`;
  const mark = isVerified ? "" : `, unverified${why === undefined ? "" : `: ${why}`}`;
  const quote = evidence === undefined ? "" : `\n> ${evidence.replaceAll("\n", "\n> ")}`;
  // A file of the reviewed code can have any name.
  const head = toPrintableLine(`${id} ${severity}${place} ${title}${old}${mark}`);
  const also = merged.map((one) => `\n${toPrintableLine(`Also found: ${one.severity} ${one.title}`)}`).join("");
  return `${head}${quote}\n${body}${also}`;
}
