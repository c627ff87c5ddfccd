// What belongs to a run, and its end, with real processes; every process of a test carries the test's own mark.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { findVariable, readAncestors } from "../../src/process/ancestors.ts";
import { createLivenessJudge, readOwnIdentity } from "../../src/process/liveness.ts";
import { createProcessTable, type ProcessTable, parsePs, parseStat } from "../../src/process/process-table.ts";
import { createRunLedger, type RunLedger } from "../../src/process/run-ledger.ts";
import { killRuns } from "../../src/process/run-processes.ts";
import type { RunRecord } from "../../src/process/run-record.ts";
import { until } from "../support/lab.ts";

const table = createProcessTable("linux");
let caseMark: string;
let runMark: string;
let store: Map<string, RunRecord>;
/** ProcessTable time before anything of the test was started: a run owns no process that is older than itself. */
let testStartedAt: number;

beforeEach(() => {
  testStartedAt = table.now();
  caseMark = `LAB_CASE=${nanoid()}`;
  runMark = `RUN=${nanoid()}`;
  store = new Map();
});
afterEach(() => {
  for (const { pid } of alive()) process.kill(pid, "SIGKILL");
});

const has = (pid: number, text: string): boolean => table.environment(pid)?.includes(text) === true;
const alive = (text = caseMark) => table.list().filter((entry) => entry.pid !== process.pid && has(entry.pid, text));
const toEnv = (...texts: string[]) => Object.fromEntries(texts.map((text) => text.split("=") as [string, string]));

const listSleeps = () => alive().filter(({ pid }) => /^sleep \d+$/.test(table.commandLine(pid)));

/**
 * Starts a shell script that carries the test's mark and the given ones. Resolves when `count` marked processes are there, and
 * each `sleep` of the script is one: a process that has only been forked still has the command line and the marks of its parent.
 */
async function start(script: string, marks: string[], count: number): Promise<number> {
  const sleeps = listSleeps().length + (script.match(/\bsleep \d/g)?.length ?? 0);
  const child = spawn("/bin/sh", ["-c", script], {
    env: { PATH: process.env["PATH"] ?? "", ...toEnv(caseMark, ...marks) },
    stdio: "ignore",
    detached: true,
  });
  child.unref();
  await until(`${count} processes`, () => alive().length >= count && listSleeps().length >= sleeps);
  return child.pid ?? 0;
}

const createLedger = (seen = table, judge = createLivenessJudge(seen).judge): RunLedger =>
  createRunLedger({
    table: seen,
    own: readOwnIdentity(table),
    judge,
    platform: "linux",
    logger: SILENT_LOGGER,
    store: {
      write: (record) => store.set(record.id, record),
      remove: (id) => store.delete(id),
      names: () => [...store.keys()],
      read: (id) => store.get(id),
    },
  });

