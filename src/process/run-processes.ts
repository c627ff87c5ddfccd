// Finds and ends the processes of a run. The process group does not find them all, since each command has its own session. Nor does the
// process tree, since a `setsid` child whose shell has ended has parent 1. So both the tree and marks in environments are used. Codex passes no
// mark on to its MCP servers; once it has ended, its session shows them.
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

/** How the processes of a run are known. */
export interface RunIdentity {
  /** `NAME=value` in the environment of every process of the run. */
  readonly mark: string;
  /** `NAME=value` that other processes may carry too. It counts for processes that started after the run, were not started by another program, and have no mark of another run. */
  readonly laterMark?: string | undefined;
  /** The run's own program. */
  readonly root?: { readonly pid: number; readonly start: number } | undefined;
  /**
   * Session that the run's program began; only if the program has ended a short while ago at most. Once a session is empty, its number may
   * be given to another one.
   */
  readonly session?: number | undefined;
  /** ProcessTable time of the run's start. */
  readonly startedAt: number;
  /** Processes of the tree that were seen while it ran. The only trace where environments cannot be read (macOS). */
  readonly seen?: readonly { readonly pid: number; readonly start: number }[] | undefined;
  /**
   * Words in the command line of a helper that carries no mark. A process belongs to the run if it started after the run, has all of these
   * words, and has lost its parent.
   */
  readonly helperWords?: readonly string[] | undefined;
}

/** Ends the helpers whose parent, the run's program, is gone, and what they have started. Returns all their pids; some may take a moment to disappear. */
export function endLostHelpers(table: ProcessTable, run: RunIdentity): Set<number> {
  const look = takeLook(table, [run]);
  const lost = new Map(findLostHelpers(table, look, run).map((entry) => [entry.pid, entry]));
  addDescendants(look, lost);
  for (const entry of lost.values()) killEntry(table, entry);
  return new Set(lost.keys());
}

/** Result of a kill. */
export interface KillReport {
  readonly killed: number;
  /** Processes that were still alive at the time limit. */
  readonly survivors: readonly ProcessEntry[];
}

/** Time limit for a kill. Measured: 21 to 58 ms. */
const KILL_LIMIT_MS = 2_000;
const LOOK_INTERVAL_MS = 5;
/** Pause where processes cannot be listed (too many open files), so that files can be closed meanwhile. */
const BLIND_INTERVAL_MS = 50;

/** The living processes of a run. Never this process, its ancestors, or pid 1. */
export function findRunProcesses(table: ProcessTable, run: RunIdentity): ProcessEntry[] {
  return findInLook(table, takeLook(table, [run]), run);
}

/**
 * Ends all processes of runs: finds them and sends SIGKILL, until two looks in a row find none. Returns one report for each run. Takes at
 * most about `limitMs`. Rejects with the file system's error if processes cannot be listed in all that time.
 * The runs share the looks: a look costs about 10 ms on a machine with 500 processes, and dead bridges may have left thousands of runs.
 */
