import * as z from "zod";
import { CODEX } from "../domain/agents.ts";
import { jobArguments, turnArguments } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { reviewArguments, reviewOutput, runReviewTool } from "./review-arguments.ts";

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
    ...reviewArguments,
    since: z.string().optional().describe("Id of an earlier review: only what changed, and what is settled."),
    model: turnArguments.model,
    reasoningEffort: turnArguments.reasoningEffort,
    cwd: z.string().optional().describe("As in codex."),
    timeoutMs: turnArguments.timeoutMs,
    ...jobArguments,
  }),
  output: reviewOutput,
  handle: (args, context) => runReviewTool({ tool: "codex-review", agent: CODEX.id }, args, context),
});