describe("a run's end", () => {
  test("takes children, setsid children, orphans and those that ignore SIGTERM", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    const pid = await start(
      "trap '' TERM; setsid sleep 300 & (setsid sh -c 'sleep 301 & exit') & sleep 302 & wait",
      [runMark],
      4,
    );
    ledger.attach("r", pid);
    await ledger.kill("r");
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("finds by the tree what does not carry the mark", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    const pid = await start("env -u RUN sleep 300 & wait", [runMark], 2);
    ledger.attach("r", pid);
    await ledger.kill("r");
    expect(alive()).toEqual([]);
  });

  test("takes helpers that its program has lost, and leaves those that have a parent or work elsewhere", async () => {
    const word = `--helper-${nanoid()}`;
    const helper = (folder: string): string => `sh -c 'sleep 300; exit' helper ${word} ${folder}`;
    const find = (folder: string) => alive().filter(({ pid }) => table.hasWords(pid, [word, folder]));
    const ledger = createLedger();
    ledger.begin("r", runMark, { helperWords: [word, "/mine"] });
    await start(`setsid ${helper("/mine")} & setsid ${helper("/other")} & exit`, [], 4);
    await start(`${helper("/mine")} & wait`, [], 7);
    const listLost = () =>
      [...find("/mine"), ...find("/other")].filter(({ ppid }) => !alive().some(({ pid }) => pid === ppid));
    await until("two have lost their parent", () => listLost().length === 2 && find("/mine").length === 2);
    expect(ledger.leave("r")).toEqual([]);
    await until("the lost one is gone", () => find("/mine").length === 1);
    // With what it had started.
    await until("its sleep is gone", () => listSleeps().length === 2);
    expect(find("/other")).toHaveLength(1);
    expect(store.size).toBe(0);
  });

  // As Codex starts its MCP servers: without its own marks. The program ends once told to, and leaves them with parent 1.
  async function startUnmarked(ledger: RunLedger, script: string, count: number) {
    ledger.begin("r", runMark);
    const pid = await start(`${script} sleep 309 & wait`, [runMark], count);
    ledger.attach("r", pid);
    const end = async (): Promise<void> => {
      for (const entry of alive()) if (entry.pid === pid || has(entry.pid, runMark)) process.kill(entry.pid, "SIGKILL");
      await until("the program has ended", () => table.isGone(pid));
    };
    return { pid, end };
  }

  test("takes what the program left in its session without a mark", async () => {
    const ledger = createLedger();
    const { end } = await startUnmarked(ledger, "env -u RUN sh -c 'sleep 300; exit' &", 4);
    await start("exec sleep 301", [], 5);
    await end();
    expect(alive()).toHaveLength(3);
    await ledger.kill("r");
    expect(listSleeps().map(({ pid }) => table.commandLine(pid))).toEqual(["sleep 301"]);
  });

  test("does not take the session of another program that has the pid now", async () => {
    const pid = await start("sleep 300 & wait", [], 2);
    const root = { pid, start: (table.find(pid)?.start ?? 0) - 1 };
    await killRuns(table, [{ mark: runMark, root, session: pid, startedAt: testStartedAt }]);
    expect(alive()).toHaveLength(2);
  });

  test("takes what was remembered before the program was told to exit, in a session of its own too", async () => {
    const ledger = createLedger();
    const { end } = await startUnmarked(ledger, "env -u RUN setsid sleep 300 &", 3);
    ledger.remember("r");
    await end();
    await ledger.kill("r");
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("what a completed run left without a mark is told, and ended with the bridge", async () => {
    const ledger = createLedger();
    const { end } = await startUnmarked(ledger, "env -u RUN sh -c 'sleep 300; exit' &", 4);
    await end();
    expect(ledger.leave("r").map(({ command }) => command)).toContain("sleep 300");
    await ledger.endAll();
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("leaves a neighbour's run alone", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    await start("exec sleep 300", [`RUN=${nanoid()}`], 1);
    await ledger.kill("r");
    expect(alive()).toHaveLength(1);
  });

  test("a later mark counts for what lost its parent, not for what somebody else's program started", async () => {
    const later = `THREAD=${nanoid()}`;
    const run = { mark: runMark, laterMark: later, startedAt: table.now() };
    // Somebody else's program, started after the run, that runs a command on the same thread.
    await start(`exec env -u THREAD sh -c '${later} sleep 300 & wait'`, [], 2);
    await until("the command has its mark", () => alive(later).length === 1);
    await killRuns(table, [run]);
    expect(alive(later)).toHaveLength(1);
    const [mine] = alive(later);
    await start(`setsid sleep 301 & exit`, [later], 3);
    await killRuns(table, [run]);
    await until("the orphan is gone", () => alive(later).length === 1);
    expect(alive(later)[0]?.pid).toBe(mine?.pid);
  });

  test("a later mark does not count for what a neighbour's run on the same thread has left on its own", async () => {
    const later = `THREAD=${nanoid()}`;
    const run = { mark: runMark, laterMark: later, startedAt: table.now() };
    await start("(setsid sleep 300 & exit); exit", [`RUN=${nanoid()}`, later], 1);
    const listLater = () => alive(later).map(({ pid }) => table.commandLine(pid));
    await until("it has lost its parents", () => listLater().join() === "sleep 300");
    await killRuns(table, [run]);
    expect(listLater()).toEqual(["sleep 300"]);
  });

  test("many runs end together, each with its own report", async () => {
    const marks = Array.from({ length: 12 }, () => `RUN=${nanoid()}`);
    for (const [at, mark] of marks.entries()) await start(`setsid sleep 300 & exec sleep 301`, [mark], 2 * (at + 1));
    let looks = 0;
    const counting = {
      ...table,
      list: () => {
        looks += 1;
        return table.list();
      },
    };
    const reports = await killRuns(
      counting,
      marks.map((mark) => ({ mark, startedAt: 0 })),
    );
    expect(reports).toEqual(marks.map(() => ({ killed: 2, survivors: [] })));
    expect(alive()).toEqual([]);
    expect(looks).toBeLessThan(12);
  });

  test("whoever asks for a run that is being ended shares its looks, unless more is known of it by then", async () => {
    let looks = 0;
    const list = () => {
      looks += 1;
      return table.list();
    };
    const ledger = createLedger({ ...table, list });
    ledger.begin("r", runMark);
    await start("exec sleep 300", [runMark], 1);
    const pid = await start("exec sleep 301", [], 2);
    const first = ledger.kill("r");
    await Promise.resolve();
    await Promise.resolve();
    expect(looks).toBeGreaterThan(0);
    await Promise.all([first, ledger.kill("r"), ledger.endAll()]);
    expect(looks).toBeLessThanOrEqual(4);
    expect(alive()).toHaveLength(1);
    ledger.begin("r", runMark);
    const before = ledger.kill("r");
    await Promise.resolve();
    await Promise.resolve();
    ledger.attach("r", pid);
    await Promise.all([before, ledger.kill("r")]);
    expect(alive()).toEqual([]);
  });

  test("a pid that another process has now is not touched", async () => {
    const pid = await start("exec sleep 300", [], 1);
    const entry = table.find(pid);
    await killRuns(table, [{ mark: runMark, root: { pid, start: (entry?.start ?? 0) - 1 }, startedAt: table.now() }]);
    expect(table.find(pid)).toEqual(entry);
  });

  test("a pid that was seen in the tree and belongs to another process now is not touched", async () => {
    const pid = await start("exec sleep 300", [], 1);
    const entry = table.find(pid);
    const seen = [{ pid, start: (entry?.start ?? 0) - 1 }];
    await killRuns(table, [{ mark: runMark, seen, startedAt: table.now() }]);
    expect(table.find(pid)).toEqual(entry);
  });

  test("a process whose pid passes to another one between the look and the kill is not touched", async () => {
    const pid = await start("exec sleep 300", [runMark], 1);
    const entry = table.find(pid);
    // As if the run's process had ended, and this one had got its pid since.
    const before: ProcessTable = {
      ...table,
      list: () => table.list().map((each) => (each.pid === pid ? { ...each, start: each.start - 1 } : each)),
    };
    const reports = await killRuns(before, [{ mark: runMark, startedAt: testStartedAt - 1 }], 100);
    expect(reports).toMatchObject([{ killed: 0 }]);
    expect(table.find(pid)).toEqual(entry);
  });
});

describe("a completed run", () => {
  test("that left nothing is forgotten", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    expect(ledger.leave("r")).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("that left something keeps it, by name, until the bridge ends", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    await start("exec sleep 300", [runMark], 1);
    await until("the shell has become it", () => alive().every(({ pid }) => table.commandLine(pid) === "sleep 300"));
    expect(ledger.leave("r")).toMatchObject([{ command: "sleep 300" }]);
    expect(alive()).toHaveLength(1);
    await ledger.endAll();
    await ledger.endAll();
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });
});

test("where environments cannot be read, what was seen of the tree is ended, its orphans too", async () => {
  const blind = { ...table, environment: () => undefined, environments: () => new Map() };
  const ledger = createRunLedger({
    table: blind,
    own: readOwnIdentity(table),
    judge: createLivenessJudge(table).judge,
    platform: "darwin",
    logger: SILENT_LOGGER,
    store: {
      write: (record) => store.set(record.id, record),
      remove: (id) => store.delete(id),
      names: () => [],
      read: () => undefined,
    },
  });
  ledger.begin("r", runMark);
  const pid = await start("(setsid sleep 300; exit) & sleep 301 & wait", [], 4);
  ledger.attach("r", pid);
  ledger.sample("r");
  process.kill(pid, "SIGKILL");
  await until("the root is gone", () => table.find(pid) === undefined);
  await ledger.kill("r");
  expect(alive()).toEqual([]);
});

test("where environments cannot be read, one chatty run does not keep another one from being sampled", async () => {
  const ledger = createRunLedger({
    // As if all of it happened within one second of the table's clock.
    table: { ...table, environments: () => new Map(), now: () => 1 },
    own: readOwnIdentity(table),
    judge: createLivenessJudge(table).judge,
    platform: "darwin",
    logger: SILENT_LOGGER,
    store: {
      write: (record) => store.set(record.id, record),
      remove: () => {},
      names: () => [],
      read: () => undefined,
    },
  });
  const pids = [await start("sleep 300 & wait", [], 2), await start("sleep 301 & wait", [], 4)];
  for (const [at, pid] of pids.entries()) {
    ledger.begin(`r${at}`, `RUN=${nanoid()}`);
    ledger.attach(`r${at}`, pid);
  }
  for (const id of ["r0", "r0", "r1"]) ledger.sample(id);
  expect([...store.values()].map(({ seen }) => seen?.length)).toEqual([2, 2]);
});

describe("a run of which something cannot be ended", () => {
  test("stays on record until nothing of it is left", async () => {
    let isStubborn = true;
    // Nothing is found by its pid: so nothing is killed.
    const stubborn: ProcessTable = { ...table, find: (pid) => (isStubborn ? undefined : table.find(pid)) };
    const ledger = createLedger(stubborn);
    ledger.begin("r", runMark);
    await start("exec sleep 300", [runMark], 1);
    await ledger.kill("r");
    expect(alive()).toHaveLength(1);
    expect(store.size).toBe(1);
    isStubborn = false;
    await ledger.endAll();
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("stays on record where nothing can be looked at (too many open files), and no call is rejected", async () => {
    let isBlind = true;
    const blind = {
      ...table,
      list: () => {
        if (isBlind) throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
        return table.list();
      },
    };
    const ledger = createLedger(blind);
    ledger.begin("r", runMark);
    await start("exec sleep 300", [runMark], 1);
    await ledger.kill("r");
    expect(ledger.leave("r")).toEqual([]);
    expect(store.size).toBe(1);
    isBlind = false;
    await ledger.kill("r");
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });
});

describe("names that a run's sandbox leaves", () => {
  let folder: string;
  const name = (at: number): string => join(folder, [".git", ".codex", ".agents"][at] ?? "");
  const list = () => readdirSync(folder).sort();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-bridge-names-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const absent = () => [0, 1, 2].map(name);

  test("the empty ones go with the run; a bridge that dies leaves them to the next one", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark, { areas: [folder], absent: absent() });
    for (const path of absent()) mkdirSync(path);
    writeFileSync(join(name(1), "config.toml"), "");
    await ledger.kill("r");
    expect([list(), store.size]).toEqual([[".codex"], 0]);

    mkdirSync(name(0));
    store.set("old", {
      ...{ id: "old", mark: runMark, startedAt: testStartedAt, bootId: table.bootId() },
      ...{ owner: { pid: process.pid, start: 1 }, areas: [folder], absent: absent() },
    });
    await createLedger().reap();
    await until("they are removed", () => store.size === 0);
    expect(list()).toEqual([".codex"]);
  });

  test("they stay while another run writes there; of runs that end together none is another one", async () => {
    const ledger = createLedger();
    ledger.begin("a", runMark, { areas: [folder], absent: absent() });
    mkdirSync(name(0));
    ledger.begin("b", `RUN=${nanoid()}`, { areas: [folder], absent: [name(1)] });
    mkdirSync(name(1));
    ledger.begin("c", `RUN=${nanoid()}`, { areas: [folder], absent: [] });
    await ledger.kill("a");
    expect(list()).toEqual([".codex", ".git"]);
    await ledger.endAll();
    expect([list(), store.size]).toEqual([[".git"], 0]);
  });

  test("where it cannot be known who writes there, the run stays on record and nothing is removed", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark, { areas: [folder], absent: absent() });
    mkdirSync(name(0));
    const keys = vi.spyOn(store, "keys").mockImplementation(() => {
      throw Object.assign(new Error("too many open files"), { code: "EMFILE" });
    });
    await ledger.kill("r");
    expect(list()).toEqual([".git"]);
    keys.mockRestore();
    expect(store.size).toBe(1);
    await ledger.endAll();
    expect([list(), store.size]).toEqual([[], 0]);
  });

  test("what the user makes after a run that left processes is the user's", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark, { areas: [folder], absent: absent() });
    mkdirSync(name(0));
    const pid = await start("exec sleep 300", [runMark], 1);
    ledger.attach("r", pid);
    ledger.leave("r");
    expect(store.size).toBe(1);
    mkdirSync(name(1));
    await ledger.endAll();
    expect(list()).toEqual([".codex"]);
  });
});

