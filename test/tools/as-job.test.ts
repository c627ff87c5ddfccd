// How a call becomes a job, and when it does not.
import { describe, expect, test } from "vitest";
import type { CallContext } from "../../src/delegation/requests.ts";
import { BridgeError, reportError } from "../../src/domain/errors.ts";
import { findPatience, type JobPlan, runAsJob } from "../../src/tools/as-job.ts";
import type { FinishedCall } from "../../src/tools/define-tool.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const ANSWER: FinishedCall = { structured: { threadId: "t-1", content: "done" }, text: "done", links: [] };
const FULL = new BridgeError("MACHINE_LIMIT", "The disk is full.");

function setUp(
  options: {
    canTask?: boolean;
    taskAfterMs?: number;
    jobAfterMs?: number;
    jobs?: ReturnType<typeof createFakeJobs>;
    call?: Partial<CallContext>;
  } = {},
) {
  const { canTask = false, taskAfterMs = 30, jobAfterMs = 0, jobs = createFakeJobs() } = options;
  const abort = new AbortController();
  const call = { signal: abort.signal, canTask, ...options.call };
  const context = makeContext({ jobs, taskAfterMs, jobAfterMs, call });
  const run = (plan: Partial<JobPlan>, act: JobPlan["act"]) =>
    runAsJob(context, {
      ...{ tool: "codex", agent: "codex", background: undefined, title: "Fix  the\nbug", needsRoots: false, act },
      ...plan,
    });
  return { jobs, abort, run };
}

/** Work that a test ends. */
function hold() {
  let end: (value: FinishedCall) => void = () => {};
  const held = new Promise<FinishedCall>((resolve) => {
    end = resolve;
  });
  const act = async ({ signal, onTurnStart }: CallContext): Promise<FinishedCall> => {
    onTurnStart?.();
    const stopped = new Promise<FinishedCall>((resolve) => {
      const stop = () => resolve({ error: reportError("CANCELLED", "It was cancelled.") });
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop);
    });
    return Promise.race([held, stopped]);
  };
  return { act, end: () => end(ANSWER) };
}

const startedOf = (end: Awaited<ReturnType<typeof runAsJob>>) => {
  if (!("job" in end)) throw new Error(`no job: ${JSON.stringify(end)}`);
  return end;
};

describe("a call without background", () => {
  test("of a client without tasks is waited for, and leaves no job", async () => {
    const { run, jobs } = setUp({ taskAfterMs: 1 });
    const held = hold();
    const running = run({}, held.act);
    setTimeout(held.end, 60);
    expect(await running).toBe(ANSWER);
    expect(jobs.kept.size).toBe(0);
  });

  test("of a client with tasks that ends soon is answered as usual, and leaves no record", async () => {
    const { run, jobs } = setUp({ canTask: true });
    expect(await run({}, async () => ANSWER)).toBe(ANSWER);
    expect(jobs.kept.size).toBe(0);
  });

  test("of a client with tasks that takes long becomes a job, whose record is there before the answer", async () => {
    const { run, jobs, abort } = setUp({ canTask: true });
    const held = hold();
    const { job, note } = startedOf(await run({}, held.act));
    expect(jobs.kept.get(job.id)).toMatchObject({ state: "running", title: "Fix the bug" });
    expect(note).toMatch(
      /goes on in the background as job cx-00000001: codex, "Fix the bug".*be notified.*do not poll/,
    );
    // The request is answered: its cancel does not end the job.
    abort.abort();
    held.end();
    await jobs.wait([job.id], { timeoutMs: 1_000, signal: new AbortController().signal });
    expect(await jobs.find(job.id)).toMatchObject({ state: "completed", threadId: "t-1", result: { isError: false } });
  });

  test("of an agent that takes long becomes a job before its client gives up, and says how its result is fetched", async () => {
    const { run, jobs } = setUp({ jobAfterMs: 30, call: { caller: { agent: "codex" } } });
    const held = hold();
    const { job, note } = startedOf(await run({}, held.act));
    expect(job.state).toBe("running");
    expect(note).toMatch(/goes on in the background as job .* fetch the result with agent_job: action "wait"/);
    held.end();
    await jobs.wait([job.id], { timeoutMs: 1_000, signal: new AbortController().signal });
    expect(await jobs.find(job.id)).toMatchObject({ state: "completed" });
  });

  test("of an agent becomes a job before its own limit, unless the user has set when", () => {
    const patience = (jobAfterMs: number, limitMs?: number) =>
      findPatience({ taskAfterMs: 0, jobAfterMs, call: { canTask: false, caller: { agent: "codex", limitMs } } });
    expect([300_000, 60_000, 120_000].map((limitMs) => patience(240_000, limitMs))).toEqual([240_000, 48_000, 96_000]);
    expect([patience(0, 60_000), patience(300_000, 60_000), patience(30_000, 60_000)]).toEqual([0, 300_000, 30_000]);
  });

  test("of an agent is waited for with BRIDGE_JOB_AFTER_MS=0", async () => {
    const { run, jobs } = setUp({ jobAfterMs: 0, call: { caller: { agent: "codex" } } });
    const held = hold();
    setTimeout(held.end, 50);
    expect(await run({}, held.act)).toBe(ANSWER);
    expect(jobs.kept.size).toBe(0);
  });

  test("never becomes a job with BRIDGE_TASK_AFTER_MS=0", async () => {
    const { run, jobs } = setUp({ canTask: true, taskAfterMs: 0 });
    const held = hold();
    setTimeout(held.end, 50);
    expect(await run({}, held.act)).toBe(ANSWER);
    expect(jobs.kept.size).toBe(0);
  });

  test("that is cancelled before it becomes a job ends as cancelled", async () => {
    const { run, jobs, abort } = setUp({ canTask: true });
    setTimeout(() => abort.abort(), 5);
    expect(await run({}, hold().act)).toMatchObject({ error: { code: "CANCELLED" } });
    expect(jobs.kept.size).toBe(0);
  });

  test("whose record cannot be written is waited for, and says so", async () => {
    const { run } = setUp({ canTask: true, jobs: createFakeJobs({ keepError: FULL }) });
    const held = hold();
    setTimeout(held.end, 80);
    expect(await run({}, held.act)).toMatchObject({
      structured: {
        content: "done",
        warnings: [expect.stringMatching(/could not go on in the background.*disk is full/)],
      },
    });
  });
});

