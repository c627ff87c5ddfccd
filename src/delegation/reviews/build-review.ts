// Puts the record of a review together: what its passes found, in one order, with a verdict by rule.
import type { Redact } from "../../domain/redact.ts";
import type { TokenUsage } from "../../domain/thread.ts";
import { addTokens } from "../../domain/token-usage.ts";
import type { CheckedFinding } from "../../reviews/finding.ts";
import { mergeFindings } from "../../reviews/merge-findings.ts";
import type { ReviewTarget } from "../../reviews/target.ts";
import { judgeReview } from "../../reviews/verdict.ts";
import type { Review, ReviewFinding } from "../../state/review-files.ts";
import type { ReviewPlan } from "./plan-review.ts";
import type { PassEnd } from "./run-pass.ts";
import type { Settlement } from "./settle-findings.ts";

/** What the passes came to. */
export interface ReviewOutcome {
  readonly ends: readonly PassEnd[];
  /** What was found, by pass, after the check of its evidence. */
  readonly found: readonly CheckedFinding[][];
  readonly settlement: Settlement;
}

/** What the bridge knows besides. */
export interface ReviewFacts {
  readonly id: string;
  /** Directory of the bridge. */
  readonly project: string;
  readonly agent: string;
  readonly durationMs: number;
  readonly redact: Redact;
}

/** Builds it. */
export function buildReview(plan: ReviewPlan, outcome: ReviewOutcome, facts: ReviewFacts): Review {
  const { material, target, leftOut, createdAt } = plan;
  const { ends, settlement } = outcome;
  const { id, project, agent, durationMs, redact } = facts;
  const findings = listFindings(outcome);
  const isSkipped = leftOut.some(({ isMissed }) => isMissed) || (ends.length === 0 && material.within.length > 0);
  const isWhole = ends.every(isRead) && !isSkipped && !plan.isInstructed;
  const judged = findings.flatMap(({ merged = [], ...finding }) => [finding, ...merged]);
  const { model, reasoningEffort } = ends.find(({ report }) => report !== undefined)?.report ?? {};
  const usage = sumUsage(ends);
  return {
    ...{ id, project, createdAt, durationMs, agent, model, reasoningEffort },
    ...{ what: material.what, cwd: plan.cwd, top: material.top, target: toStoredTarget(target) },
    ...(plan.focus === undefined ? {} : { focus: redact(plan.focus) }),
    ...(plan.earlier === undefined ? {} : { since: plan.earlier.id }),
    ...(plan.withoutInstructions ? { withoutInstructions: true } : {}),
    ...(plan.isInstructed ? { isInstructed: true } : {}),
    ...{ verdict: judgeReview(judged, isWhole), isIncomplete: !isWhole, findings, settled: [...settlement.settled] },
    summary: ends.flatMap(listSummary).join("\n\n"),
    state:
      material.state.kind === "tree"
        ? { ...material.state }
        : { ...material.state, hashes: { ...material.state.hashes } },
    leftOut: leftOut.map(({ path, reason }) => ({ path, reason })),
    passes: ends.map(toPass),
    ...(usage === undefined ? {} : { usage: { ...usage } }),
    warnings: [...plan.warnings, ...material.notes, ...ends.flatMap(listWarnings)].map(redact),
  };
}

function isRead({ result }: PassEnd): boolean {
  return !("error" in result) && result.answer.isWhole;
}

// New findings and those still open are one list: a reviewer may report again what is open.
function listFindings({ found, settlement: { open } }: ReviewOutcome): ReviewFinding[] {
  return mergeFindings([...found, open]).map(({ id, merged = [], ...finding }) => {
    const all = [finding, ...merged];
    const earlier = [...new Set(all.flatMap(readEarlier))].join(", ");
    return {
      ...{ id, ...toStored(finding), earlier: earlier === "" ? undefined : earlier },
      // What was found in this target too is settled by what becomes of it here.
      isFromOtherTarget: all.every(isFromOtherTarget) ? true : undefined,
      ...(merged.length === 0 ? {} : { merged: merged.map(toStored) }),
    };
  });
}

function toStored(finding: CheckedFinding): Omit<ReviewFinding, "id" | "merged"> {
  const { severity, file, startLine, endLine, title, body, confidence, evidence, isAboutRemoval } = finding;
  const { isVerified, wasVerified, why, note } = finding;
  return {
    ...{ severity, file, startLine, endLine, title, body, confidence, evidence, isAboutRemoval },
    ...{ isVerified, wasVerified, why, note },
  };
}

function readEarlier(finding: CheckedFinding): string[] {
  return "earlier" in finding && typeof finding.earlier === "string" ? [finding.earlier] : [];
}

const isFromOtherTarget = (finding: CheckedFinding): boolean =>
  "isFromOtherTarget" in finding && finding.isFromOtherTarget === true;

// A text is not kept: it can be long, and its caller has it.
function toStoredTarget(target: ReviewTarget): Review["target"] {
  if (target.kind === "files") return { kind: target.kind, files: [...target.files] };
  return target.kind === "text" ? { kind: target.kind } : { ...target };
}

function listSummary({ result }: PassEnd): string[] {
  return "error" in result || result.answer.summary === "" ? [] : [result.answer.summary];
}

function toPass({ parts, threadId, result }: PassEnd): Review["passes"][number] {
  const error = "error" in result ? result.error.code : undefined;
  return { threadId, files: parts.files.map(({ path }) => path), error };
}

/** The tokens of all passes; undefined where none is known. */
export function sumUsage(ends: readonly PassEnd[]): TokenUsage | undefined {
  return ends
    .flatMap(({ usage }) => usage ?? [])
    .reduce<TokenUsage | undefined>((sum, usage) => (sum === undefined ? usage : addTokens(sum, usage)), undefined);
}

function listWarnings({ parts: { pass }, report, result }: PassEnd): string[] {
  const name = pass.all === 1 ? "The review" : `Pass ${pass.number}`;
  const told = report?.warnings ?? [];
  if ("error" in result) return [...told, `${name} failed: [${result.error.code}] ${result.error.message}`];
  const { isWhole, problems } = result.answer;
  if (problems.length === 0) return [...told];
  const isTold = isWhole || problems.some((problem) => /findings may be missing|has no severity/.test(problem));
  const lost = isTold ? "" : " Findings may be missing.";
  return [...told, `${name} had an answer that was read as far as possible. ${problems.join(" ")}${lost}`];
}
