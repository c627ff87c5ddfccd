// One line for a person. Claude Code's list of tasks drops a longer one whole, and shows nothing else that tells two runs of a tool apart
// (docs/claude-code.md#tasks).
import type { Job } from "../../delegation/jobs/job.ts";
import { assertNever } from "../../domain/guards.ts";
import { describeQueued } from "../../tools/job-entry.ts";
import { toOneLine } from "../one-line.ts";

/** Longest line that fits a narrow window. */
const LINE_CHARACTERS = 35;
/** What the title gets at least, if it needs it. */
const TITLE_CHARACTERS = 18;
const SEPARATOR = ": ";

type StatusJob = Pick<Job, "title" | "state" | "activity" | "position" | "waitsUntil">;

/** The title of a job, then what it does: `fix the parser: Ran npm test`. */
export function toStatusMessage(job: StatusJob): string {
  const title = toOneLine(job.title, 2 * LINE_CHARACTERS);
  const activity = toOneLine(describeActivity(job), 2 * LINE_CHARACTERS);
  if (job.waitsUntil !== undefined) return toWaitingLine(title, activity);
  const free = LINE_CHARACTERS - SEPARATOR.length - activity.length;
  const head = cut(title, Math.max(TITLE_CHARACTERS, free));
  return head === "" ? cut(activity, LINE_CHARACTERS) : cut(`${head}${SEPARATOR}${activity}`, LINE_CHARACTERS);
}

// Of a job that waits for quota, the time stands at the end and must not be cut: `fix the parser: quota, Nov 28 22:26`.
function toWaitingLine(title: string, activity: string): string {
  const isLong = title.length + SEPARATOR.length + activity.length > LINE_CHARACTERS;
  const line = isLong ? activity.replace(/^waits for /, "") : activity;
  const head = cut(title, Math.max(1, LINE_CHARACTERS - SEPARATOR.length - line.length));
  return cut(head === "" ? line : `${head}${SEPARATOR}${line}`, LINE_CHARACTERS);
}

function describeActivity({ state, activity, position, waitsUntil }: StatusJob): string {
  switch (state) {
    case "queued":
      return describeQueued(position);
    case "running":
      return activity ?? "works";
    case "waiting":
      return waitsUntil === undefined ? "asks you" : (activity ?? "waits for quota");
    case "completed":
      return "done";
    case "failed":
    case "cancelled":
    case "interrupted":
      return state;
    default:
      return assertNever(state);
  }
}

function cut(text: string, most: number): string {
  return text.length <= most
    ? text.toWellFormed()
    : `${text
        .slice(0, most - 1)
        .trimEnd()
        .toWellFormed()}…`;
}
