import * as z from "zod";
import { CLAUDE } from "../domain/agents.ts";
import { jobArguments, turnArguments } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { reviewArguments, reviewOutput, runReviewTool } from "./review-arguments.ts";

/** `claude-review`: a review by Claude Code, with the checks of every review. */
export const claudeReviewTool = defineTool({
  name: "claude-review",
  title: "Have Claude Code review",
  description:
    "Code review by Claude Code: uncommitted changes, a branch, a commit, files or a plan. Read-only. Quotes are checked. Judge every finding yourself.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "code review by another Claude Code: diff, branch, commit, files, plan" },
  input: z.strictObject({
    ...reviewArguments,
    since: z.string().optional().describe("Id of an earlier review: what changed, is settled."),
    model: turnArguments.model,
    reasoningEffort: turnArguments.reasoningEffort,
    cwd: z.string().optional().describe("As in claude."),
    timeoutMs: turnArguments.timeoutMs,
    ...jobArguments,
  }),
  output: reviewOutput,
  handle: (args, context) => runReviewTool({ tool: "claude-review", agent: CLAUDE.id }, args, context),
});
