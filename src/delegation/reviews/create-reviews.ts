// Makes the use case of reviews.
import type { DelegationParts } from "../turns/delegation-parts.ts";
import type { ReviewOptions } from "./review-options.ts";
import { nameReviewState } from "./review-state.ts";
import type { Reviews } from "./reviews.ts";
import { runReview } from "./run-review.ts";

/** Makes it. */
export function createReviews(parts: DelegationParts, options: ReviewOptions): Reviews {
  return {
    run: (request, call) => runReview(parts, options, request, call),
    nameState: (cwd, signal) => nameReviewState(options.readTarget, cwd, signal),
  };
}
