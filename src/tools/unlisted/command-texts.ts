// What a person reads of jobs and threads who types a command of the plugin.
import type { Job } from "../../delegation/jobs/job.ts";
import type { ShownThread, ThreadPage } from "../../delegation/stored-threads/stored-threads.ts";
import { describeAge } from "../../delegation/threads/thread-titles.ts";
import { countOf } from "../../domain/count-of.ts";
import { cutText } from "../../domain/cut-text.ts";
import { toLocalTime } from "../../domain/local-time.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { describeQueued } from "../job-entry.ts";
import { describeWalk } from "../thread-entry.ts";

const TITLE_CHARACTERS = 60;
const ACTIVITY_CHARACTERS = 80;
const ID_CHARACTERS = 40;

/** Jobs, one a line, in their order. */
export function describeJobs(jobs: readonly Job[], now: number): string {
  if (jobs.length === 0) return "No background jobs of this project.";
  const ended = jobs.find(({ endedAt }) => endedAt !== undefined);
  const hint = ended === undefined ? [] : [`/codex-result ${ended.id} shows a result.`];
  return [...jobs.map((job) => toJobLine(job, now)), ...hint].join("\n");
}

/** The result of a job; `undefined` if there is none of that id, or if none has ended. */
export function describeResult(job: Job | undefined, id: string, now: number): string {
  if (job === undefined) {
    const name = toPrintableLine(cutText(id, ID_CHARACTERS));
    return id === "" ? "No background job of this project has ended." : `This project has no job ${name}.`;
  }
  return [toJobLine(job, now), ...(job.result === undefined ? [] : ["", job.result.text])].join("\n");
}

/** Threads, one a line, in their order, and what was left out. */
export function describeThreadPage(
  page: ThreadPage<ShownThread & { readonly excerpt?: string | undefined }>,
  now: number,
): string {
  const { threads, base, warnings } = page;
  const head = threads.length === 0 ? "No threads" : countOf(threads.length, "thread");
  const notes = [`${head} of ${toPrintableLine(base)}.`, ...describeWalk(page), ...warnings].join(" ");
  return [...threads.map((thread) => toThreadLine(thread, now)), notes].join("\n");
}

function toJobLine(
  { id, state, title, activity, position, endedAt, createdAt, waitsUntil, question }: Job,
  now: number,
): string {
  const doing = [
    state === "queued" ? describeQueued(position) : state,
    ...(waitsUntil === undefined ? [] : [`until ${toLocalTime(waitsUntil, now)}`]),
    describeAge(Math.max(0, now - (endedAt ?? createdAt))),
  ];
  const does = endedAt === undefined ? (question?.question.message ?? activity) : undefined;
  const tail = does === undefined ? "" : `: ${toPrintableLine(cutText(does, ACTIVITY_CHARACTERS))}`;
  return `${id}  ${doing.join(", ")}  ${toPrintableLine(cutText(title, TITLE_CHARACTERS))}${tail}`;
}

function toThreadLine(
  {
    threadId,
    sessionId,
    name,
    title,
    sandbox,
    lastUsedAt,
    open,
    excerpt,
  }: ShownThread & { readonly excerpt?: string | undefined },
  now: number,
): string {
  const label = sessionId ?? name;
  const words = excerpt ?? title ?? "";
  return [
    threadId,
    describeAge(Math.max(0, now - lastUsedAt)),
    ...(sandbox === undefined ? [] : [sandbox]),
    ...(open === "here" || open === "elsewhere" ? ["open"] : []),
    ...(label === undefined ? [] : [toPrintableLine(label)]),
    toPrintableLine(cutText(words, TITLE_CHARACTERS)),
  ].join("  ");
}