describe("the reaper", () => {
  const recordOf = (owner: RunRecord["owner"], extra: Partial<RunRecord> = {}): RunRecord => ({
    id: "old",
    mark: runMark,
    startedAt: testStartedAt,
    bootId: table.bootId(),
    owner,
    ...extra,
  });

  test("ends what a bridge that is gone has left", async () => {
    await start("exec sleep 300", [runMark], 1);
    store.set("old", recordOf({ pid: process.pid, start: 1 }));
    await createLedger().reap();
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("ends the runs of a bridge whose pid another process has now", async () => {
    const ledger = createLedger();
    ledger.begin("r", runMark);
    await start("exec sleep 300", [runMark], 1);
    const record = store.get("r");
    const other = table.find(process.ppid);
    if (record === undefined || other === undefined) throw new Error("a record and a parent expected");
    store.set("r", { ...record, owner: { ...record.owner, pid: other.pid, start: other.start } });
    await createLedger().reap();
    expect(alive()).toHaveLength(1);
    store.set("r", { ...record, owner: { ...record.owner, pid: other.pid, start: other.start + 1 } });
    await createLedger().reap();
    expect([alive(), store.size]).toEqual([[], 0]);
  });

  test("leaves the runs of a living bridge", async () => {
    await start("exec sleep 300", [runMark], 1);
    const own = table.find(process.pid);
    store.set("old", recordOf({ pid: process.pid, start: own?.start ?? 0 }));
    await createLedger().reap();
    expect(alive()).toHaveLength(1);
    expect(store.size).toBe(1);
  });

  test("leaves the runs of a bridge that cannot be read just now", async () => {
    await start("exec sleep 300", [runMark], 1);
    store.set("old", recordOf({ pid: process.ppid, start: table.find(process.ppid)?.start ?? 0 }));
    const full = { ...table, find: () => undefined, isGone: () => false };
    await createLedger(full).reap();
    expect(alive()).toHaveLength(1);
    expect(store.size).toBe(1);
  });

  test("leaves the runs of a bridge in another pid namespace, and ends them once it is proved dead", async () => {
    await start("exec sleep 300", [runMark], 1);
    const owner = { pid: 1, start: 1, namespace: "pid:[1]" };
    // Its pids are none of ours: that of this process means another one there.
    const own = table.find(process.pid) ?? { pid: 0, start: 0 };
    store.set("old", recordOf(owner, { root: own, seen: [own] }));
    const liveness = createLivenessJudge(table);
    await createLedger(table, liveness.judge).reap();
    expect(alive()).toHaveLength(1);
    expect(store.size).toBe(1);
    liveness.bury({ ...owner, bootId: table.bootId() });
    await createLedger(table, liveness.judge).reap();
    expect(alive()).toEqual([]);
    await until("it is forgotten", () => store.size === 0);
  });

  test("gets through thousands of records, and lets others in on the way", async () => {
    for (let at = 0; at < 5_000; at += 1) {
      store.set(`old-${at}`, recordOf({ pid: process.pid, start: 1 }, { id: `old-${at}`, mark: `RUN=${at}` }));
    }
    await start("exec sleep 300", [runMark], 1);
    store.set("last", recordOf({ pid: process.pid, start: 1 }, { id: "last" }));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await createLedger().reap(new AbortController().signal);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
    expect(alive()).toEqual([]);
    expect(store.size).toBe(0);
  });

  test("only forgets what was before a boot", async () => {
    await start("exec sleep 300", [runMark], 1);
    store.set("old", recordOf({ pid: 1, start: 1 }, { bootId: "another" }));
    await createLedger().reap();
    expect(alive()).toHaveLength(1);
    expect(store.size).toBe(0);
  });
});

describe("the table", () => {
  test("a command's name may hold anything; a zombie is not alive", () => {
    const stat = (state: string) =>
      `42 (a) b (c) ${state} 7 8 9 ${Array.from({ length: 15 }, () => "0").join(" ")} 99 0`;
    expect(parseStat(stat("S"))).toEqual({ pid: 42, ppid: 7, start: 99, session: 9 });
    expect(parseStat(stat("Z"))).toBeUndefined();
  });

  test("ps tells the same as /proc", () => {
    const ps = createProcessTable("darwin");
    expect(ps.find(process.pid)?.ppid).toBe(process.ppid);
    expect(ps.list().map(({ pid }) => pid)).toContain(process.pid);
    const text = "  12     1 Ss   Sat Nov 21 05:27:33 2026\n  13    12 Z    Sat Nov  1 05:27:33 2026\n";
    expect(parsePs(text)).toEqual([{ pid: 12, ppid: 1, start: Date.UTC(2026, 10, 21, 5, 27, 33) / 1_000 }]);
  });

  test("a start as ps tells it does not depend on the time zone", async () => {
    const ps = createProcessTable("darwin");
    const pid = await start("exec sleep 300", [], 1);
    vi.stubEnv("TZ", "Asia/Kathmandu");
    try {
      expect(Math.abs((ps.find(pid)?.start ?? 0) - ps.now())).toBeLessThan(60);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test("ps reads many environments at once, and misses none for one that is gone", async () => {
    const ps = createProcessTable("darwin");
    const pids = [await start("exec sleep 300", [], 1), 2 ** 22 - 7, await start("exec sleep 301", [], 2)];
    const found = ps.environments(pids);
    expect([...found.keys()].sort()).toEqual([pids[0], pids[2]].sort());
    for (const words of found.values()) expect(words).toContain(caseMark);
  });

  test("a variable is found above a program that does not pass it on", async () => {
    const value = nanoid();
    const script = "env -u ABOVE sh -c 'sleep 300 & wait' & wait";
    await start(script, [`ABOVE=${value}`], 3);
    const sleeper = alive().find((entry) => table.commandLine(entry.pid) === "sleep 300");
    const ancestors = readAncestors(table, sleeper?.pid ?? 0);
    const values = ancestors.map(({ environment }) => findVariable(environment, "ABOVE"));
    expect(values.slice(0, 2)).toEqual([undefined, value]);
    expect(ancestors.at(-1)?.pid).toBe(1);
  });
});
