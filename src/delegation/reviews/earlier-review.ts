// The review that another one follows: what it was of, and which of its findings each pass decides on.
import { resolve } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import type { ReviewedFile, ReviewMaterial, ReviewState, ReviewTarget } from "../../reviews/target.ts";
import type { Review, ReviewFiles, ReviewFinding } from "../../state/review-files.ts";

/** The review with an id, of a project. Throws REVIEW_NOT_FOUND. */
export function findReview(files: Pick<ReviewFiles, "find">, project: string, id: string): Review {
  const stored = files.find(project, id);
  if (stored.kind === "record") return stored.value;
  const reason = stored.kind === "absent" ? "There is no review" : "The review cannot be read:";
  throw new BridgeError("REVIEW_NOT_FOUND", `${reason} ${JSON.stringify(id.slice(0, 40))} in this project.`);
}

/** The target of an earlier review. Throws INVALID_ARGUMENT for a text, which is not kept. */
export function toTarget({ target, id }: Review): ReviewTarget {
  const { kind, base, commit = "HEAD", files = [] } = target;
  switch (kind) {
    case "uncommitted":
      return { kind };
    case "branch":
      return { kind, base };
    case "commit":
      return { kind, commit };
    case "files":
      return { kind, files };
    case "text":
      throw new BridgeError(
        "INVALID_ARGUMENT",
        `${id} reviewed a text, which is not kept: pass its new version as \`text\`.`,
      );
  }
}

/**
 * Whether a target is the one of the earlier review. Otherwise what the earlier one read says nothing of what is in this one, and a finding whose
 * file is not in this one is not mended.
 */
export function isSameTarget(earlier: Review, target: ReviewTarget, cwd: string): boolean {
  return earlier.cwd === cwd && toKey(earlier.target, cwd) === toKey(target, cwd);
}

/** Whether what was read is of the same folder and branch: on another branch a finding's lines are not mended, they are not there. */
export function isSamePlace(earlier: Review, { top, state }: ReviewMaterial): boolean {
  return (earlier.top ?? top) === top && toBranch(earlier.state) === toBranch(state);
}

const toBranch = (state: ReviewState): string | undefined => (state.kind === "tree" ? state.branch : undefined);

interface TargetParts {
  readonly kind: ReviewTarget["kind"];
  readonly base?: string | undefined;
  readonly commit?: string | undefined;
  readonly files?: readonly string[] | undefined;
}

function toKey({ kind, base, commit, files = [] }: TargetParts, cwd: string): string {
  const paths = [...new Set(files.map((file) => resolve(cwd, file)))].sort();
  return JSON.stringify([kind, base ?? null, commit ?? null, paths]);
}

/**
 * The state that a review left, so that only later changes are read. Undefined where something was not reviewed: then all of it is read again, or
 * that would never be.
 */
export function toState(earlier: Review): ReviewState | undefined {
  return earlier.isIncomplete ? undefined : earlier.state;
}

/** The earlier findings that each pass decides on: those of its files; the first also has those of no file. */
export function shareFindings(
  passes: readonly (readonly ReviewedFile[])[],
  findings: readonly ReviewFinding[],
): readonly (readonly ReviewFinding[])[] {
  return passes.map((files, at) => {
    const paths = new Set(files.flatMap(({ path, from }) => [path, ...(from === undefined ? [] : [from])]));
    return findings.filter(({ file }) => (file === undefined ? at === 0 : paths.has(file)));
  });
}
