// One line about jobs that have ended and whose results nobody has read: for a client that is not told of it by MCP tasks.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { countOf } from "../domain/count-of.ts";
import { isRecord } from "../domain/guards.ts";
import { readSmallText } from "../files/small-file.ts";
import { isDatedName } from "./dated-names.ts";
import { isKnown, JOB_ID, noteTold } from "./read-jobs.ts";
import { RECENT_MS, type RecentJobs } from "./recent-jobs.ts";

/** Where it is told. */
export interface PromptPlace {
  /** Directory in which the client starts its servers. */
  readonly project: string;
  /** Id of the session. */
  readonly session: string | undefined;
  /** Epoch ms. */
  readonly now: number;
  /** Ms after the end of a job in which the client itself may bring the result. */
  readonly settledMs: number;
}

interface EndedJob {
  readonly id: string;
  readonly tool: string;
  readonly state: string;
}

/** A cancelled job has no result that somebody waits for. */
const TOLD_ENDS = new Set(["completed", "failed", "interrupted"]);
/** Newest records that are read. */
const MOST_READ = 20;
const MOST_TOLD = 5;
const RECORD_BYTES = 16_777_216;
const TOOL = /^[\w-]{1,64}$/;

/** The line; undefined if there is nothing new. A job is told of once in a session. Its title and result stay out: others wrote them. */
export function tellUnreadResults(
  jobs: RecentJobs,
  { project, session, now, settledMs }: PromptPlace,
): string | undefined {
  const folder = realpathSync(project);
  const newest = jobs.names.filter((name) => isDatedName(name, folder)).slice(-MOST_READ);
  const told: EndedJob[] = [];
  for (const name of newest.reverse()) {
    const id = name.split(".")[2] ?? "";
    if (told.length === MOST_TOLD || isKnown(jobs.stateDir, id, session)) continue;
    const job = readEnded(join(jobs.stateDir, "jobs", name), folder, { now, settledMs });
    // First noted, then told: what cannot be noted would be told at every prompt.
    if (job?.id === id && noteTold(jobs.stateDir, id, session)) told.push(job);
  }
  if (told.length === 0) return undefined;
  const list = told.map(({ id, tool, state }) => `${id} (${tool}, ${state})`).join(", ");
  const have = told.length === 1 ? "has" : "have";
  return `codex-bridge: ${countOf(told.length, "background job")} of this project ${have} ended, and nobody has read the result: ${list}. agent_job with action "result" and the id in jobIds gives it. Fetch it if the user waits for it or the prompt needs it.`;
}

function readEnded(
  path: string,
  project: string,
  { now, settledMs }: Pick<PromptPlace, "now" | "settledMs">,
): EndedJob | undefined {
  try {
    const record: unknown = JSON.parse(readSmallText(path, RECORD_BYTES));
    if (!isRecord(record)) return undefined;
    const { id, tool, state, endedAt } = record;
    const isDue = typeof endedAt === "number" && endedAt <= now - settledMs && endedAt >= now - RECENT_MS;
    if (typeof id !== "string" || !JOB_ID.test(id) || record["project"] !== project || !isDue) return undefined;
    if (typeof state !== "string" || !TOLD_ENDS.has(state)) return undefined;
    return { id, tool: typeof tool === "string" && TOOL.test(tool) ? tool : "a tool", state };
  } catch {
    return undefined;
  }
}
