// `codex-bridge jobs`, as a process of its own beside the bridge that runs the jobs.
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMachine } from "../../src/app/machine.ts";
import { createMachineJobs } from "../../src/app/machine-jobs.ts";
import type { JobEnd, Jobs } from "../../src/delegation/jobs/job.ts";
import type { CallContext } from "../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";
import { until } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
let jobs: Jobs;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other"]) mkdirSync(join(root, name));
  jobs = open("project");
});
afterEach(async () => {
  await jobs.close();
  rmSync(root, { recursive: true, force: true });
});

const HOUR_MS = 3_600_000;
const stateDir = () => join(root, "state");
function open(project: string): Jobs {
  const options = { stateDir: stateDir(), cwd: join(root, project), logger: SILENT_LOGGER };
  return createMachineJobs({
    ...options,
    jobTtlMs: 3 * HOUR_MS,
    parking: { work: async () => completed, refusal: () => undefined, mayStart: async () => false },
    maxJobs: 1,
    checkMayAct: () => {},
    machine: createMachine(options),
  }).jobs;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
function run(words: string[], { cwd = "project", env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
  const own = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: stateDir(), ...env };
  return new Promise<Ran>((resolve) => {
    execFile(process.execPath, [BIN, "jobs", ...words], { env: own, cwd: join(root, cwd) }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const completed: JobEnd = {
  state: "completed",
  threadId: "thread-1",
  result: { isError: false, text: "All\nis well.", structured: {} },
};

/** A kept job that a test ends; it is cancelled with its signal. */
function start(title: string, isQueued = false) {
  let end = (_end: JobEnd): void => {};
  let context: CallContext | undefined;
  const call = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
  const job = jobs.create({ tool: "codex", title, call, isQueued }, (given) => {
    context = given;
    return new Promise((resolve) => {
      end = resolve;
      given.signal.addEventListener("abort", () => resolve({ ...completed, state: "cancelled" }));
    });
  });
  job.keep();
  return { id: job.id, end: () => end(completed), report: (line: string) => context?.report(line) };
}

test("lists the jobs of the directory in one line each, newest first, or as JSON", async () => {
  const first = start("read the \x1b[2Jparser", true);
  const second = start("later", true);
  first.end();
  await until("the second runs", async () => (await jobs.find(second.id))?.state === "running");
  const third = start("last", true);
  const { code, stdout } = await run([]);
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^${third.id} {2}queued 1 +\\d+ s ago {2}last`)),
    expect.stringMatching(new RegExp(`^${second.id} {2}running +\\d+ s ago {2}later`)),
    expect.stringMatching(new RegExp(`^${first.id} {2}completed +\\d+ s ago {2}read the \\[2Jparser +thread-1$`)),
  ]);
  expect(JSON.parse((await run(["--json"])).stdout)).toMatchObject([{ id: third.id }, {}, { state: "completed" }]);
});

test("knows the jobs of its directory alone, unless --all asks for the others", async () => {
  const { id } = start("x");
  const elsewhere = { cwd: "other" };
  expect((await run([], elsewhere)).stdout).toMatch(/^No jobs of this directory; --all/);
  expect(await run([id], elsewhere)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--all looks in every"),
  });
  expect((await run(["--all"], elsewhere)).stdout).toContain(join(root, "project"));
  expect(await run(["--all", "--cancel", id], elsewhere)).toMatchObject({ code: 0, stdout: `${id} is cancelled.\n` });
  expect(await jobs.find(id)).toMatchObject({ state: "cancelled" });
});

test("shows until when a job waits for quota, and cancels it though no bridge runs it", async () => {
  const call = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
  const job = jobs.create({ tool: "codex", title: "fix", call, isQueued: false }, async () => ({
    ...{ state: "parked", threadId: "thread-9", resetsAt: Date.now() + HOUR_MS, otherwise: () => completed },
    order: { tool: "codex-reply", args: { prompt: "Go on." } },
  }));
  await job.ended;
  await jobs.close();
  const { stdout } = await run([]);
  expect(stdout).toMatch(
    new RegExp(`^${job.id} {2}waiting +\\d+ s ago {2}fix {2}thread-9 {2}until .*\\d\\d:\\d\\d\n$`),
  );
  expect((await run([job.id])).stdout).toMatch(/It waits for quota, .*\d\d:\d\d; then it goes on in any Claude Code/);
  expect(await run(["--cancel", job.id])).toMatchObject({ code: 0, stdout: `${job.id} is cancelled.\n` });
  expect(await run([job.id])).toMatchObject({ code: 1, stdout: expect.stringContaining("[CANCELLED]") });
});

test.runIf(canMount())("on a full disk a cancel says what to do, and works once there is room", async () => {
  const { id } = start("x");
  const folder = join(stateDir(), "job-requests");
  const unmount = mountDisk(folder, "8k");
  try {
    fillDisk(folder);
    const { code, stderr } = await run(["--cancel", id]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        `The bridge that runs job ${id} could not be asked: a disk is full. Free what has run out and try again, or cancel it in the session that started it.`,
      ),
    ]);
    expect(await jobs.find(id)).toMatchObject({ state: "running" });
  } finally {
    unmount();
  }
  expect(await run(["--cancel", id])).toMatchObject({ code: 0 });
});

test("prints a result, and says by its exit code whether the job has completed", async () => {
  const { id, end } = start("x");
  expect(await run([id])).toMatchObject({ code: 1, stdout: expect.stringMatching(/running[\s\S]*--follow cx-/) });
  end();
  await until("it has ended", async () => (await jobs.find(id))?.state === "completed");
  const { code, stdout } = await run([id]);
  expect([code, stdout]).toEqual([0, `${id} completed  x\nAll\nis well.\n`]);
});

test("follows a job to its end", { timeout: 20_000 }, async () => {
  const { id, end, report } = start("x");
  report("Reading files");
  const following = run(["--follow", id]);
  // Progress is on disk within two seconds.
  setTimeout(() => report("Running tests"), 4_000);
  setTimeout(end, 8_000);
  const { code, stdout } = await following;
  expect(code).toBe(0);
  expect(stdout).toMatch(/Reading files\nRunning tests\n.*completed {2}x\nAll\nis well\.\n$/s);
});

test("a follower whose reader has gone ends, though the job goes on", { timeout: 20_000 }, async () => {
  const { id, report } = start("x");
  report("Reading files");
  const own = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: stateDir() };
  const child = spawn(process.execPath, [BIN, "jobs", "--follow", id], { env: own, cwd: join(root, "project") });
  child.stdout.once("data", () => child.stdout.destroy());
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let lines = 0;
  const telling = setInterval(() => report(`Line ${++lines}`), 500);
  expect(await exited).toBe(1);
  clearInterval(telling);
  expect(await jobs.find(id)).toMatchObject({ state: "running" });
});

test("what a killed bridge left is interrupted, and says how to go on", async () => {
  const { id } = start("x");
  const [name = ""] = readdirSync(join(stateDir(), "jobs"));
  const path = join(stateDir(), "jobs", name);
  const record = JSON.parse((await run([id, "--json"])).stdout) as Record<string, unknown>;
  const owner = { pid: 4_194_305, start: 1, bootId: "b", bell: "0123456789ab", cwd: "/", since: 0 };
  const { isOwn: _isOwn, ...rest } = record;
  writeFileSync(path, JSON.stringify({ ...rest, owner }));
  expect(await run([id])).toMatchObject({ code: 1, stdout: expect.stringContaining("call codex again") });
});

test.each([
  [["cx-nowhere0"], /There is no job "cx-nowhere0" of this directory/],
  [["--cancel", "../../x"], /There is no job/],
  [["--follow", "cx-nowhere0"], /There is no job/],
  [["a", "b"], /takes one id/],
  [["a", "--cancel", "b"], /takes one of/],
])("%j is refused with the way out", async (words, message) => {
  const { code, stdout, stderr } = await run(words);
  expect(stderr).toMatch(message);
  expect([code, stdout]).toEqual([2, ""]);
});

test("wrong settings are named", async () => {
  expect(await run([], { env: { BRIDGE_MAX_JOBS: "many" } })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("BRIDGE_MAX_JOBS"),
  });
});
