// `codex-bridge jobs`: lists the background jobs of this directory's bridges, shows a result, follows or cancels a job.
import { setTimeout as pause } from "node:timers/promises";
import { createMachine } from "../app/machine.ts";
import { createMachineJobs } from "../app/machine-jobs.ts";
import type { Job, JobState, Jobs } from "../delegation/jobs/job.ts";
import { cutText } from "../domain/cut-text.ts";
import { BridgeError } from "../domain/errors.ts";
import { toLocalTime } from "../domain/local-time.ts";
import { SILENT_LOGGER } from "../domain/logger.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint, type Style } from "../domain/printed-line.ts";
import { readRegisteredSettings } from "./registered-settings.ts";
import { type StopOptions, stopRunners } from "./stop-runners.ts";

/** Options of the command. */
export interface JobsCommand {
  readonly ownPath: string;
  readonly id: string | undefined;
  readonly follow: string | undefined;
  readonly cancel: string | undefined;
  readonly isStop: boolean;
  readonly isAll: boolean;
  readonly isJson: boolean;
  readonly print: Print;
  /** Whether somebody may still read what is printed. */
  readonly hasReader: () => boolean;
}

const MOST_LISTED = 100;
const TITLE_CHARACTERS = 60;
const FOLLOW_MS = 250;
const COLOURS: Readonly<Record<JobState, Style>> = {
  queued: "gray",
  running: "cyan",
  waiting: "yellow",
  completed: "green",
  failed: "red",
  cancelled: "gray",
  interrupted: "yellow",
};

/** Runs the command; resolves with the exit code: 0, or 1 if the job that it shows has not completed. Throws BridgeError. */
export async function runJobs(command: JobsCommand): Promise<number> {
  const { id, follow, cancel, isStop, isAll, print } = command;
  if ([id, follow, cancel, isStop ? "" : undefined].filter((word) => word !== undefined).length > 1) {
    throw new BridgeError("INVALID_ARGUMENT", "jobs takes one of: an id, --follow ID, --cancel ID, --stop.");
  }
  const { jobs, stopping } = openJobs(command);
  if (isStop) return stopRunners({ ...command, ...stopping });
  if (cancel !== undefined) return cancelJob(jobs, cancel, print);
  if (follow !== undefined) return followJob(jobs, follow, command);
  if (id !== undefined) return showJob(await findJob(jobs, id), command);
  return listJobs(await jobs.list({ limit: MOST_LISTED }), { ...command, isAll });
}

interface Opened {
  readonly jobs: Jobs;
  readonly stopping: Pick<StopOptions, "stateDir" | "project" | "jobFiles" | "machine">;
}

function openJobs({ ownPath, isAll }: JobsCommand): Opened {
  const cwd = process.cwd();
  const settings = readRegisteredSettings(cwd, ownPath);
  const machine = createMachine({ ...settings, cwd, logger: SILENT_LOGGER });
  const parts = createMachineJobs({
    ...settings,
    cwd,
    seesAll: isAll,
    checkMayAct: () => {},
    machine,
    logger: SILENT_LOGGER,
  });
  const { jobs, jobFiles } = parts;
  return { jobs, stopping: { stateDir: settings.stateDir, project: isAll ? undefined : cwd, jobFiles, machine } };
}

async function findJob(jobs: Jobs, id: string): Promise<Job> {
  const job = await jobs.find(id);
  if (job === undefined) {
    const name = JSON.stringify(id.slice(0, 40));
    throw new BridgeError("JOB_NOT_FOUND", `There is no job ${name} of this directory; --all looks in every project.`);
  }
  return job;
}

async function cancelJob(jobs: Jobs, id: string, print: Print): Promise<number> {
  const job = await findJob(jobs, id);
  const answer = await jobs.cancel(id).catch((error: unknown) => {
    throw describeLimit(error, job);
  });
  const texts = {
    cancelled: `${id} is cancelled.`,
    requested: `The bridge that runs ${id} was asked to cancel it, and has not answered yet.`,
    ended: `${id} had ended already.`,
    unknown: `${id} is gone.`,
  };
  print(texts[answer]);
  return answer === "cancelled" || answer === "ended" ? 0 : 1;
}

