// The texts of a session's entries, as a person or another agent reads them.

import type { CodeChange } from "../../checkpoints/checkpoint.ts";
import type { CheckResult } from "../../domain/check.ts";
import { hasPassed } from "../../domain/check.ts";
import { cutText } from "../../domain/cut-text.ts";
import type { Review, ReviewFinding } from "../../state/review-files.ts";

/** Of what an agent says: an entry takes no more, and all of it is in the review. */
const MOST_CHARACTERS = 100_000;

/** The title of an entry: `[SESSION-20260317-D8VRQ2XM] CLAUDE PLAN: versions of zones`. */
export function toEntryTitle(sessionId: string, what: string, subject: string): string {
  return `[${sessionId.split("-").slice(0, 3).join("-")}] ${what}: ${subject}`;
}

/** What a review found, with the ids by which `taken` names them. */
export function toReviewText({ id, verdict, summary, findings }: Review): string {
  const parts = [
    `Verdict: ${verdict} (review ${id})`,
    ...(summary === "" ? [] : [summary]),
    ...(findings.length === 0 ? ["Nothing was found."] : findings.map(toFindingText)),
  ];
  return cutText(parts.join("\n\n"), MOST_CHARACTERS);
}

function toFindingText({ id, severity, file, startLine, title, body, isVerified }: ReviewFinding): string {
  const place = file === undefined ? "" : ` ${file}${startLine === undefined ? "" : `:${startLine}`}`;
  return `${id} ${severity}${place} ${title}${isVerified ? "" : " (its quotation was not found)"}\n${body}`;
}

/** What was done. */
export interface Implementation {
  readonly text: string;
  readonly changes: readonly CodeChange[];
  readonly more: number;
  /** Ids of findings. */
  readonly taken: readonly string[];
  readonly left: readonly string[];
}

/** The text of an implementation. */
export function toImplementationText({ text, changes, more, taken, left }: Implementation): string {
  const files = changes.map(({ path, kind }) => `- ${kind} ${path}`);
  return [
    text.trim(),
    [
      "## Changed files (from git)",
      ...(files.length === 0 ? ["none"] : files),
      ...(more > 0 ? [`and ${more} more`] : []),
    ].join("\n"),
    ...(taken.length + left.length === 0
      ? []
      : [`## Findings of the review\nTaken: ${taken.join(", ") || "none"}\nNot taken: ${left.join(", ") || "none"}`]),
  ].join("\n\n");
}

/** The text of a validation. */
export function toValidationText(review: Review, check: CheckResult | undefined): string {
  const told =
    check === undefined
      ? []
      : [
          `## Check\n${check.command}: ${hasPassed(check) ? "passed" : `failed (exit ${check.exitCode ?? "none, its time was up"})`}\n${cutText(check.output, MOST_CHARACTERS)}`,
        ];
  return [toReviewText(review), ...told].join("\n\n");
}