export async function killRuns(
  table: ProcessTable,
  runs: readonly RunIdentity[],
  limitMs = KILL_LIMIT_MS,
): Promise<KillReport[]> {
  const killed = runs.map(() => new Set<number>());
  const until = performance.now() + limitMs;
  for (let emptyLooks = 0; runs.length > 0; ) {
    const look = tryLook(table, runs, performance.now() > until);
    if (look === undefined) {
      emptyLooks = 0;
      await new Promise((resolve) => setTimeout(resolve, BLIND_INTERVAL_MS));
      continue;
    }
    const found = runs.map((run) => findInLook(table, look, run));
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

// All processes at one moment, indexed so that those of a run are found without a walk over all.
interface Look {
  readonly byPid: ReadonlyMap<number, ProcessEntry>;
  readonly children: ReadonlyMap<number, readonly ProcessEntry[]>;
  readonly untouchable: ReadonlySet<number>;
  readonly environments: ReadonlyMap<number, readonly string[]>;
  /** Processes by the marks of the runs in their environments. */
  readonly byMark: ReadonlyMap<string, readonly ProcessEntry[]>;
}

// undefined where processes cannot be listed just now; the last look throws the error instead.
function tryLook(table: ProcessTable, runs: readonly RunIdentity[], isLast: boolean): Look | undefined {
  try {
    return takeLook(table, runs);
  } catch (error) {
    if (isLast) throw error;
    return undefined;
  }
}

// A process that is older than the runs cannot belong to them, so its environment is not read.
function takeLook(table: ProcessTable, runs: readonly RunIdentity[]): Look {
  const entries = table.list();
  const byPid = new Map(entries.map((entry) => [entry.pid, entry]));
  const untouchable = findAncestry(byPid);
  const since = runs.reduce((least, run) => Math.min(least, run.startedAt), Number.POSITIVE_INFINITY);
  const newer = entries.filter((entry) => entry.start >= since && !untouchable.has(entry.pid));
  const environments = table.environments(newer.map((entry) => entry.pid));
  const wanted = new Set(runs.flatMap(({ mark, laterMark }) => (laterMark === undefined ? [mark] : [mark, laterMark])));
  const byMark = new Map<string, ProcessEntry[]>();
  for (const entry of newer) {
    for (const text of environments.get(entry.pid) ?? []) if (wanted.has(text)) addTo(byMark, text, entry);
  }
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of entries) addTo(children, entry.ppid, entry);
  return { byPid, children, untouchable, environments, byMark };
}

function findInLook(table: ProcessTable, look: Look, run: RunIdentity): ProcessEntry[] {
  const { byPid, untouchable, environments, byMark } = look;
  const isMine = (entry: ProcessEntry): boolean => !untouchable.has(entry.pid) && entry.start >= run.startedAt;
  const found = new Map<number, ProcessEntry>();
  for (const known of [...(run.root === undefined ? [] : [run.root]), ...(run.seen ?? [])]) {
    const entry = byPid.get(known.pid);
    if (entry !== undefined && isSame(entry, known) && !untouchable.has(entry.pid)) found.set(entry.pid, entry);
  }
  for (const entry of byMark.get(run.mark) ?? []) if (isMine(entry)) found.set(entry.pid, entry);
  for (const entry of findInSession(look, run)) if (isMine(entry)) found.set(entry.pid, entry);
  const later = (run.laterMark === undefined ? [] : (byMark.get(run.laterMark) ?? [])).filter(
    (entry) => isMine(entry) && !hasAnyMark(environments.get(entry.pid) ?? [], run),
  );
  const laterPids = new Set(later.map(({ pid }) => pid));
  for (const entry of later) if (isOrphan(entry.pid, byPid, laterPids, run.startedAt)) found.set(entry.pid, entry);
  for (const entry of findLostHelpers(table, look, run)) found.set(entry.pid, entry);
  addDescendants(look, found);
  return [...found.values()];
}

// If another process has the program's pid now, the session is another one too.
function findInSession({ byPid }: Look, { session, root }: RunIdentity): ProcessEntry[] {
  if (session === undefined) return [];
  const leader = byPid.get(session);
  if (leader !== undefined && !isSame(leader, root)) return [];
  return [...byPid.values()].filter((entry) => entry.session === session);
}

// The parent of a lost helper is pid 1, or an ancestor of ours that adopts orphans. The helper of another bridge still has its program as parent.
function findLostHelpers(table: ProcessTable, { children, untouchable }: Look, run: RunIdentity): ProcessEntry[] {
  const { helperWords: words = [], startedAt } = run;
  if (words.length === 0) return [];
  const orphans = [...untouchable].flatMap((pid) => children.get(pid) ?? []);
  return orphans.filter(({ pid, start }) => start >= startedAt && !untouchable.has(pid) && table.hasWords(pid, words));
}

// Another bridge's turn on the same thread has the same later mark, and a mark of its own.
function hasAnyMark(environment: readonly string[], { mark }: RunIdentity): boolean {
  const name = mark.slice(0, mark.indexOf("=") + 1);
  return environment.some((text) => text.startsWith(name));
}

// The pid may belong to another process since the look.
function killEntry(table: ProcessTable, entry: ProcessEntry): boolean {
  if (!isSame(table.find(entry.pid), entry)) return false;
  try {
    return process.kill(entry.pid, "SIGKILL");
  } catch {
    return false;
  }
}

// Whether a process with the later mark was not started by another program: the chain of its marked parents ends at pid 1, or at a process
// older than the run. So a command that the user's own Codex runs on the same thread is left alone.
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

function addDescendants({ children, untouchable }: Look, found: Map<number, ProcessEntry>): void {
  // A Map is iterated in insertion order, including entries that are added meanwhile.
  for (const pid of found.keys()) {
    for (const child of children.get(pid) ?? []) if (!untouchable.has(child.pid)) found.set(child.pid, child);
  }
}

function addTo<Key>(map: Map<Key, ProcessEntry[]>, key: Key, entry: ProcessEntry): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [entry]);
  else known.push(entry);
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
