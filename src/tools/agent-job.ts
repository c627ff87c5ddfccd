import * as z from "zod";
import type { Job, Jobs } from "../delegation/jobs/job.ts";
import { toJobAfter } from "../domain/caller.ts";
import { countOf } from "../domain/count-of.ts";
import { BridgeError } from "../domain/errors.ts";
import { defineTool, type ToolAnswer, type ToolContext } from "./define-tool.ts";
import { describeQueued, isQuiet, isStill, needsAttention, toJobEntry, toUnknownJob } from "./job-entry.ts";

/** Longest wait of a call whose client gets no progress: the MCP SDK's clients give up on a request after 60 s. */
const SILENT_SECONDS = 55;
const MOST_SECONDS = 600;
const DEFAULT_SECONDS = 50;
/** How often a wait reports what the jobs do. */
const REPORT_MS = 2_000;
const MOST_LISTED = 20;
/** Ended jobs that are named before the list. */
const MOST_NAMED = 5;

/** `agent_job`: looks after jobs. Changes nothing. */
export const agentJobTool = defineTool({
  name: "agent_job",
  title: "Look after background jobs",
  description:
    "List this project's background jobs, or show, await or fetch some. `wait` returns when the first ends, asks or goes quiet.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "wait for, list and fetch results of background Codex jobs" },
  input: z.strictObject({
    action: z.enum(["list", "status", "wait", "result"]).describe("What to do."),
    jobIds: z.array(z.string()).min(1).max(50).optional().describe("For all but list."),
    waitSeconds: z.int().min(0).max(MOST_SECONDS).optional().describe("Default 50."),
  }),
  output: z.looseObject({
    content: z.string(),
    jobs: z.array(z.looseObject({})).optional(),
    jobId: z.string().optional(),
    state: z.string().optional(),
    threadId: z.string().optional(),
  }),
  handle: async ({ action, jobIds, waitSeconds = DEFAULT_SECONDS }, { jobs, call, jobAfterMs }) => {
    if (action === "list") return toListAnswer(await jobs.list({ limit: MOST_LISTED }));
    if (jobIds === undefined) throw new BridgeError("INVALID_ARGUMENT", `\`jobIds\` is missing: ${action} needs it.`);
    const ids = [...new Set(jobIds)];
    const found = await findAll(jobs, ids);
    switch (action) {
      case "status":
        return toAnswer(found);
      case "result":
        return readResult(pickOne(found), jobs);
      case "wait": {
        const limitMs = call.caller === undefined ? 0 : toJobAfter(jobAfterMs, call.caller.limitMs);
        const seconds = limitMs > 0 ? Math.min(waitSeconds, limitMs / 1_000) : waitSeconds;
        const waited = await waitFor(found, seconds, { jobs, call });
        const [only] = waited;
        return waited.length === 1 && only?.endedAt !== undefined ? readResult(only, jobs) : toAnswer(waited);
      }
    }
  },
});

async function findAll(jobs: Jobs, ids: readonly string[]): Promise<Job[]> {
  const found = await Promise.all(ids.map(async (id) => ({ id, job: await jobs.find(id) })));
  const unknown = found.flatMap(({ id, job }) => (job === undefined ? [id] : []));
  if (unknown.length > 0) throw toUnknownJob(unknown);
  return found.flatMap(({ job }) => job ?? []);
}

function pickOne(found: readonly Job[]): Job {
  const [job] = found;
  if (job === undefined || found.length > 1) {
    throw new BridgeError("INVALID_ARGUMENT", "result gives one job's result: name one id in `jobIds`.");
  }
  return job;
}

