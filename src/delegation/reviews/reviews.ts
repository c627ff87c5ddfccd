// Reviews: what is asked for, and what comes of it.
import type { ReviewTarget } from "../../reviews/target.ts";
import type { Review, ReviewFinding } from "../../state/review-files.ts";
import type { CallContext } from "../requests.ts";

export type { Review, ReviewFinding };

/** The arguments that say what is reviewed. */
export interface TargetRequest {
  readonly target?: ReviewTarget["kind"] | undefined;
  readonly base?: string | undefined;
  readonly commit?: string | undefined;
  readonly text?: string | undefined;
  readonly files?: readonly string[] | undefined;
}

/** A review that is asked for. */
export interface ReviewRequest extends TargetRequest {
  /** What to attack: it makes the review adversarial. */
  readonly focus?: string | undefined;
  /** What this reviewer looks at above all, one or two sentences, where others review the same. */
  readonly view?: string | undefined;
  /** What the review is for, a few sentences in words of the bridge. */
  readonly purpose?: string | undefined;
  /** Id of an earlier review: what has not changed since is not reviewed again. */
  readonly since?: string | undefined;
  readonly cwd?: string | undefined;
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  /** Time limit of each turn in ms. */
  readonly timeoutMs?: number | undefined;
}

/** What came of a call. */
export type Reviewed =
  /** `path` is its file; undefined where it could not be stored. */
  | { readonly what: string; readonly review: Review; readonly path: string | undefined }
  /** There was nothing to review, so no turn ran. `isWhole`: nothing was skipped either. */
  | {
      readonly what: string;
      readonly review: undefined;
      readonly isWhole: boolean;
      readonly warnings: readonly string[];
    };

/** What can be done with reviews. */
export interface Reviews {
  /**
   * Reviews with read-only turns. Throws a BridgeError: INVALID_ARGUMENT for a target that cannot be read, REVIEW_NOT_FOUND for `since`, CANCELLED,
   * or the error of the first turn where all failed.
   */
  run(request: ReviewRequest, call: CallContext): Promise<Reviewed>;
  /** A word that names what the uncommitted changes of a directory are now; undefined where there is nothing to review. Throws as ReadTarget. */
  nameState(cwd: string, signal: AbortSignal): Promise<string | undefined>;
}
