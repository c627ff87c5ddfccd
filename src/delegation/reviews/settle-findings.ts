// What became of the findings of an earlier review. What is not known to be settled stays open.
import { checkEvidence } from "../../reviews/check-evidence.ts";
import type { CheckedFinding } from "../../reviews/finding.ts";
import { judgeOldFindings } from "../../reviews/old-findings.ts";
import type { ReviewMaterial } from "../../reviews/target.ts";
import type { Review, ReviewFinding } from "../../state/review-files.ts";
import type { Decision } from "./earlier-schema.ts";
import type { ReviewPlan } from "./plan-review.ts";
import type { PassEnd } from "./run-pass.ts";

/** An earlier finding that is still open. */
export interface OpenFinding extends CheckedFinding {
  /** Its id in the earlier review. */
  readonly earlier: string;
  readonly isFromOtherTarget?: boolean | undefined;
}

/** What became of the findings. */
export interface Settlement {
  readonly open: readonly OpenFinding[];
  readonly settled: Review["settled"];
}

/**
 * Decides on the findings of the earlier review: by the pass that was asked about one, otherwise by whether its lines still stand. Those of another
 * target stay open.
 */
export async function settleFindings(
  { earlier, isSameTarget, leftOut }: Pick<ReviewPlan, "earlier" | "isSameTarget" | "leftOut">,
  ends: readonly PassEnd[],
  material: ReviewMaterial,
): Promise<Settlement> {
  if (earlier === undefined) return { open: [], settled: [] };
  const isElsewhere = (finding: ReviewFinding): boolean => !isSameTarget || finding.isFromOtherTarget === true;
  const elsewhere = earlier.findings.filter(isElsewhere);
  const here = earlier.findings.filter((finding) => !isElsewhere(finding));
  const asked = new Set(ends.flatMap(({ parts }) => parts.earlier.map(({ id }) => id)));
  const decisions = readDecided(ends);
  const open: ReviewFinding[] = [];
  const settled: Review["settled"] = [];
  for (const { finding, state, why } of await judgeOldFindings(here, { ...material, leftOut })) {
    const { id, title } = finding;
    const decision = decisions.get(id);
    if (decision?.isSettled === true) settled.push({ id, title, why: decision.why });
    else if (state === "settled" && !asked.has(id)) settled.push({ id, title, why });
    else open.push(finding);
  }
  // Where files changed, lines may have moved, and quotations may be gone.
  const changed = open.filter(({ id }) => asked.has(id));
  const now = await checkEvidence(changed, material);
  const checked = new Map(changed.map(({ id }, at) => [id, now[at]]));
  const stillOpen = open.map((finding) => ({ ...recheck(finding, checked.get(finding.id)), earlier: finding.id }));
  const untouched = elsewhere.map((finding) => ({
    ...{ ...finding, earlier: finding.id, isFromOtherTarget: true },
    merged: finding.merged?.map((one) => ({ ...one, isFromOtherTarget: true })),
  }));
  return { open: [...stillOpen, ...untouched], settled };
}

// To change a quoted line settles nothing: an open finding counts as it did.
function recheck(finding: ReviewFinding, now: CheckedFinding | undefined): CheckedFinding {
  if (now === undefined || now.isVerified) return { ...finding, ...now, ...(now && { wasVerified: undefined }) };
  const wasVerified = finding.isVerified || finding.wasVerified === true;
  if (!wasVerified) return { ...finding, ...now };
  return { ...finding, ...now, wasVerified, why: `its quote is of an earlier state: now ${now.why ?? "it is gone"}` };
}

// A pass decides only on what it was asked about. One that says both of a finding has not settled it.
function readDecided(ends: readonly PassEnd[]): Map<string, Decision> {
  const decided = new Map<string, Decision>();
  for (const { parts, result } of ends) {
    if ("error" in result) continue;
    const ids = new Set(parts.earlier.map(({ id }) => id));
    for (const decision of result.answer.earlier) {
      if (ids.has(decision.id) && decided.get(decision.id)?.isSettled !== false) decided.set(decision.id, decision);
    }
  }
  return decided;
}
