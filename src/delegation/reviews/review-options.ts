// What reviews are made with.
import type { ReadTarget } from "../../reviews/target.ts";
import type { ReviewFiles } from "../../state/review-files.ts";
import type { Delegation } from "../turns/delegation.ts";

/** Options of the use case. */
export interface ReviewOptions {
  readonly delegation: Delegation;
  readonly files: Pick<ReviewFiles, "find" | "write" | "toPath">;
  readonly readTarget: ReadTarget;
  /** A new id of a review. */
  readonly newId: () => string;
  /** A word that nobody can guess. */
  readonly newMark: () => string;
}
