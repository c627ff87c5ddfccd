import * as z from "zod";
import type { CallContext } from "../delegation/requests.ts";
import type { Reviewer } from "../delegation/reviews/panel/panel.ts";
import { runPanel } from "../delegation/reviews/panel/run-panel.ts";
import { findView } from "../delegation/reviews/panel/views.ts";
import { CODEX } from "../domain/agents.ts";
import type { Agents } from "./agents.ts";
import { jobArguments, turnArguments, wordArgument } from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool } from "./define-tool.ts";
import { toPanelAnswer } from "./panel-answer.ts";
import { reviewArguments, toReviewTitle } from "./review-arguments.ts";
import { turnFields } from "./turn-answer.ts";

const MOST_AGENTS = 8;

/** `review_panel`: several agents review one target at once. */
export const reviewPanelTool = defineTool({
  name: "review_panel",
  title: "Have several agents review",
  description:
    "Code review by several agents at once, each with its own view. Findings are listed, then merged: who agrees, what contradicts. Judge each yourself.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "panel of reviewers: Codex, Claude and other agents review the same change" },
  input: z.strictObject({
    agents: z.array(wordArgument).min(1).max(MOST_AGENTS).optional().describe("Default: all installed."),
    ...reviewArguments,
    cwd: z.string().optional().describe("Directory of the review."),
    timeoutMs: turnArguments.timeoutMs,
    ...jobArguments,
  }),
  output: z.looseObject({
    content: z.string(),
    verdict: z.string().optional(),
    reviews: z.array(z.looseObject({})).optional(),
    findings: z.array(z.looseObject({})).optional(),
    contradictions: z.array(z.looseObject({})).optional(),
    warnings: turnFields.warnings,
    error: turnFields.error,
  }),
  handle: ({ background, title, ...request }, context) => {
    const act = async (call: CallContext) =>
      toPanelAnswer(await runPanel(listReviewers(context.agents), request, call, Date.now), context.redact);
    const name = title ?? `Panel: ${toReviewTitle(request)}`;
    const plan = { tool: "review_panel", agent: CODEX.id, background, title: name, takesInput: false };
    return runAsJob(context, { ...plan, needsRoots: needsRoots(request.cwd), act });
  },
});

function listReviewers(agents: Agents): Reviewer[] {
  return agents.names.map(({ id, name, view }) => ({
    ...{ id, name, view: findView(id, view) },
    reviews: { run: async (request, call) => (await agents.open(id)).reviews.run(request, call) },
  }));
}