// The next step of such an error is written for a model.
function describeLimit(error: unknown, { outlives = false }: Job): unknown {
  if (!(error instanceof BridgeError) || error.code !== "MACHINE_LIMIT") return error;
  const other = outlives ? "" : ", or cancel it in the session that started it";
  return new BridgeError(error.code, `${error.message} Free what has run out and try again${other}.`, { cause: error });
}

async function followJob(jobs: Jobs, id: string, command: JobsCommand): Promise<number> {
  let told: string | undefined;
  for (;;) {
    const job = await findJob(jobs, id);
    if (job.result !== undefined) return showJob(job, command);
    const line = command.isJson ? JSON.stringify(job) : describeActivity(job);
    const news = command.isJson ? JSON.stringify({ ...job, updatedAt: 0 }) : line;
    if (news !== told) command.print(line);
    told = news;
    await pause(FOLLOW_MS);
    if (!command.hasReader()) return 1;
  }
}

function describeActivity({ state, activity, position, question, waitsUntil }: Job): string {
  if (state === "queued") return `queued${position === undefined ? "" : `, place ${position}`}`;
  if (waitsUntil !== undefined) {
    return `It ${toPrintableLine(activity ?? "waits for quota")}; then it goes on in any Claude Code of this directory.`;
  }
  if (state === "waiting") {
    const asked = (question?.question.message ?? "").replace(/\s+/g, " ");
    return `It asks: ${toPrintableLine(asked)} Answer in the Claude Code that started it, under /tasks.`;
  }
  return toPrintableLine(activity ?? state);
}

function showJob(job: Job, { isJson, print }: Pick<JobsCommand, "isJson" | "print">): number {
  const { id, title, state, result } = job;
  if (isJson) print(JSON.stringify(job, null, 2));
  else {
    print([paint("bold", id), " ", paint(COLOURS[state], state), `  ${toPrintableLine(title)}`]);
    print(result?.text ?? describeActivity(job));
    if (result === undefined) print(`It has not ended yet. codex-bridge jobs --follow ${id} waits for its result.`);
  }
  return state === "completed" ? 0 : 1;
}

function listJobs(
  jobs: readonly Job[],
  { isAll, isJson, print }: Pick<JobsCommand, "isAll" | "isJson" | "print">,
): number {
  if (isJson) print(JSON.stringify(jobs, null, 2));
  else if (jobs.length === 0)
    print(isAll ? "No jobs." : "No jobs of this directory; --all lists those of every project.");
  else for (const line of toTable(jobs, isAll)) print(line);
  return 0;
}

function toTable(jobs: readonly Job[], isAll: boolean): PrintedLine[] {
  const now = Date.now();
  const titles = jobs.map(({ title }) => toPrintableLine(cutText(title, TITLE_CHARACTERS)));
  const width = Math.max(...titles.map(({ length }) => length));
  return jobs.map(({ id, state, position, createdAt, endedAt, threadId, project, outlives, waitsUntil }, at) => {
    const place = position === undefined ? "" : ` ${position}`;
    return [
      `${id}  `,
      paint(COLOURS[state], `${state}${place}`.padEnd(12)),
      `${toAge(now - createdAt)} ago`.padStart(10),
      `  ${(titles[at] ?? "").padEnd(width)}`,
      ...(threadId === undefined ? [] : [`  ${toPrintableLine(threadId)}`]),
      ...(outlives === true && endedAt === undefined ? ["  outlives"] : []),
      ...(waitsUntil === undefined ? [] : [`  until ${toLocalTime(waitsUntil, now)}`]),
      ...(isAll ? [`  ${toPrintableLine(project)}`] : []),
    ];
  });
}

function toAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3_600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