describe("background: true", () => {
  const background = true;

  test("answers at once for any client, with how the result comes", async () => {
    for (const [canTask, way] of [
      [true, /Started job cx-00000001: codex, "Fix the bug".*be notified/],
      [false, /Started job cx-00000001: codex.*agent_job: action "wait", jobIds \["cx-00000001"\].*before you finish/],
    ] as const) {
      const { run, jobs } = setUp({ canTask });
      const { job, note } = startedOf(await run({ background }, hold().act));
      expect(job).toMatchObject({ state: "running" });
      expect(note).toMatch(way);
      expect(jobs.kept.has(job.id)).toBe(true);
      await jobs.close();
    }
  });

  test("beyond the jobs that run at once is queued, with its place", async () => {
    const { run, jobs } = setUp({ jobs: createFakeJobs({ slots: 1 }) });
    await run({ background }, hold().act);
    const { job, note } = startedOf(await run({ background }, hold().act));
    expect(job).toMatchObject({ state: "queued", position: 1 });
    expect(note).toContain("It is queued at position 1.");
    await jobs.close();
  });

  test("that is refused at once answers the error, and leaves no job", async () => {
    const { run, jobs } = setUp();
    const refuse = async () => {
      throw new BridgeError("DEPTH_EXCEEDED", "Too deep.");
    };
    expect(await run({ background }, refuse)).toMatchObject({ error: { code: "DEPTH_EXCEEDED" } });
    expect(jobs.kept.size).toBe(0);
  });

  test("whose record cannot be written is an error, and nothing runs", async () => {
    const jobs = createFakeJobs({ keepError: FULL });
    const { run } = setUp({ jobs });
    await expect(run({ background }, hold().act)).rejects.toMatchObject({
      report: { code: "MACHINE_LIMIT", nextStep: expect.stringContaining("Nothing is running.") },
    });
    expect(jobs.running()).toBe(0);
  });

  test("that is cancelled before the answer starts no job", async () => {
    const { run, jobs, abort } = setUp();
    abort.abort();
    expect(await run({ background }, hold().act)).toMatchObject({ error: { code: "CANCELLED" } });
    expect(jobs.kept.size).toBe(0);
    expect(jobs.running()).toBe(0);
  });

  test("asks for the client's directories while the request is open, where the call names none", async () => {
    let isOpen = true;
    const asked: boolean[] = [];
    const listRoots = async () => {
      asked.push(isOpen);
      return ["/tree"];
    };
    const { run, jobs } = setUp({ call: { listRoots } });
    const seen: unknown[] = [];
    const look = async (call: CallContext) => {
      call.onTurnStart?.();
      await new Promise((resolve) => setTimeout(resolve, 30));
      seen.push(await call.listRoots?.());
      return ANSWER;
    };
    const { job } = startedOf(await run({ background, needsRoots: true }, look));
    isOpen = false;
    await jobs.wait([job.id], { timeoutMs: 1_000, signal: new AbortController().signal });
    expect(asked).toEqual([true]);
    expect(seen).toEqual([["/tree"]]);
    await run({ background, needsRoots: false }, async () => ANSWER);
    expect(asked).toHaveLength(1);
  });
});

