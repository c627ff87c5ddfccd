// What belongs to a run, and the end of it. A process group is not enough, since each command has a session of its own;
// a tree is not enough, since a `setsid` child whose shell has ended has parent 1. So: tree, and marks in environments.
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

/** How the processes of a run are known. */
export interface RunIdentity {
  /** `NAME=value` in the environment of whatever belongs to the run. */
  readonly mark: string;
  /** `NAME=value` that others may carry too: counts for processes that started after the run, were not started by others, and have no mark of another run. */
  readonly laterMark?: string | undefined;
  /** The program that the run is. */
  readonly root?: { readonly pid: number; readonly start: number } | undefined;
  /** ProcessTable time of the run's start. */
  readonly startedAt: number;
  /** Processes of the tree that were seen while it ran: the only trace where environments cannot be read (macOS). */
  readonly seen?: readonly { readonly pid: number; readonly start: number }[] | undefined;
}

/** How a kill went. */
export interface KillReport {
  readonly killed: number;
  /** Still alive when the time was up. */
  readonly survivors: readonly ProcessEntry[];
}

/** Longest time for a kill; measured: 21 to 58 ms. */
const KILL_LIMIT_MS = 2_000;
const LOOK_INTERVAL_MS = 5;

/** The living processes that belong to a run; never this process, its ancestors, or pid 1. */
export function findRunProcesses(table: ProcessTable, run: RunIdentity): ProcessEntry[] {
  return findInLook(takeLook(table, run.startedAt), run);
}

/** Ends all that belongs to a run: collect, SIGKILL, until two looks in a row find nothing. Takes at most about `limitMs`. */
export async function killRun(table: ProcessTable, run: RunIdentity, limitMs = KILL_LIMIT_MS): Promise<KillReport> {
  const [report] = await killRuns(table, [run], limitMs);
  return report ?? { killed: 0, survivors: [] };
}

/** The same for many runs, a report each: they share the looks, which cost about 10 ms on a machine with 500 processes. */
export async function killRuns(
  table: ProcessTable,
  runs: readonly RunIdentity[],
  limitMs = KILL_LIMIT_MS,
): Promise<KillReport[]> {
  const since = Math.min(...runs.map((run) => run.startedAt));
  const killed = runs.map(() => new Set<number>());
  const until = performance.now() + limitMs;
  for (let emptyLooks = 0; runs.length > 0; ) {
    const look = takeLook(table, since);
    const found = runs.map((run) => findInLook(look, run));
    const isEmpty = found.every((entries) => entries.length === 0);
    emptyLooks = isEmpty ? emptyLooks + 1 : 0;
    if (emptyLooks === 2 || (!isEmpty && performance.now() > until)) {
      return found.map((survivors, at) => ({ killed: killed[at]?.size ?? 0, survivors }));
    }
    for (const [at, entries] of found.entries()) {
      for (const entry of entries) if (killEntry(table, entry)) killed[at]?.add(entry.pid);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
  return [];
}

// All processes at one moment, with the environments that may hold a mark.
interface Look {
  readonly entries: readonly ProcessEntry[];
  readonly byPid: ReadonlyMap<number, ProcessEntry>;
  readonly untouchable: ReadonlySet<number>;
  readonly environments: ReadonlyMap<number, readonly string[]>;
}

// A process that is older than the runs cannot belong to them: its environment need not be read.
function takeLook(table: ProcessTable, since: number): Look {
  const entries = table.list();
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const untouchable = findAncestry(byPid);
  const newer = entries.filter((entry) => entry.start >= since && !untouchable.has(entry.pid));
  return { entries, byPid, untouchable, environments: table.environments(newer.map((entry) => entry.pid)) };
}

function findInLook({ entries, byPid, untouchable, environments }: Look, run: RunIdentity): ProcessEntry[] {
  const found = new Set<number>();
  const later = new Set<number>();
  for (const entry of entries) {
    if (untouchable.has(entry.pid)) continue;
    if (isSame(entry, run.root) || run.seen?.some((known) => isSame(entry, known)) === true) found.add(entry.pid);
    if (entry.start < run.startedAt) continue;
    const environment = environments.get(entry.pid) ?? [];
    if (environment.includes(run.mark)) found.add(entry.pid);
    else if (hasLaterMark(environment, run)) later.add(entry.pid);
  }
  for (const pid of later) if (isOrphan(pid, byPid, later, run.startedAt)) found.add(pid);
  addDescendants(entries, found, untouchable);
  return entries.filter((entry) => found.has(entry.pid));
}

// A neighbour's turn on the same thread, before or after this one, has the later mark too, and a mark of its own.
function hasLaterMark(environment: readonly string[], { mark, laterMark }: RunIdentity): boolean {
  if (laterMark === undefined || !environment.includes(laterMark)) return false;
  const name = mark.slice(0, mark.indexOf("=") + 1);
  return !environment.some((text) => text.startsWith(name));
}

// The pid may have passed to another process since the look.
function killEntry(table: ProcessTable, entry: ProcessEntry): boolean {
  if (!isSame(table.find(entry.pid), entry)) return false;
  try {
    return process.kill(entry.pid, "SIGKILL");
  } catch {
    return false;
  }
}

// Carries the later mark without being started by somebody else's program: its parents up to the first without the mark
// end at pid 1, or at a process older than the run. A command that the user's own Codex runs on the same thread is left alone.
function isOrphan(
  pid: number,
  byPid: ReadonlyMap<number, ProcessEntry>,
  later: ReadonlySet<number>,
  startedAt: number,
): boolean {
  let entry = byPid.get(pid);
  while (entry !== undefined && later.has(entry.pid)) {
    if (entry.ppid <= 1) return true;
    entry = byPid.get(entry.ppid);
  }
  return entry === undefined || entry.start < startedAt;
}

function addDescendants(entries: readonly ProcessEntry[], found: Set<number>, untouchable: ReadonlySet<number>): void {
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const entry of entries) if (found.has(entry.ppid) && !untouchable.has(entry.pid)) found.add(entry.pid);
  }
}

function findAncestry(byPid: ReadonlyMap<number, ProcessEntry>): Set<number> {
  const result = new Set([0, 1]);
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 1 && !result.has(pid); ) {
    result.add(pid);
    pid = byPid.get(pid)?.ppid;
  }
  return result;
}

function isSame(entry: ProcessEntry | undefined, other: { pid: number; start: number } | undefined): boolean {
  return entry !== undefined && other !== undefined && entry.pid === other.pid && entry.start === other.start;
}
