// Turns records of jobs into what others see, and writes the record of a job that has ended.
import { CLAUDE, CODEX, RUN_AGENT } from "../../domain/agents.ts";
import { countOf } from "../../domain/count-of.ts";
import { cutText } from "../../domain/cut-text.ts";
import { ERROR_TRAITS } from "../../domain/error-codes.ts";
import { toBridgeError } from "../../domain/errors.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { Job, JobEnd, JobRequest, JobResult, JobState } from "./job.ts";

/** Limit for a title and for a line of progress, in characters. */
const LINE_CHARACTERS = 200;
/** Limit for the text of a result, as JobResult says. */
const TEXT_CHARACTERS = 20_000;

type StoredState = StoredJob["state"];

const ENDS: ReadonlySet<StoredState> = new Set(["completed", "failed", "cancelled", "interrupted"]);

/** Whether a state is an end. */
export function isEnd(state: StoredState): boolean {
  return ENDS.has(state);
}

/** Whether no bridge runs a job of this state: it has ended, or it is parked. */
export function isUnowned(state: StoredState): boolean {
  return isEnd(state) || state === "parked";
}

/** A text as one line of at most 200 characters. */
export function toLine(text: string): string {
  const line = text
    .slice(0, 10 * LINE_CHARACTERS)
    .replace(/[\s\p{C}]+/gu, " ")
    .trim();
  return cutText(line, LINE_CHARACTERS);
}

/** A record as a snapshot. */
export function toJob(record: StoredJob, isOwn: boolean): Job {
  const { steers: _steers, owner: _owner, parkings: _parkings, batchThreads: _threads, ...others } = record;
  const { parkedUntil: waitsUntil, ...rest } = others;
  const { threadId, activity, position, question, startedAt, endedAt, result } = rest;
  const state: JobState = rest.state === "parked" ? "waiting" : rest.state;
  const waits = waitsUntil === undefined ? {} : { waitsUntil };
  return { ...rest, ...waits, state, threadId, activity, position, question, startedAt, endedAt, result, isOwn };
}

/** The record of a job that has just been asked for. */
export function toFirstRecord(
  id: string,
  { tool, title, threadId, call: { caller }, isQueued }: JobRequest,
  { now, ...fixed }: { readonly now: number } & Pick<StoredJob, "project" | "owner" | "outlives">,
): StoredJob {
  const state = isQueued ? "queued" : "running";
  return { id, tool, title: toLine(title), state, threadId, caller, createdAt: now, updatedAt: now, ...fixed };
}

/** The record of a job whose work has ended. `notes` are added to what the model reads. */
export function toEndedRecord(record: StoredJob, end: JobEnd, now: number, notes: readonly string[]): StoredJob {
  const { activity, ...rest } = dropOpen(record);
  return {
    ...rest,
    activity,
    state: end.state,
    threadId: end.threadId ?? record.threadId,
    result: addNotes(end.result, notes),
    updatedAt: now,
    endedAt: now,
  };
}

/** The record of a job whose bridge ended, or was found dead, before its work did. */
export function toInterruptedRecord(record: StoredJob, now: number): StoredJob {
  const result = toInterruptedResult(record);
  return { ...dropOpen(record), state: "interrupted", result, updatedAt: now, endedAt: now };
}

/** The end of a job whose work has thrown. */
export function toThrownEnd(error: unknown, threadId: string | undefined): JobEnd {
  const { report } = toBridgeError(error);
  const text = `[${report.code}] ${report.message} ${report.nextStep}`;
  const structured = { threadId: threadId ?? "", outcome: "failed", content: text, error: { code: report.code } };
  return { state: "failed", threadId, result: { isError: true, text, structured } };
}

/** A job that has ended has no place in the queue, no open question and nothing that it waits for. */
export function dropOpen(record: StoredJob): StoredJob {
  return { ...record, position: undefined, question: undefined, steers: undefined, parkedUntil: undefined };
}

/** The tool that continues the thread of a job. A question changes nothing, and must not go on as a turn that may. */
export function toReplyTool(tool: string): string {
  if (tool === "codex-ask" || tool === RUN_AGENT) return tool;
  return /^claude(-|$)/.test(tool) ? CLAUDE.tools.reply : CODEX.tools.reply;
}

/** What its caller can do after a job that did not end by itself. */
export function describeWayOn({ tool, threadId, startedAt, batchThreads = [] }: StoredJob): string {
  const isReview = /^(codex|claude)-review$|^review_panel$/.test(tool);
  const isQuestion = tool === "codex-ask" || isReview;
  const again = `call ${tool} again with the same arguments.`;
  // Its thread may have read everything, but only a whole review has findings that the bridge has checked.
  if (isReview && startedAt !== undefined) return `It has changed no files. It has no findings; ${again}`;
  if (threadId !== undefined) {
    const changed = isQuestion ? "It has changed no files." : "Files may have changed already.";
    const agent = tool === RUN_AGENT ? "the same agent and " : "";
    return `${changed} To go on, call ${toReplyTool(tool)} with ${agent}threadId ${threadId}.`;
  }
  if (batchThreads.length > 0) {
    const named = batchThreads.map((begun) => `${begun.number}: ${begun.threadId}`).join(", ");
    return `Files may have changed already. Threads that had begun, by the number of their prompt: ${named}. To go on with one, call ${toReplyTool(tool)} with its threadId.`;
  }
  if (startedAt === undefined) return `It was still queued, so nothing was done; ${again}`;
  if (isQuestion) return `It has changed no files; ${again}`;
  if (tool === RUN_AGENT) return `It had begun, so files may have changed already; ${again}`;
  return `It had begun, so files may have changed already and there may be threads of it: ${toReplyTool(tool)} without an id lists the newest. If it left none, ${again}`;
}

// One line. It names the call that continues the work.
function toInterruptedResult(record: StoredJob): JobResult {
  const { threadId, steers = [] } = record;
  const code = "JOB_INTERRUPTED";
  // The model that reads this may not have the start of the job any more.
  const message = `The bridge that ran the job ${JSON.stringify(record.title)} ended before the job did.`;
  const late = steers.length === 0 ? "" : ` ${countOf(steers.length, "further input")} had not been taken.`;
  const text = `[${code}] ${message} ${describeWayOn(record)}${late}`;
  const { fault, retryable } = ERROR_TRAITS[code];
  const error = { code, message, fault, retryable };
  // These are the fields that the output schemas of all tools require of an error.
  return { isError: true, text, structured: { threadId: threadId ?? "", outcome: "failed", content: text, error } };
}

// The text of an error stays one line.
function addNotes(result: JobResult, notes: readonly string[]): JobResult {
  if (notes.length === 0) return result;
  const added = [...(result.isError ? [" "] : ["\n\n"]), notes.join(" ")].join("");
  return { ...result, text: `${cutText(result.text, TEXT_CHARACTERS - added.length - 1)}${added}` };
}
