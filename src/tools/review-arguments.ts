// The arguments of reviews: what is reviewed, and how.
import * as z from "zod";
import type { TargetRequest } from "../delegation/reviews/reviews.ts";
import { promptArgument, wordArgument } from "./arguments.ts";

const TARGETS = ["uncommitted", "branch", "commit", "text", "files"] as const;

/** Fields of every review, with the descriptions the model reads. */
export const reviewArguments = {
  target: z.enum(TARGETS).optional().describe("Default: uncommitted."),
  base: wordArgument.optional().describe("Branch or commit to compare a branch with."),
  commit: wordArgument.optional().describe("Commit to review."),
  text: promptArgument.optional().describe("Plan or text to review."),
  files: z.array(z.string().min(1)).min(1).max(100).optional().describe("Whole files to review."),
  focus: promptArgument
    .refine((text) => text.length <= 4_000, "may have at most 4000 characters")
    .optional()
    .describe("Makes it adversarial: approach, assumptions, failure modes."),
};

/** The title of the job. `since` is the id of an earlier review. */
export function toReviewTitle({ target, base, commit, text, files }: TargetRequest, since?: string): string {
  if (commit !== undefined) return `Review of commit ${commit}`;
  if (text !== undefined) return `Review of a text: ${text}`;
  if (files !== undefined) return `Review of ${files.join(", ")}`;
  if (base !== undefined || target === "branch")
    return `Review of the branch${base === undefined ? "" : ` against ${base}`}`;
  return since === undefined ? "Review of uncommitted changes" : `Review of what changed since ${since}`;
}
