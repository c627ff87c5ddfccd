// Checks what the passes of a review found against what was reviewed, and stores the review.
import { sayThrown } from "../../domain/printable.ts";
import type { Redact } from "../../domain/redact.ts";
import { checkEvidence } from "../../reviews/check-evidence.ts";
import type { ReviewMaterial } from "../../reviews/target.ts";
import type { Review } from "../../state/review-files.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { buildReview } from "./build-review.ts";
import type { ReviewPlan } from "./plan-review.ts";
import type { ReviewOptions } from "./review-options.ts";
import type { Reviewed } from "./reviews.ts";
import type { PassEnd } from "./run-pass.ts";
import { settleFindings } from "./settle-findings.ts";
import { tellThreads } from "./tell-threads.ts";

/** What a review is kept with. */
export interface KeepScope {
  readonly parts: DelegationParts;
  readonly options: ReviewOptions;
}

/** Makes the review of its passes, and stores it. One that cannot be stored is still an answer. */
export async function keepReview(plan: ReviewPlan, ends: readonly PassEnd[], scope: KeepScope): Promise<Reviewed> {
  const { redact, clock, baseDir, backend } = scope.parts.options;
  const material = redactMaterial(plan.material, redact);
  const settlement = await settleFindings(plan, ends, material);
  const answers = ends.flatMap(({ result }) => ("error" in result ? [] : [result.answer]));
  const found = await Promise.all(answers.map(({ findings }) => checkEvidence(findings, material)));
  const review = buildReview(
    plan,
    { ends, found, settlement },
    {
      ...{ id: scope.options.newId(), project: baseDir, agent: backend.agent, redact },
      durationMs: clock() - plan.createdAt,
    },
  );
  return store(review, scope);
}

function store(review: Review, { parts, options: { files } }: KeepScope): Reviewed {
  const { redact, logger } = parts.options;
  const { what } = review;
  try {
    files.write(review);
  } catch (error) {
    logger.error({ err: error }, "a review could not be stored");
    const reason = sayThrown(error);
    const lost = `The review could not be stored, so \`since\` cannot name it: ${redact(reason)}.`;
    return { what, review: { ...review, warnings: [...review.warnings, lost] }, path: undefined };
  }
  tellThreads(parts, review);
  return { what, review, path: files.toPath(review) };
}

// Answers come without secrets, so a quotation is looked for in files without them. Line by line: the number of lines must stay.
function redactMaterial(material: ReviewMaterial, redact: Redact): ReviewMaterial {
  const redactLines = (text: string | undefined): string | undefined => text?.split("\n").map(redact).join("\n");
  return {
    ...material,
    readReviewed: async (path) => redactLines(await material.readReviewed(path)),
    readBefore: async (path) => redactLines(await material.readBefore(path)),
  };
}
