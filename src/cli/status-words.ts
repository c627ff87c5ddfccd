// What the status line says, in at most 60 columns: the jobs that run, how much of the usage limits is used, and the last receipt.
import type { Job } from "../delegation/jobs/job.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { countOf } from "../domain/count-of.ts";
import { toLocalTime } from "../domain/local-time.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { LineCounts } from "../receipts/diff-stat.ts";
import type { StoredUsage } from "../state/usage-files.ts";

/** What is known. Times are epoch ms. */
export interface StatusFacts {
  readonly now: number;
  /** Those that have not ended, the newest first. */
  readonly jobs: readonly Pick<Job, "title" | "activity" | "state" | "waitsUntil">[];
  readonly windows: StoredUsage["windows"];
  readonly receipt: { readonly createdAt: number; readonly files: readonly LineCounts[] } | undefined;
}

/** Columns of the whole line. */
const COLUMNS = 60;
/** Fewer are not worth to begin a job's words. */
const LEAST_WORDS = 8;
/** From here on a receipt is no news, in ms. */
const OLD_RECEIPT = 12 * 3_600_000;
const SEPARATOR = " · ";
const HOUR = 60;
const DAY = 24 * HOUR;
/** Characters that take two columns of a terminal. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** The line; "" if there is nothing to say. What a job does fills the room that the rest leaves. */
export function toStatusLine(facts: StatusFacts): string {
  const { jobs } = facts;
  const rest = [...toQuota(facts), ...toReceipt(facts)];
  if (jobs.length === 0 && rest.length === 0) return "";
  const counted = jobs.length === 0 ? [] : [toCount(jobs)];
  const line = takeWhole(["codex", ...counted, ...rest]);
  const [job] = jobs;
  const room = COLUMNS - toWidth(line) - 2;
  if (job === undefined || room < LEAST_WORDS) return line;
  const words = cutToWidth(toPrintableLine(toWords(job, facts.now).replace(/\s+/g, " ").trim()), room);
  return line.replace(counted[0] ?? "", (count) => `${count}: ${words}`);
}

// Whole parts only: the last ones are left out where the line would be too long.
function takeWhole(parts: readonly string[]): string {
  const line = parts.join(SEPARATOR);
  return toWidth(line) <= COLUMNS || parts.length <= 1 ? line : takeWhole(parts.slice(0, -1));
}

function toCount(jobs: StatusFacts["jobs"]): string {
  const asks = jobs.filter(({ state, waitsUntil }) => state === "waiting" && waitsUntil === undefined).length;
  return asks === 0 ? countOf(jobs.length, "job") : `${countOf(jobs.length, "job")}, ${asks} asking`;
}

function toWords({ title, activity, state, waitsUntil }: StatusFacts["jobs"][number], now: number): string {
  if (waitsUntil !== undefined) return `waits until ${toLocalTime(waitsUntil, now)}`;
  return state === "queued" ? `queued: ${title}` : (activity ?? title);
}

// A window that has begun anew since is not known any more.
function toQuota({ windows, now }: StatusFacts): string[] {
  return windows
    .filter(({ resetsAt }) => resetsAt === undefined || resetsAt * 1_000 > now)
    .map(({ usedPercent, minutes, resetsAt }) => {
      const reset = resetsAt === undefined ? "" : ` ↻${toLocalTime(resetsAt * 1_000, now)}`;
      return `${toSpan(minutes)} ${Math.floor(Math.min(Math.max(usedPercent, 0), 100))}%${reset}`;
    });
}

function toSpan(minutes: number | undefined): string {
  if (minutes === undefined) return "limit";
  // The service has told 299 and 10,079 minutes too.
  const hours = Math.round(minutes / HOUR);
  return hours >= 24 ? `${Math.round(minutes / DAY)}d` : `${Math.max(1, hours)}h`;
}

function toReceipt({ receipt, now }: StatusFacts): string[] {
  if (receipt === undefined || now - receipt.createdAt > OLD_RECEIPT || receipt.files.length === 0) return [];
  const { files, createdAt } = receipt;
  const sum = (key: keyof LineCounts): number => files.reduce((total, file) => total + (file[key] ?? 0), 0);
  // Lines are counted in a git repository alone.
  const lines = files.some(({ added }) => added !== undefined) ? ` +${sum("added")} -${sum("deleted")}` : "";
  const age = describeAge(Math.max(0, now - createdAt)).replace(" ago", "");
  return [`${countOf(files.length, "file")}${lines}, ${age}`];
}

function toWidth(text: string): number {
  return Array.from(text).reduce((total, character) => total + (WIDE.test(character) ? 2 : 1), 0);
}

function cutToWidth(text: string, most: number): string {
  if (toWidth(text) <= most) return text;
  let width = 1;
  const kept = Array.from(text).filter((character) => {
    width += WIDE.test(character) ? 2 : 1;
    return width <= most;
  });
  return `${kept.join("").trimEnd()}…`;
}
