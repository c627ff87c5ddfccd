import * as z from "zod";
import type { Job, Jobs } from "../delegation/jobs/job.ts";
import { toReplyTool } from "../delegation/jobs/job-record.ts";
import { BridgeError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import { promptArgument } from "./arguments.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { toUnknownJob } from "./job-entry.ts";
import { toModelAnswer } from "./model-answer.ts";

/** `agent_job_control`: acts on a job that runs. */
export const agentJobControlTool = defineTool({
  name: "agent_job_control",
  title: "Act on a background job",
  description:
    "Cancel a background job, give it further input (`steer`), or answer what its agent asks. Approvals are the user's.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "cancel, steer or answer a background Codex job" },
  input: z.strictObject({
    action: z.enum(["cancel", "steer", "answer"]).describe("What to do."),
    jobId: z.string().describe("Id of the job."),
    text: promptArgument.optional().describe("Input for steer; a choice's id or a value for answer."),
    questionKey: z.string().optional().describe("For answer."),
  }),
  output: z.looseObject({ content: z.string(), jobId: z.string().optional(), threadId: z.string().optional() }),
  handle: async ({ action, jobId, text, questionKey }, { jobs, call, checkJobAct }) => {
    const job = await jobs.find(jobId);
    if (job === undefined) throw toUnknownJob([jobId]);
    await checkJobAct(job, call, action === "cancel" ? "cancel" : "tell");
    switch (action) {
      case "cancel":
        return cancel(jobs, job);
      case "steer":
        return steer(jobs, job, require("text", text, action));
      case "answer":
        return answer(jobs, job, {
          key: require("questionKey", questionKey, action),
          text: require("text", text, action),
        });
      default:
        return assertNever(action);
    }
  },
});

function require(name: string, value: string | undefined, action: string): string {
  if (value === undefined) throw new BridgeError("INVALID_ARGUMENT", `\`${name}\` is missing: ${action} needs it.`);
  return value;
}

async function cancel(jobs: Jobs, job: Job): Promise<ToolAnswer> {
  const answer = await jobs.cancel(job.id);
  switch (answer) {
    case "cancelled":
      return say(job, `Job ${job.id} was cancelled. Files that it has changed stay changed.`);
    case "requested":
      return say(job, `The bridge that runs job ${job.id} was asked to cancel it. agent_job shows when it has ended.`);
    case "ended":
      return say(job, `Job ${job.id} had ended already. agent_job gives its result.`);
    case "unknown":
      throw toUnknownJob([job.id]);
    default:
      return assertNever(answer);
  }
}

async function steer(jobs: Jobs, job: Job, text: string): Promise<ToolAnswer> {
  const answer = await jobs.steer(job.id, text);
  switch (answer) {
    case "delivered":
      return say(job, "The running turn has got the input.");
    case "queued":
      return say(
        job,
        job.waitsUntil === undefined
          ? "The input comes as the next turn of the job's thread, when the running turn has ended."
          : "The job gets the input when it goes on.",
      );
    case "ended": {
      const { threadId } = job;
      const nextStep =
        threadId === undefined ? undefined : `Continue with ${toReplyTool(job.tool)} and threadId ${threadId}.`;
      throw new BridgeError("JOB_ENDED", `Job ${job.id} takes no input any more: it has ended.`, {
        threadId,
        nextStep,
      });
    }
    case "unknown":
      throw toUnknownJob([job.id]);
    default:
      return assertNever(answer);
  }
}

async function answer(
  jobs: Jobs,
  job: Job,
  { key, text }: { readonly key: string; readonly text: string },
): Promise<ToolAnswer> {
  const asked = job.question?.key === key && job.question.kind === "input" ? job.question.question : undefined;
  const taken = await jobs.answer(job.id, key, toModelAnswer(asked, text), "model");
  switch (taken) {
    case "taken":
      return say(job, "The agent has got the answer.");
    case "late":
      throw new BridgeError(
        "QUESTION_CLOSED",
        `Job ${job.id} does not ask this question, or does not ask it any more.`,
      );
    case "forbidden":
      throw new BridgeError("APPROVAL_DENIED", "This question is for the user to decide, so nothing was answered.", {
        nextStep: "Tell the user that the job waits for a decision; Claude Code shows its form, also under /tasks.",
      });
    case "unknown":
      throw toUnknownJob([job.id]);
    default:
      return assertNever(taken);
  }
}

function say({ id, threadId }: Job, content: string): ToolAnswer {
  const thread = threadId === undefined ? {} : { threadId };
  return { structured: { jobId: id, ...thread, content }, text: content, links: [] };
}
