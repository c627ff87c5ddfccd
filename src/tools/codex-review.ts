import * as z from "zod";
import type { ReviewRequest } from "../delegation/reviews/reviews.ts";
import { CODEX } from "../domain/agents.ts";
import { jobArguments, promptArgument, turnArguments, wordArgument } from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool } from "./define-tool.ts";
import { toReviewAnswer } from "./review-answer.ts";
import { turnFields } from "./turn-answer.ts";

const TARGETS = ["uncommitted", "branch", "commit", "text", "files"] as const;

/** `codex-review`: a review whose findings quote what they are about. */
export const codexReviewTool = defineTool({
  name: "codex-review",
  title: "Have Codex review",
  description:
    "Have Codex review uncommitted changes, a branch, a commit, files or a plan. Read-only: several run at once, in plan mode too. Each finding quotes its lines, and the bridge checks the quote. Judge every finding yourself; never apply findings blindly, as that tends to make code worse.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: {
    "anthropic/searchHint": "code review by Codex: diff, branch, commit, files, plan; find bugs, second opinion",
  },
  input: z.strictObject({
    target: z.enum(TARGETS).optional().describe("Default: uncommitted."),
    base: wordArgument.optional().describe("Branch or commit to compare a branch with."),
    commit: wordArgument.optional().describe("Commit to review."),
    text: promptArgument.optional().describe("Plan or text to review."),
    files: z.array(z.string().min(1)).min(1).max(100).optional().describe("Whole files to review."),
    focus: promptArgument
      .refine((text) => text.length <= 4_000, "may have at most 4000 characters")
      .optional()
      .describe("Makes it adversarial: approach, assumptions, failure modes."),
    since: z.string().optional().describe("Id of an earlier review: only what changed, and what is settled."),
    model: turnArguments.model,
    reasoningEffort: turnArguments.reasoningEffort,
    cwd: z.string().optional().describe("As in codex."),
    timeoutMs: turnArguments.timeoutMs,
    ...jobArguments,
  }),
  output: z.looseObject({
    content: z.string(),
    review: z.string().optional(),
    verdict: z.string().optional(),
    findings: z.array(z.looseObject({})).optional(),
    threadId: z.string().optional(),
    usage: turnFields.usage,
    warnings: turnFields.warnings,
    error: turnFields.error,
  }),
  handle: ({ background, title, ...request }, context) =>
    runAsJob(context, {
      ...{ tool: "codex-review", agent: CODEX.id, background, title: title ?? toTitle(request), takesInput: false },
      needsRoots: needsRoots(request.cwd),
      act: async (call) => {
        const { reviews } = await context.agents.open(CODEX.id);
        return toReviewAnswer(await reviews.run(request, call));
      },
    }),
});

function toTitle({ target, base, commit, text, files, since }: ReviewRequest): string {
  if (commit !== undefined) return `Review of commit ${commit}`;
  if (text !== undefined) return `Review of a text: ${text}`;
  if (files !== undefined) return `Review of ${files.join(", ")}`;
  if (base !== undefined || target === "branch")
    return `Review of the branch${base === undefined ? "" : ` against ${base}`}`;
  return since === undefined ? "Review of uncommitted changes" : `Review of what changed since ${since}`;
}
