// What a review comes to, and the order of what it found. By rule: a model's own verdict is not read.
import { type CheckedFinding, SEVERITIES } from "./finding.ts";

/** What a review comes to. */
export type Verdict = "approve" | "approve with comments" | "request changes" | "incomplete";

/** A finding in which the model itself has less confidence does not ask for changes by itself. */
const LEAST_CONFIDENCE = 0.5;

/** Whether its evidence counts: it stands there, or stood there in an earlier review that is not settled. */
const isProved = ({ isVerified, wasVerified }: CheckedFinding): boolean => isVerified || wasVerified === true;

/**
 * `request changes`: a verified finding of P0 or P1 with a confidence of at least 0.5, or an open one that was verified in an earlier review.
 * Otherwise `incomplete`, if an answer was not understood to its end or text was left out, since nobody knows what is in it. Otherwise `approve with
 * comments`, if there is any finding, verified or not. Otherwise `approve`. So findings that are not verified never ask for changes.
 */
export function judgeReview(findings: readonly CheckedFinding[], isWhole: boolean): Verdict {
  if (findings.some(asksForChanges)) return "request changes";
  if (!isWhole) return "incomplete";
  return findings.length > 0 ? "approve with comments" : "approve";
}

function asksForChanges(finding: CheckedFinding): boolean {
  const { severity, confidence } = finding;
  return isProved(finding) && (severity === "P0" || severity === "P1") && confidence >= LEAST_CONFIDENCE;
}

/** Verified findings first, then by severity, confidence, file and line. */
export function orderFindings<One extends CheckedFinding>(findings: readonly One[]): One[] {
  return [...findings].sort(
    (one, two) =>
      Number(isProved(two)) - Number(isProved(one)) ||
      SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(two.severity) ||
      two.confidence - one.confidence ||
      compare(one.file ?? "", two.file ?? "") ||
      (one.startLine ?? 0) - (two.startLine ?? 0),
  );
}

const compare = (one: string, two: string): number => (one < two ? -1 : one > two ? 1 : 0);
