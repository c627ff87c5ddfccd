// What the review tools share: their arguments, their output, and how one runs.
import * as z from "zod";
import type { ReviewRequest, TargetRequest } from "../delegation/reviews/reviews.ts";
import type { AgentId } from "../domain/agents.ts";
import { promptArgument, wordArgument } from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import type { FinishedCall, StartedJob, ToolContext } from "./define-tool.ts";
import { toReviewAnswer } from "./review-answer.ts";
import { turnFields } from "./turn-answer.ts";

const TARGETS = ["uncommitted", "branch", "commit", "text", "files"] as const;

/** Fields of every review, with the descriptions the model reads. */
export const reviewArguments = {
  target: z.enum(TARGETS).optional().describe("Default: uncommitted."),
  base: wordArgument.optional().describe("Branch or commit to compare."),
  commit: wordArgument.optional().describe("Commit to review."),
  text: promptArgument.optional().describe("Plan or text to review."),
  files: z.array(z.string().min(1)).min(1).max(100).optional().describe("Files to review."),
  focus: promptArgument
    .refine((text) => text.length <= 4_000, "may have at most 4000 characters")
    .optional()
    .describe("Makes it adversarial: approach, failure modes."),
};

/** Output schema of a review by one agent. */
export const reviewOutput = z.looseObject({
  content: z.string(),
  review: z.string().optional(),
  verdict: z.string().optional(),
  findings: z.array(z.looseObject({})).optional(),
  threadId: z.string().optional(),
  usage: turnFields.usage,
  warnings: turnFields.warnings,
  error: turnFields.error,
});

/** Runs the review of one agent. */
export function runReviewTool(
  { tool, agent }: { readonly tool: string; readonly agent: AgentId },
  {
    background,
    title,
    ...request
  }: ReviewRequest & { readonly background?: boolean | undefined; readonly title?: string | undefined },
  context: ToolContext,
): Promise<FinishedCall | StartedJob> {
  return runAsJob(context, {
    ...{ tool, agent, background, title: title ?? toReviewTitle(request, request.since), takesInput: false },
    needsRoots: needsRoots(request.cwd),
    act: async (call) => {
      const { reviews } = await context.agents.open(agent);
      return toReviewAnswer(await reviews.run(request, call));
    },
  });
}

/** The title of the job. `since` is the id of an earlier review. */
export function toReviewTitle({ target, base, commit, text, files }: TargetRequest, since?: string): string {
  if (commit !== undefined) return `Review of commit ${commit}`;
  if (text !== undefined) return `Review of a text: ${text}`;
  if (files !== undefined) return `Review of ${files.join(", ")}`;
  if (base !== undefined || target === "branch")
    return `Review of the branch${base === undefined ? "" : ` against ${base}`}`;
  return since === undefined ? "Review of uncommitted changes" : `Review of what changed since ${since}`;
}
