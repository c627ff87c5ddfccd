// A job as a task on the wire (extension io.modelcontextprotocol/tasks). What Claude Code makes of it: docs/claude-code.md#tasks.
import type { Job } from "../../delegation/jobs/job.ts";
import { assertNever } from "../../domain/guards.ts";
import { toOneLine } from "../one-line.ts";
import { toDetailedForm } from "../questions/form.ts";
import { toPollInterval } from "./poll-interval.ts";
import { toStatusMessage } from "./status-message.ts";

/** What a record depends on besides its job. */
export interface TaskView {
  /** Epoch ms. */
  readonly now: number;
  /** How long results are kept, in ms from the end; undefined if for ever. */
  readonly resultTtlMs: number | undefined;
}

type Fields = Record<string, unknown>;

const INTERNAL_ERROR = -32_603;
/** Claude Code cuts the text of a failure or a cancel here, and drops its newlines. */
const FAILURE_CHARACTERS = 10_000;
/** What Claude Code takes as the server's own words. */
const NOTE_KEY = "com.anthropic/agent-task";
const NOTE_CHARACTERS = 2_000;
/** The latest time that a Date can have. */
const LAST_TIME = 8.64e15;

/** The answer to a call that goes on as a job: a handle. `note` is what the model reads now. */
export function toTaskHandle(job: Job, note: string, view: TaskView): Fields {
  const modelImmediateResponse = toOneLine(note, NOTE_CHARACTERS).toWellFormed();
  const { status } = toStatus(job);
  return { ...toBase(job, view), resultType: "task", status, _meta: { [NOTE_KEY]: { modelImmediateResponse } } };
}

/** The answer to tasks/get. */
export function toTaskRecord(job: Job, view: TaskView): Fields {
  return { resultType: "complete", ...toBase(job, view), ...toStatus(job) };
}

function toBase(job: Job, { now, resultTtlMs }: TaskView): Fields {
  const { id, createdAt, updatedAt, endedAt = createdAt } = job;
  return {
    taskId: id,
    createdAt: toTime(createdAt),
    lastUpdatedAt: toTime(updatedAt),
    // Counted from the beginning, as the extension has it.
    ttlMs: resultTtlMs === undefined ? null : Math.round(Math.max(0, endedAt - createdAt || 0) + resultTtlMs),
    pollIntervalMs: toPollInterval(job, Math.max(0, now - updatedAt || 0)),
    statusMessage: toStatusMessage(job),
  };
}

function toStatus(job: Job): { readonly status: string } & Fields {
  switch (job.state) {
    case "queued":
    case "running":
      return { status: "working" };
    case "waiting":
      return job.question === undefined
        ? { status: "working" }
        : { status: "input_required", ...toQuestion(job.question) };
    case "completed":
    case "failed":
      return { status: "completed", result: toResult(job) };
    case "interrupted":
      // Not the tool failed, but the server that ran it.
      return {
        status: "failed",
        error: { code: INTERNAL_ERROR, message: toFailureText(job, "The job was interrupted.") },
      };
    case "cancelled":
      return { status: "cancelled", statusMessage: toFailureText(job, "The job was cancelled.") };
    default:
      return assertNever(job.state);
  }
}

function toQuestion({ key, question }: NonNullable<Job["question"]>): Fields {
  return { inputRequests: { [key]: { method: "elicitation/create", params: toDetailedForm(question) } } };
}

// Text only: of a result with `structuredContent`, the model would read nothing but escaped JSON.
function toResult({ state, result }: Job): Fields {
  const isError = state === "failed" || result?.isError === true;
  const text = (result?.text ?? `The job ${state}, and left no text.`).toWellFormed();
  return { resultType: "complete", content: [{ type: "text", text }], ...(isError ? { isError } : {}) };
}

function toFailureText({ result }: Job, otherwise: string): string {
  return toOneLine(result?.text ?? otherwise, FAILURE_CHARACTERS).toWellFormed();
}

function toTime(epochMs: number): string {
  return new Date(Math.min(LAST_TIME, Math.max(0, epochMs || 0))).toISOString();
}