test("what an exception of the work says becomes the job's result, in one line, without secrets of an unknown error", async () => {
  const { run, jobs } = setUp();
  const fail = async (call: CallContext): Promise<FinishedCall> => {
    call.onTurnStart?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
    throw new Error("hunter2");
  };
  const { job } = startedOf(await run({ background: true, errorFields: { outcome: "failed" } }, fail));
  await jobs.wait([job.id], { timeoutMs: 1_000, signal: new AbortController().signal });
  const { state, result } = (await jobs.find(job.id)) ?? {};
  expect(state).toBe("failed");
  expect(result?.text).toMatch(/^\[INTERNAL\] [^\n]*$/);
  expect(result?.structured).toMatchObject({ outcome: "failed", error: { code: "INTERNAL" } });
  expect(JSON.stringify(result)).not.toContain("hunter2");
});

describe("a call that may wait for quota", () => {
  const LIMIT = reportError("USAGE_LIMIT", "The Codex account has reached its usage limit.", {
    threadId: "t-9",
    details: { resetsAt: "2026-11-26T22:27:00.000Z" },
  });
  const meetLimit = async (): Promise<FinishedCall> => ({ error: LIMIT });
  const asked: (string | undefined)[] = [];
  const toOrder = (threadId: string | undefined) => {
    asked.push(threadId);
    return { tool: "codex-reply", args: { threadId, prompt: "Go on." } };
  };

  test.each([
    ["that blocks", {}, {}, /waits as job cx-00000001.*fetch the result later with agent_job/],
    ["of a client with tasks", { canTask: true }, {}, /waits as job cx-00000001.*be notified/],
    ["with BRIDGE_TASK_AFTER_MS=0", { canTask: true, taskAfterMs: 0 }, {}, /be notified/],
    ["in the background", {}, { background: true }, /waits as job cx-00000001/],
  ])("%s is answered with the job that waits", async (_name, options, plan, says) => {
    const { run, jobs } = setUp({ ...options, jobs: createFakeJobs({ parks: true }) });
    const { job, note } = startedOf(await run({ ...plan, toOrder }, meetLimit));
    expect(note).toMatch(says);
    expect(note).toContain("threadId: t-9.");
    expect(note.length).toBeLessThan(2_000);
    expect(job).toMatchObject({ state: "waiting", waitsUntil: Date.UTC(2026, 10, 26, 22, 27), threadId: "t-9" });
    expect([jobs.kept.has(job.id), asked.at(-1)]).toEqual([true, "t-9"]);
  });

  test("has its error where it cannot, with the reason", async () => {
    const { run } = setUp();
    const end = await run({ toOrder }, meetLimit);
    expect(end).toMatchObject({
      error: { code: "USAGE_LIMIT", nextStep: expect.stringMatching(/It does not go on by itself: this is a test\.$/) },
    });
  });

  test("has its error as it was where the caller did not ask to wait", async () => {
    const { run } = setUp({ jobs: createFakeJobs({ parks: true }) });
    expect(await run({}, meetLimit)).toEqual({ error: LIMIT });
  });

  test("waits for nothing but a usage limit", async () => {
    const { run } = setUp({ jobs: createFakeJobs({ parks: true }) });
    const error = reportError("RATE_LIMITED", "x", { details: { resetsAt: "2026-11-26T22:27:00.000Z" } });
    expect(await run({ toOrder }, async () => ({ error }))).toEqual({ error });
  });

  test("is ended by its cancel as any call", async () => {
    const { run, abort } = setUp({ jobs: createFakeJobs({ parks: true }) });
    setTimeout(() => abort.abort(), 5);
    expect(await run({ toOrder }, hold().act)).toMatchObject({ error: { code: "CANCELLED" } });
  });
});
