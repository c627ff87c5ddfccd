// What the model reads of a job when it starts.
import type { Job } from "../delegation/jobs/job.ts";
import { cutText } from "../domain/cut-text.ts";
import { toLocalTime } from "../domain/local-time.ts";

const WARNING_CHARACTERS = 500;

/** How the result of a job reaches its caller. */
export interface StartWays {
  /** Whether the client follows it as a task, and brings the result by itself. */
  readonly isTask: boolean;
  /** Whether the caller asked for a job; otherwise the call took long. */
  readonly isAsked: boolean;
  /** Whether it goes on when the session ends. */
  readonly outlives?: boolean;
  /** What the user should know of it. */
  readonly warning?: string | undefined;
}

/** What was started and how its result comes, in one paragraph below 2,000 characters: Claude Code cuts a longer note (docs/claude-code.md#tasks). */
export function describeStart(job: Job, { isTask, isAsked, outlives = false, warning }: StartWays): string {
  const { id, tool, title, state, position, threadId, waitsUntil } = job;
  if (waitsUntil !== undefined) return describeWait(job, waitsUntil, isTask);
  const place = state === "queued" ? ` It is queued${position === undefined ? "" : ` at position ${position}`}.` : "";
  return [
    `${isAsked ? "Started" : "The call takes longer, so it goes on in the background as"} job ${id}: ${tool}, ${JSON.stringify(title)}.${place}`,
    ...(threadId === undefined ? [] : [`threadId: ${threadId}.`]),
    isTask
      ? `You will be notified with its result: do not poll, and do not start the same work again. ${outlives ? "The job goes on when this session ends." : "The job ends with this session."} agent_job (action "result", jobIds ["${id}"]) gives the result once more later.`
      : `Do other work now, and fetch the result with agent_job: action "wait", jobIds ["${id}"]. ${outlives ? "It goes on when this session ends, and a later session of this project gets its result the same way." : "It ends with this session, so wait for it before you finish."} Do not start the same work again.`,
    ...(warning === undefined ? [] : [`Tell the user: ${cutText(warning, WARNING_CHARACTERS)}`]),
  ].join(" ");
}

function describeWait({ id, tool, title, threadId, updatedAt }: Job, until: number, isTask: boolean): string {
  return [
    `Codex's usage limit is reached, so the call waits as job ${id}: ${tool}, ${JSON.stringify(title)}.`,
    `It goes on by itself at ${toLocalTime(until, updatedAt)}, in any session of this project that is open then, or else in the next one. Tell the user so.`,
    ...(threadId === undefined ? [] : [`threadId: ${threadId}.`]),
    isTask
      ? `You will be notified with its result while this session is open: do not poll.`
      : `Do other work now, and fetch the result later with agent_job: action "wait", jobIds ["${id}"].`,
    `Do not start the same work again. agent_job_control cancels it.`,
  ].join(" ");
}
