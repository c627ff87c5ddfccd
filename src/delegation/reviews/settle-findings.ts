// What became of the findings of an earlier review. What is not known to be settled stays open.
import { checkEvidence } from "../../reviews/check-evidence.ts";
import type { CheckedFinding } from "../../reviews/finding.ts";
import { judgeOldFindings } from "../../reviews/old-findings.ts";
import type { ReviewMaterial } from "../../reviews/target.ts";
import type { Review } from "../../state/review-files.ts";
import type { PassEnd } from "./run-pass.ts";

/** An earlier finding that is still open. */
export interface OpenFinding extends CheckedFinding {
  /** Its id in the earlier review. */
  readonly earlier: string;
}

/** What became of the findings. */
export interface Settlement {
  readonly open: readonly OpenFinding[];
  readonly settled: Review["settled"];
}

/** Decides on the findings of the earlier review: by the pass that was asked about one, otherwise by whether its lines still stand. */
export async function settleFindings(
  earlier: Review | undefined,
  ends: readonly PassEnd[],
  material: ReviewMaterial,
): Promise<Settlement> {
  if (earlier === undefined) return { open: [], settled: [] };
  const asked = new Set(ends.flatMap(({ parts }) => parts.earlier.map(({ id }) => id)));
  const decisions = new Map(ends.flatMap(listDecisions).map((decision) => [decision.id, decision]));
  const open: Review["findings"] = [];
  const settled: Review["settled"] = [];
  for (const { finding, state, why } of await judgeOldFindings(earlier.findings, material)) {
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
  return { open: open.map((finding) => ({ ...finding, ...checked.get(finding.id), earlier: finding.id })), settled };
}

// A pass decides only on what it was asked about.
function listDecisions({ parts, result }: PassEnd) {
  if ("error" in result) return [];
  const ids = new Set(parts.earlier.map(({ id }) => id));
  return result.answer.earlier.filter(({ id }) => ids.has(id));
}
