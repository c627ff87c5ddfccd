// One line for a person. Claude Code's list of tasks drops a longer one whole, and shows nothing else that tells two runs of a tool apart
// (docs/claude-code.md#tasks).
import type { Job } from "../../delegation/jobs/job.ts";
import { assertNever } from "../../domain/guards.ts";
import { toOneLine } from "../one-line.ts";

/** Longest line that fits a narrow window. */
const LINE_CHARACTERS = 35;
/** What the title gets at least, if it needs it. */
const TITLE_CHARACTERS = 18;
const SEPARATOR = ": ";

/** The title of a job, then what it does: `fix the parser: Ran npm test`. */
export function toStatusMessage(job: Pick<Job, "title" | "state" | "activity" | "position">): string {
  const title = toOneLine(job.title, 2 * LINE_CHARACTERS);
  const activity = toOneLine(describeActivity(job), 2 * LINE_CHARACTERS);
  const free = LINE_CHARACTERS - SEPARATOR.length - activity.length;
  const head = cut(title, Math.max(TITLE_CHARACTERS, free));
  return head === "" ? cut(activity, LINE_CHARACTERS) : cut(`${head}${SEPARATOR}${activity}`, LINE_CHARACTERS);
}

function describeActivity({ state, activity, position }: Pick<Job, "state" | "activity" | "position">): string {
  switch (state) {
    case "queued":
      return position === undefined ? "waits" : `waits, place ${position}`;
    case "running":
      return activity ?? "works";
    case "waiting":
      return "asks you";
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