/** Waits in slices, and reports in each what the jobs do. A job that was quiet or waited for quota before does not end the wait. */
async function waitFor(
  found: readonly Job[],
  seconds: number,
  { jobs, call }: Pick<ToolContext, "jobs" | "call">,
): Promise<readonly Job[]> {
  const ids = found.map(({ id }) => id);
  const wasStill = new Set(found.filter(isStill).map(({ id }) => id));
  const hasNews = (job: Job): boolean => needsAttention(job) && !(isStill(job) && wasStill.has(job.id));
  const until = performance.now() + 1_000 * (call.canReport ? seconds : Math.min(seconds, SILENT_SECONDS));
  let now = found;
  for (;;) {
    const leftMs = until - performance.now();
    if (now.some(hasNews) || leftMs <= 0 || call.signal.aborted) return now;
    now = await jobs.wait(ids, { timeoutMs: Math.min(leftMs, REPORT_MS), signal: call.signal });
    // A record is removed some days after its job has ended.
    const gone = ids.filter((id) => !now.some((job) => job.id === id));
    if (gone.length > 0) throw toUnknownJob(gone);
    const line = describeActivity(now);
    if (line !== "") call.report(line);
  }
}

function describeActivity(jobs: readonly Job[]): string {
  return jobs
    .filter(({ endedAt }) => endedAt === undefined)
    .map(
      (job) => `${job.title}: ${job.state === "queued" ? describeQueued(job.position) : (job.activity ?? job.state)}`,
    )
    .join(" | ");
}

function toListAnswer(jobs: readonly Job[]): ToolAnswer {
  if (jobs.length > 0) return toAnswer(jobs);
  const content = "No jobs of this project are on record.";
  return { structured: { content, jobs: [] }, text: content, links: [] };
}

function toAnswer(jobs: readonly Job[]): ToolAnswer {
  const now = Date.now();
  const entries = jobs.map((job) => toJobEntry(job, now));
  const content = describeNext(jobs);
  const lines = entries.map((entry) => JSON.stringify(entry));
  return { structured: { content, jobs: entries }, text: [content, ...lines].join("\n"), links: [] };
}

// What there is to do now: the model reads this first.
function describeNext(jobs: readonly Job[]): string {
  const ids = (belongs: (job: Job) => boolean): string[] => jobs.filter(belongs).map(({ id }) => id);
  const ended = ids(({ endedAt }) => endedAt !== undefined);
  const asking = ids(({ question }) => question?.kind === "input");
  const undecided = ids(({ question }) => question?.kind === "decision");
  const open = jobs.length - ended.length;
  const parked = ids(({ waitsUntil }) => waitsUntil !== undefined);
  // Each is in the list below; a long list need not say it twice.
  const endedIds = ended.length > MOST_NAMED ? countOf(ended.length, "job") : ended.join(", ");
  const quiet = ids(isQuiet);
  return [
    ...(ended.length === 0 ? [] : [`Ended: ${endedIds}; action "result" gives each result.`]),
    ...(asking.length === 0 ? [] : [`Asking: ${asking.join(", ")}; answer with agent_job_control.`]),
    ...(undecided.length === 0 ? [] : [`Waiting for the user's decision: ${undecided.join(", ")}.`]),
    ...(quiet.length === 0 ? [] : [`Quiet: ${quiet.join(", ")}.`]),
    ...(parked.length === 0 ? [] : [`Waiting for quota: ${parked.join(", ")}; each goes on by itself.`]),
    ...(open === 0 ? [] : [`${countOf(open, "job")} not ended.`]),
  ].join(" ");
}

function readResult(job: Job, jobs: Jobs): ToolAnswer {
  const answer = toResultAnswer(job);
  jobs.noteRead(job.id);
  return answer;
}

function toResultAnswer(job: Job): ToolAnswer {
  const { id, result, state, position } = job;
  if (result === undefined) {
    const message = `Job ${id} has no result yet: it ${state === "queued" ? describeQueued(position) : `is ${state}`}.`;
    throw new BridgeError("JOB_RUNNING", message, { threadId: job.threadId, details: { state } });
  }
  const { activity: _activity, question: _question, ...entry } = toJobEntry(job, Date.now());
  const structured = { ...entry, content: result.text, ...result.structured };
  return { structured, text: result.text, links: [] };
}
