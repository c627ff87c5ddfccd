// The engine of jobs: what a job is before and after it is kept, how it ends, and what is left of it when its bridge is gone.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Job, JobEnd, JobRequest, Jobs, JobWork } from "../../../src/delegation/jobs/job.ts";
import { createJobs } from "../../../src/delegation/jobs/jobs.ts";
import type { CallContext, ChoiceAnswer, ChoiceQuestion } from "../../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { createJobFiles } from "../../../src/state/job-files.ts";
import { createJobRequestFiles } from "../../../src/state/job-request-files.ts";
import { createParkedOrderFiles } from "../../../src/state/parked-order-files.ts";

let stateDir: string;
let now: number;
let count: number;
/** Pids of bridges that live; the others are dead. */
let living: Set<number>;
let opened: number[];
/** What a ring of a bridge's bell does, by the bell's name. */
let bells: Map<string, () => void>;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "jobs-"));
  now = Date.UTC(2026, 10, 26);
  count = 0;
  living = new Set([1, 2, 3]);
  opened = [];
  bells = new Map();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(stateDir, { recursive: true, force: true });
});

// No job of this file is parked.
const parkingParts = (dir: string) => ({
  orders: createParkedOrderFiles(dir),
  locks: { whileFree: () => {} },
  ttlMs: 86_400_000,
});

const bridge = (
  pid = 1,
  { maxJobs = 4, project = "/p", dir = stateDir, checkMayAct = () => {}, outlives = false } = {},
): Jobs =>
  createJobs({
    files: createJobFiles(dir),
    project,
    own: { pid, start: pid, bootId: "b", cwd: project },
    bell: {
      name: `${pid}`.repeat(12),
      open: () => void opened.push(pid),
      close: () => {
        opened = opened.filter((other) => other !== pid);
      },
    },
    requests: createJobRequestFiles(dir),
    ring: async (bell) => bells.get(bell)?.(),
    onRing: (listener) => void bells.set(`${pid}`.repeat(12), listener),
    judge: (_path, _text, holder) => (living.has(holder.pid) ? "alive" : "dead"),
    checkMayAct,
    ...parkingParts(dir),
    maxJobs,
    outlives,
    newId: () => {
      count += 1;
      return String(count).padStart(8, "0");
    },
    clock: () => now,
    logger: SILENT_LOGGER,
  });

const call = (change: Partial<CallContext> = {}): CallContext => ({
  signal: new AbortController().signal,
  report: () => {},
  canReport: false,
  canTask: false,
  ...change,
});
const request = (change: Partial<JobRequest> = {}): JobRequest => ({
  tool: "codex",
  title: "t",
  call: call(),
  isQueued: false,
  ...change,
});
const completed = (text = "done", threadId = "thread-1"): JobEnd => ({
  state: "completed",
  threadId,
  result: { isError: false, text, structured: { content: text } },
});
const cancelled: JobEnd = {
  state: "cancelled",
  threadId: undefined,
  result: { isError: true, text: "[CANCELLED] It was cancelled.", structured: {} },
};

/** Work that a test ends. It ends by itself as cancelled when its signal aborts. */
function openWork() {
  let end: (value: JobEnd) => void = () => {};
  let context: CallContext | undefined;
  const done = new Promise<JobEnd>((resolve) => {
    end = resolve;
  });
  const work: JobWork = (given) => {
    context = given;
    if (given.signal.aborted) end(cancelled);
    given.signal.addEventListener("abort", () => end(cancelled));
    return done;
  };
  return {
    work,
    end: (value = completed()) => end(value),
    get call(): CallContext {
      if (context === undefined) throw new Error("the work has not begun");
      return context;
    },
    get hasBegun() {
      return context !== undefined;
    },
  };
}

const onDisk = (id: string) => {
  const name = readdirSync(join(stateDir, "jobs")).find((entry) => entry.endsWith(`${id}.json`));
  return JSON.parse(readFileSync(join(stateDir, "jobs", name ?? ""), "utf8")) as Job & { steers?: string[] };
};
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("before it is kept, a job belongs to its call", () => {
  test("a call's cancel ends it, and it leaves nothing", async () => {
    const jobs = bridge();
    const controller = new AbortController();
    const work = openWork();
    const job = jobs.create(request({ call: call({ signal: controller.signal }) }), work.work);
    controller.abort();
    expect(() => job.keep()).toThrow("cancelled before it became a job");
    expect(await job.ended).toEqual(cancelled);
    expect([await jobs.list(), await jobs.find(job.id), readdirSync(stateDir)]).toEqual([[], undefined, []]);
  });

  test("its reports and questions go to the call", async () => {
    const reports: string[] = [];
    const askUser = async (): Promise<ChoiceAnswer> => ({ kind: "chosen", id: "a" });
    const work = openWork();
    bridge().create(request({ call: call({ report: (line) => void reports.push(line), askUser }) }), work.work);
    work.call.report("at work");
    expect(await work.call.askUser?.({ message: "?", choices: [], timeoutMs: 1_000 })).toEqual({
      kind: "chosen",
      id: "a",
    });
    expect(reports).toEqual(["at work"]);
    expect(work.call.isDetached?.()).toBe(false);
  });

  test("it can be kept after its end", async () => {
    const jobs = bridge();
    const job = jobs.create(request(), async () => completed());
    await job.ended;
    expect(job.keep()).toMatchObject({ state: "completed", result: { text: "done" } });
    expect(await bridge(2).find(job.id)).toMatchObject({ state: "completed", isOwn: false, threadId: "thread-1" });
    expect(opened).toEqual([]);
  });
});

describe("a kept job", () => {
  test("is on disk before anything else, goes on without its call, and is forgotten in memory after its end", async () => {
    const jobs = bridge();
    const controller = new AbortController();
    const reports: string[] = [];
    const work = openWork();
    const context = call({ signal: controller.signal, report: (line) => void reports.push(line) });
    const job = jobs.create(request({ call: context, title: "fix\n the  tests" }), work.work);
    const kept = job.keep();
    expect(kept).toMatchObject({ id: job.id, state: "running", title: "fix the tests", isOwn: true, project: "/p" });
    expect(onDisk(job.id)).toMatchObject({ state: "running", owner: { pid: 1, bell: "111111111111" }, version: 2 });
    expect(job.keep()).toEqual(kept);
    controller.abort();
    work.call.report("at work");
    work.call.onThread?.("thread-1");
    expect(work.call.signal.aborted).toBe(false);
    expect(work.call.isDetached?.()).toBe(true);
    expect(reports).toEqual([]);
    expect(await jobs.find(job.id)).toMatchObject({ activity: "at work", threadId: "thread-1" });
    expect(onDisk(job.id)).toMatchObject({ threadId: "thread-1" });
    expect(opened).toEqual([1]);
    now += 5_000;
    work.end();
    await job.ended;
    expect(await jobs.list()).toMatchObject([{ state: "completed", endedAt: now, isOwn: true, activity: "at work" }]);
    expect(opened).toEqual([]);
  });

  test("writes its progress every few seconds, not line by line", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const work = openWork();
    const job = bridge().create(request(), work.work);
    job.keep();
    for (let line = 0; line < 100; line += 1) work.call.report(`line ${line}`);
    expect(onDisk(job.id).activity).toBeUndefined();
    vi.advanceTimersByTime(2_000);
    expect(onDisk(job.id).activity).toBe("line 99");
  });

  test("is cancelled once, and a second time is no error", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    expect([await jobs.cancel(job.id), await jobs.cancel(job.id)]).toEqual(["cancelled", "cancelled"]);
    expect(onDisk(job.id)).toMatchObject({ state: "cancelled", result: cancelled.result });
    const other = jobs.create(request(), async () => completed());
    other.keep();
    await other.ended;
    expect([await jobs.cancel(other.id), await jobs.cancel("cx-unknown0")]).toEqual(["ended", "unknown"]);
  });

  test("whose work throws has failed", async () => {
    const jobs = bridge();
    const job = jobs.create(request(), async () => {
      throw new Error("a bug");
    });
    job.keep();
    expect(await job.ended).toMatchObject({ state: "failed", result: { isError: true } });
    expect(await jobs.find(job.id)).toMatchObject({
      state: "failed",
      result: { text: expect.stringContaining("[INTERNAL]") },
    });
  });

  test("belongs to its project alone", async () => {
    const job = bridge().create(request(), openWork().work);
    job.keep();
    const other = bridge(2, { project: "/q" });
    expect([await other.find(job.id), await other.list(), await other.cancel(job.id)]).toEqual([
      undefined,
      [],
      "unknown",
    ]);
    expect(await other.steer(job.id, "x")).toBe("unknown");
    expect(await other.answer(job.id, "k", { kind: "declined" }, "person")).toBe("unknown");
  });
});

describe("the queue", () => {
  test("runs so many at once, in order, and tells the place of the others", async () => {
    const jobs = bridge(1, { maxJobs: 2 });
    const works = Array.from({ length: 5 }, openWork);
    const made = works.map(({ work }) => jobs.create(request({ isQueued: true }), work));
    const kept = made.map((job) => job.keep());
    expect(kept.map(({ state, position }) => [state, position])).toEqual([
      ["running", undefined],
      ["running", undefined],
      ["queued", 1],
      ["queued", 2],
      ["queued", 3],
    ]);
    expect(onDisk(kept[4]?.id ?? "")).toMatchObject({ state: "queued", position: 3 });
    works[0]?.end();
    await made[0]?.ended;
    await settle();
    expect(works.map(({ hasBegun }) => hasBegun)).toEqual([true, true, true, false, false]);
    const places = await Promise.all(kept.map(async ({ id }) => (await jobs.find(id))?.position));
    expect(places).toEqual([undefined, undefined, undefined, 1, 2]);
    expect(await jobs.cancel(kept[3]?.id ?? "")).toBe("cancelled");
    expect((await jobs.find(kept[4]?.id ?? ""))?.position).toBe(1);
    for (const { end } of works) end();
    await Promise.all(made.map(({ ended }) => ended));
    expect((await jobs.list()).map(({ state }) => state).sort()).toEqual([
      ...["cancelled", "completed", "completed", "completed", "completed"],
    ]);
  });

  test("a cancelled job takes its place until its work has ended", async () => {
    const jobs = bridge(1, { maxJobs: 1 });
    let end: (value: JobEnd) => void = () => {};
    const slow = jobs.create(request({ isQueued: true }), () => new Promise((resolve) => (end = resolve)));
    const next = openWork();
    const second = jobs.create(request({ isQueued: true }), next.work);
    slow.keep();
    second.keep();
    void jobs.cancel(slow.id);
    await settle();
    expect(next.hasBegun).toBe(false);
    end(cancelled);
    await settle();
    expect(next.hasBegun).toBe(true);
    next.end();
    await second.ended;
  });

  test("a job that waits for a person lets another one run in its place", async () => {
    const jobs = bridge(1, { maxJobs: 1 });
    const [asking, next, last] = [openWork(), openWork(), openWork()];
    const made = [asking, next, last].map(({ work }) =>
      jobs.create(request({ isQueued: true, call: call({ canTask: true }) }), work),
    );
    const [first = ""] = made.map((job) => job.keep().id);
    const answer = asking.call.askUser?.(QUESTION);
    await settle();
    expect([next.hasBegun, last.hasBegun]).toEqual([true, false]);
    const key = (await jobs.find(first))?.question?.key ?? "";
    await jobs.answer(first, key, { kind: "chosen", id: "yes" }, "person");
    await answer;
    next.end();
    await settle();
    expect(last.hasBegun).toBe(false);
    asking.end();
    await settle();
    expect(last.hasBegun).toBe(true);
    last.end();
    await Promise.all(made.map(({ ended }) => ended));
  });

  test("a call that only may become a job does not wait in it", () => {
    const jobs = bridge(1, { maxJobs: 1 });
    const works = [openWork(), openWork()];
    jobs.create(request({ isQueued: true }), works[0]?.work ?? openWork().work);
    jobs.create(request(), works[1]?.work ?? openWork().work);
    expect(works.map(({ hasBegun }) => hasBegun)).toEqual([true, true]);
  });

  test("of a bridge takes no more than 1,000 jobs", async () => {
    const jobs = bridge(1, { maxJobs: 1 });
    const works = Array.from({ length: 1_001 }, openWork);
    const made = works.map(({ work }) => jobs.create(request({ isQueued: true }), work));
    for (const job of made.slice(0, 1_000)) job.keep();
    expect(() => made[1_000]?.keep()).toThrow("1000 background jobs of this bridge have not ended");
    works[0]?.end();
    await made[0]?.ended;
    expect(made[1_000]?.keep()).toMatchObject({ state: "queued", position: 999 });
    await jobs.close();
    expect((await bridge(2).list({ limit: 2_000 })).filter(({ state }) => state === "interrupted")).toHaveLength(1_000);
  }, 30_000);

  test("200 jobs through 4 slots: none is lost, and nothing stays in memory", async () => {
    const jobs = bridge(1, { maxJobs: 4 });
    let atOnce = 0;
    let most = 0;
    const made = Array.from({ length: 200 }, (_, at) =>
      jobs.create(request({ isQueued: true }), async () => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await settle();
        atOnce -= 1;
        return completed(`${at}`);
      }),
    );
    for (const job of made) job.keep();
    await Promise.all(made.map(({ ended }) => ended));
    const all = await jobs.list({ limit: 500 });
    expect(all.filter(({ state }) => state === "completed")).toHaveLength(200);
    expect(new Set(all.map(({ result }) => result?.text)).size).toBe(200);
    expect([most, opened]).toEqual([4, []]);
  });
});

const QUESTION: ChoiceQuestion = {
  message: "Go on?",
  choices: [
    { id: "yes", title: "Yes" },
    { id: "no", title: "No" },
  ],
  timeoutMs: 60_000,
};

describe("a question of a kept job", () => {
  const ask = async (change: Partial<CallContext>, question: ChoiceQuestion = QUESTION) => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request({ call: call(change) }), work.work);
    job.keep();
    const answer = work.call.askUser?.(question);
    await settle();
    return { jobs, job, work, answer, key: (await jobs.find(job.id))?.question?.key ?? "" };
  };

  test("waits for its answer, which only a person may give", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true });
    expect(onDisk(job.id)).toMatchObject({ state: "waiting", question: { key, kind: "decision", question: QUESTION } });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "model")).toBe("forbidden");
    expect(await jobs.answer(job.id, "another", { kind: "declined" }, "person")).toBe("late");
    await expect(jobs.answer(job.id, key, { kind: "chosen", id: "maybe" }, "person")).rejects.toThrow("no choice");
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "person")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "yes" });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "no" }, "person")).toBe("late");
    expect(onDisk(job.id)).toMatchObject({ state: "running" });
    expect(onDisk(job.id).question).toBeUndefined();
  });

  test("about information may be answered by a model", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true }, { ...QUESTION, kind: "input" });
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "no" }, "model")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "no" });
  });

  test("dies with its job", async () => {
    const { jobs, job, answer, key } = await ask({ canTask: true });
    expect(await jobs.cancel(job.id)).toBe("cancelled");
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(await jobs.answer(job.id, key, { kind: "declined" }, "person")).toBe("late");
    expect(onDisk(job.id).question).toBeUndefined();
  });

  test("is shown as a form to a client without tasks, and a closed form ends it", async () => {
    let close: (answer: ChoiceAnswer) => void = () => {};
    const { answer, job } = await ask({ askUser: () => new Promise((resolve) => (close = resolve)) });
    expect(onDisk(job.id).state).toBe("waiting");
    close({ kind: "unanswered" });
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(onDisk(job.id).state).toBe("running");
  });

  test("that was asked by the call goes over to the job", async () => {
    const jobs = bridge();
    const work = openWork();
    const askUser = async (): Promise<ChoiceAnswer> => {
      await settle();
      return { kind: "unanswered" };
    };
    const job = jobs.create(request({ call: call({ canTask: true, askUser }) }), work.work);
    const answer = work.call.askUser?.(QUESTION);
    await Promise.resolve();
    await Promise.resolve();
    expect(job.keep()).toMatchObject({ state: "waiting" });
    await settle();
    await settle();
    const key = (await jobs.find(job.id))?.question?.key ?? "";
    expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, "person")).toBe("taken");
    expect(await answer).toEqual({ kind: "chosen", id: "yes" });
  });

  test("has a time limit", async () => {
    const { answer, job } = await ask({ canTask: true }, { ...QUESTION, timeoutMs: 20 });
    expect(await answer).toEqual({ kind: "unanswered" });
    expect(onDisk(job.id).state).toBe("running");
  });

  test("is one of at most 15, each with a new key, and the result says how many were not asked", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request({ call: call({ canTask: true }) }), work.work);
    job.keep();
    const answers = Array.from({ length: 17 }, () => work.call.askUser?.(QUESTION));
    const keys = new Set<string>();
    for (let round = 0; round < 15; round += 1) {
      await settle();
      const { question } = onDisk(job.id);
      keys.add(question?.key ?? "");
      await jobs.answer(job.id, question?.key ?? "", { kind: "chosen", id: "yes" }, "person");
    }
    expect((await Promise.all(answers)).slice(-3)).toEqual([
      { kind: "chosen", id: "yes" },
      { kind: "unanswered" },
      { kind: "unanswered" },
    ]);
    expect(keys.size).toBe(15);
    work.end();
    await job.ended;
    expect((await jobs.find(job.id))?.result?.text).toBe("done\n\n2 questions went unasked: a job asks at most 15.");
  });

  test("cannot be asked where there is nobody to ask", async () => {
    const work = openWork();
    bridge().create(request(), work.work).keep();
    expect(work.call.askUser).toBeUndefined();
  });
});

describe("further input", () => {
  test("goes to the running turn if its backend takes it", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    const given: string[] = [];
    work.call.onSteerable?.(async (text) => given.push(text) > 0);
    expect(await jobs.steer(job.id, "one")).toBe("delivered");
    expect(await bridge(2).steer(job.id, "two")).toBe("delivered");
    work.call.onSteerable?.(async () => false);
    expect(await jobs.steer(job.id, "three")).toBe("queued");
    expect([given, work.call.takeSteers?.()]).toEqual([["one", "two"], ["three"]]);
  });

  test("for a job that ends while its turn is asked is too late", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    work.call.onSteerable?.(async () => {
      work.end();
      await job.ended;
      return false;
    });
    expect(await jobs.steer(job.id, "one")).toBe("ended");
  });

  test("is kept on disk until the work takes it, and what comes too late is told", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    expect([await jobs.steer(job.id, "one"), await jobs.steer(job.id, "two")]).toEqual(["queued", "queued"]);
    expect(onDisk(job.id).steers).toEqual(["one", "two"]);
    expect(work.call.takeSteers?.()).toEqual(["one", "two"]);
    expect(work.call.takeSteers?.()).toEqual([]);
    expect(onDisk(job.id).steers).toBeUndefined();
    await jobs.steer(job.id, "three");
    work.end();
    await job.ended;
    expect((await jobs.find(job.id))?.result?.text).toContain("1 further input came too late");
    expect(await jobs.steer(job.id, "four")).toBe("ended");
  });

  test("has a limit", async () => {
    const jobs = bridge();
    const job = jobs.create(request(), openWork().work);
    job.keep();
    for (let at = 0; at < 20; at += 1) await jobs.steer(job.id, "x");
    await expect(jobs.steer(job.id, "x")).rejects.toThrow("20 texts");
    const other = jobs.create(request(), openWork().work);
    other.keep();
    await jobs.steer(other.id, "\u0001".repeat(2_000_000));
    await expect(jobs.steer(other.id, "x".repeat(100_000))).rejects.toThrow("Too much input");
    // The record can still be read.
    expect(await bridge(2).find(other.id)).toMatchObject({ state: "running" });
  });

  test("is refused at once by a job that has no thread to go on with", async () => {
    const jobs = bridge();
    const job = jobs.create(request({ takesInput: false }), openWork().work);
    job.keep();
    await expect(jobs.steer(job.id, "x")).rejects.toThrow("takes no further input");
    expect(onDisk(job.id).steers).toBeUndefined();
  });
});

describe("when the bridge ends", () => {
  test("each of its jobs is interrupted, and says the one call that goes on", async () => {
    const jobs = bridge(1, { maxJobs: 1 });
    const [first, second] = [openWork(), openWork()];
    const running = jobs.create(request({ isQueued: true }), first.work);
    const queued = jobs.create(request({ isQueued: true, tool: "route_task" }), second.work);
    const bare = jobs.create(request(), openWork().work);
    for (const job of [running, queued, bare]) job.keep();
    first.call.onThread?.("thread-9");
    const closing = jobs.close();
    // Before anything else: there may be no time.
    expect([running, bare].map(({ id }) => onDisk(id).state)).toEqual(["interrupted", "interrupted"]);
    await closing;
    await jobs.close();
    expect(second.hasBegun).toBe(false);
    const texts = [running, queued, bare].map(({ id }) => onDisk(id).result?.text);
    expect(texts).toEqual([
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. Files may have changed already. To go on, call codex-reply with threadId thread-9.',
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. It was still queued, so nothing was done; call route_task again with the same arguments.',
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. It had begun, so files may have changed already and there may be threads of it: codex-reply without an id lists the newest. If it left none, call codex again with the same arguments.',
    ]);
    expect(opened).toEqual([]);
  });

  test("a question has changed nothing, and goes on as a question; input that waits is told", async () => {
    const jobs = bridge();
    const [first, second] = [openWork(), openWork()];
    const [asked, bare] = [first, second].map(({ work }) => jobs.create(request({ tool: "codex-ask" }), work));
    const ids = [asked?.keep().id ?? "", bare?.keep().id ?? ""];
    first.call.onThread?.("thread-9");
    await jobs.steer(ids[0] ?? "", "more");
    await jobs.close();
    expect(ids.map((id) => onDisk(id).result?.text)).toEqual([
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. It has changed no files. To go on, call codex-ask with threadId thread-9. 1 further input had not been taken.',
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. It has changed no files; call codex-ask again with the same arguments.',
    ]);
  });

  test("a result that comes in the last moment is kept", async () => {
    const jobs = bridge();
    let end: (value: JobEnd) => void = () => {};
    const job = jobs.create(request(), () => new Promise((resolve) => (end = resolve)));
    job.keep();
    const closing = jobs.close();
    expect(onDisk(job.id).state).toBe("interrupted");
    end(completed());
    await closing;
    expect(onDisk(job.id)).toMatchObject({ state: "completed", result: { text: "done" } });
  });

  test("a job that is started afterwards ends at once, and cannot be kept", async () => {
    const jobs = bridge();
    await jobs.close();
    const job = jobs.create(request(), openWork().work);
    expect(() => job.keep()).toThrow();
    expect(await job.ended).toEqual(cancelled);
  });
});

describe("the job of another bridge", () => {
  test("is seen as it stands, and is interrupted once that bridge is dead", async () => {
    const job = bridge(2).create(request({ threadId: "thread-2" }), openWork().work);
    job.keep();
    const jobs = bridge(1);
    expect(await jobs.find(job.id)).toMatchObject({ state: "running", isOwn: false });
    living.delete(2);
    now += 1_000;
    expect(await jobs.list()).toMatchObject([{ id: job.id, state: "interrupted", endedAt: now }]);
    expect(onDisk(job.id)).toMatchObject({
      state: "interrupted",
      result: { text: expect.stringContaining("thread-2") },
    });
    now += 1_000;
    expect(await bridge(3).find(job.id)).toMatchObject({ state: "interrupted", endedAt: now - 1_000 });
  });

  test("keeps its real end, which was written just before its bridge was found dead", async () => {
    const owner = bridge(2);
    const work = openWork();
    const job = owner.create(request(), work.work);
    job.keep();
    living.delete(2);
    const files = createJobFiles(stateDir);
    const running = files.find("/p", job.id);
    work.end();
    await job.ended;
    let looks = 0;
    // The first look still finds it running.
    const slow = {
      ...files,
      find: (...args: Parameters<typeof files.find>) => {
        looks += 1;
        return looks === 1 ? running : files.find(...args);
      },
    };
    const jobs = createJobs({
      files: slow,
      project: "/p",
      own: { pid: 1, start: 1, bootId: "b", cwd: "/p" },
      bell: { name: "1".repeat(12), open: () => {}, close: () => {} },
      requests: createJobRequestFiles(stateDir),
      ring: async () => {},
      onRing: () => {},
      judge: () => "dead",
      checkMayAct: () => {},
      ...parkingParts(stateDir),
      maxJobs: 1,
      newId: () => "00000099",
      clock: () => now,
      logger: SILENT_LOGGER,
    });
    expect(await jobs.find(job.id)).toMatchObject({ state: "completed" });
    expect(onDisk(job.id).state).toBe("completed");
  });

  test("of this process's earlier life counts as gone", async () => {
    const job = bridge(1).create(request(), openWork().work);
    job.keep();
    expect(await bridge(1).find(job.id)).toMatchObject({ state: "interrupted" });
  });
});

describe("what is asked of another bridge's job", () => {
  const start = (change: Partial<CallContext> = {}) => {
    const work = openWork();
    const owner = bridge(2);
    const job = owner.create(request({ call: call(change) }), work.work);
    job.keep();
    return { work, owner, job };
  };
  const left = () =>
    ["job-requests", "job-replies"].flatMap((folder) => {
      const path = join(stateDir, folder);
      return existsSync(path) ? readdirSync(path) : [];
    });

  test("is done by the bridge that runs it, at once, and leaves no file", async () => {
    const { work, job } = start();
    const jobs = bridge(1);
    expect(await jobs.steer(job.id, "more")).toBe("queued");
    expect(work.call.takeSteers?.()).toEqual(["more"]);
    expect(await jobs.cancel(job.id)).toBe("cancelled");
    expect(await jobs.find(job.id)).toMatchObject({ state: "cancelled" });
    expect([await jobs.cancel(job.id), await jobs.steer(job.id, "x")]).toEqual(["cancelled", "ended"]);
    expect(left()).toEqual([]);
  });

  test("is done within seconds where no bell rings", async () => {
    const { job } = start();
    bells.clear();
    expect(await bridge(1).cancel(job.id)).toBe("cancelled");
  });

  test("an answer is taken, but not to a decision: that needs the person of the owner's own client", async () => {
    const { work, owner, job } = start({ canTask: true });
    const jobs = bridge(1);
    const decision = work.call.askUser?.(QUESTION);
    await settle();
    const key = (await jobs.find(job.id))?.question?.key ?? "";
    for (const by of ["person", "model"] as const) {
      expect(await jobs.answer(job.id, key, { kind: "chosen", id: "yes" }, by)).toBe("forbidden");
    }
    expect(await owner.answer(job.id, key, { kind: "chosen", id: "yes" }, "person")).toBe("taken");
    expect(await decision).toEqual({ kind: "chosen", id: "yes" });
    const input = work.call.askUser?.({ ...QUESTION, kind: "input" });
    await settle();
    const next = (await jobs.find(job.id))?.question?.key ?? "";
    await expect(jobs.answer(job.id, next, { kind: "chosen", id: "maybe" }, "model")).rejects.toThrow("no choice");
    expect(await jobs.answer(job.id, next, { kind: "chosen", id: "no" }, "model")).toBe("taken");
    expect(await input).toEqual({ kind: "chosen", id: "no" });
    expect(await jobs.answer(job.id, next, { kind: "chosen", id: "no" }, "model")).toBe("late");
    expect(left()).toEqual([]);
  });

  test("a bridge that may not act on it only sees it", async () => {
    const { job } = start();
    const checkMayAct = () => {
      throw new Error("too deep");
    };
    const jobs = bridge(1, { checkMayAct });
    expect(await jobs.find(job.id)).toMatchObject({ state: "running" });
    await expect(jobs.cancel(job.id)).rejects.toThrow("too deep");
    await expect(jobs.steer(job.id, "x")).rejects.toThrow("too deep");
    await expect(jobs.answer(job.id, "k", { kind: "declined" }, "model")).rejects.toThrow("too deep");
    expect(left()).toEqual([]);
    const own = jobs.create(request(), openWork().work);
    own.keep();
    expect(await jobs.cancel(own.id)).toBe("cancelled");
  });

  test("a decision on a job of a runner is taken from a person in any session of its project, never from a model", async () => {
    const work = openWork();
    const owner = bridge(2, { outlives: true });
    const job = owner.create(request({ call: call({ canTask: true }) }), work.work).keep();
    const jobs = bridge(1);
    expect(await jobs.find(job.id)).toMatchObject({ outlives: true, isOwn: false });
    expect(owner.liveIds()).toEqual([job.id]);
    const decision = work.call.askUser?.(QUESTION);
    await settle();
    const key = (await jobs.find(job.id))?.question?.key ?? "";
    const choice = { kind: "chosen", id: "yes" } as const;
    expect(await jobs.answer(job.id, key, choice, "model")).toBe("forbidden");
    expect(await jobs.answer(job.id, "another", choice, "person")).toBe("late");
    expect(await bridge(3, { project: "/other" }).answer(job.id, key, choice, "person")).toBe("unknown");
    expect(await jobs.answer(job.id, key, choice, "person")).toBe("taken");
    expect(await decision).toEqual(choice);
  });

  test("what comes while the job ends is not lost in silence", async () => {
    const { work, job } = start();
    bells.clear();
    const steering = bridge(1).steer(job.id, "more");
    await settle();
    work.end();
    await job.ended;
    expect(await steering).toBe("ended");
    expect(left()).toEqual([]);
  });

  test("a bridge that does not answer: a cancel waits for it, an answer is taken back", {
    timeout: 20_000,
  }, async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { job } = start();
    bells.clear();
    const jobs = bridge(1);
    await expect(jobs.answer(job.id, "k", { kind: "declined" }, "model")).rejects.toThrow("did not take the answer");
    expect(left()).toEqual([]);
    expect(await jobs.cancel(job.id)).toBe("requested");
    expect(left()).toHaveLength(1);
    vi.advanceTimersByTime(2_000);
    await job.ended;
    expect(onDisk(job.id)).toMatchObject({ state: "cancelled" });
  });

  test("an owner that dies meanwhile is found out at once", async () => {
    const { job } = start();
    bells.clear();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const cancelling = bridge(1).cancel(job.id);
    living.delete(2);
    expect(await cancelling).toBe("ended");
    expect([onDisk(job.id).state, left()]).toEqual(["interrupted", []]);
  });

  test.each([
    ["nothing", ""],
    ["another project", { project: "/q", ask: { kind: "cancel" } }],
    ["another job", { job: "cx-99999999", ask: { kind: "cancel" } }],
    ["an unknown wish", { ask: { kind: "widen", sandbox: "danger-full-access" } }],
    ["no text", { ask: { kind: "steer", text: "" } }],
    ["an answer of no kind", { ask: { kind: "answer", key: "k", answer: { kind: "approved" } } }],
  ])("a request that is not of our own form is not acted on: %s", async (_name, forged) => {
    const { work, job } = start();
    mkdirSync(join(stateDir, "job-requests"));
    const text = typeof forged === "string" ? forged : JSON.stringify({ project: "/p", job: job.id, ...forged });
    writeFileSync(join(stateDir, "job-requests", `${job.id}.aaaaaaaa.json`), text);
    writeFileSync(
      join(stateDir, "job-requests", `${job.id}.x.json`),
      JSON.stringify({ project: "/p", job: job.id, ask: { kind: "cancel" } }),
    );
    for (const ring of bells.values()) ring();
    await settle();
    expect(work.call.signal.aborted).toBe(false);
    expect(onDisk(job.id)).toMatchObject({ state: "running" });
    expect(onDisk(job.id).steers).toBeUndefined();
  });

  test("where no request can be written, that is an error that says what to do", async () => {
    const { job } = start();
    writeFileSync(join(stateDir, "job-requests"), "");
    await expect(bridge(1).cancel(job.id)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

describe("a wait", () => {
  const never = new AbortController().signal;

  test("ends when one of the jobs ends, asks or is gone, and gives them all", async () => {
    const jobs = bridge();
    const [one, two] = [openWork(), openWork()];
    const [first, second] = [one, two].map(({ work }) => jobs.create(request({ call: call({ canTask: true }) }), work));
    const ids = [first?.keep().id ?? "", second?.keep().id ?? ""];
    const waiting = jobs.wait(ids, { timeoutMs: 10_000, signal: never });
    one.end();
    expect((await waiting).map(({ state }) => state)).toEqual(["completed", "running"]);
    const asked = jobs.wait(ids.slice(1), { timeoutMs: 10_000, signal: never });
    void two.call.askUser?.(QUESTION);
    expect(await asked).toMatchObject([{ state: "waiting" }]);
    two.end();
    expect(await jobs.wait(["cx-unknown0"], { timeoutMs: 10_000, signal: never })).toEqual([]);
  });

  test("sees another bridge's job end", async () => {
    const work = openWork();
    const job = bridge(2).create(request(), work.work);
    job.keep();
    const waiting = bridge(1).wait([job.id], { timeoutMs: 10_000, signal: never });
    work.end();
    expect(await waiting).toMatchObject([{ state: "completed" }]);
  });

  test("ends with its time and with its signal", async () => {
    const jobs = bridge();
    const job = jobs.create(request(), openWork().work);
    job.keep();
    expect(await jobs.wait([job.id], { timeoutMs: 10, signal: never })).toMatchObject([{ state: "running" }]);
    const controller = new AbortController();
    const waiting = jobs.wait([job.id], { timeoutMs: 60_000, signal: controller.signal });
    controller.abort();
    expect(await waiting).toMatchObject([{ state: "running" }]);
  });
});

describe("trouble with the disk", () => {
  /** A file stands where the folder of records should be. */
  const block = () => writeFileSync(join(stateDir, "jobs"), "");
  const unblock = () => rmSync(join(stateDir, "jobs"), { recursive: true });

  test("a job that cannot be put on record stays with its call", async () => {
    block();
    const jobs = bridge();
    const controller = new AbortController();
    const job = jobs.create(request({ call: call({ signal: controller.signal }) }), openWork().work);
    expect(() => job.keep()).toThrow("cannot be put on record");
    controller.abort();
    expect(await job.ended).toEqual(cancelled);
    expect(await jobs.list()).toEqual([]);
  });

  test("an end that cannot be written is kept in memory, and written when it can be", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    unblock();
    block();
    work.end();
    await job.ended;
    expect(await jobs.find(job.id)).toMatchObject({ state: "completed" });
    expect(await jobs.list()).toMatchObject([{ state: "completed" }]);
    unblock();
    vi.advanceTimersByTime(2_000);
    expect(onDisk(job.id)).toMatchObject({ state: "completed" });
    expect(opened).toEqual([]);
  });

  test("an end that could not be written is written at the latest when the bridge ends", async () => {
    const jobs = bridge();
    const work = openWork();
    const job = jobs.create(request(), work.work);
    job.keep();
    unblock();
    block();
    work.end();
    await job.ended;
    unblock();
    await jobs.close();
    expect(onDisk(job.id)).toMatchObject({ state: "completed" });
  });

  test("jobs that cannot be looked at are an error, and do not read as if there were none", async () => {
    const work = openWork();
    const jobs = bridge();
    const job = jobs.create(request(), work.work);
    job.keep();
    work.end();
    await job.ended;
    unblock();
    symlinkSync("jobs", join(stateDir, "jobs"));
    for (const looked of [jobs.find(job.id), jobs.list(), bridge(2).find(job.id)]) {
      await expect(looked).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("ELOOP") });
    }
    expect(await jobs.cancel(job.id).catch(({ code }) => code)).toBe("CONFIG_INVALID");
  });

  test("without a state folder, only the jobs of this bridge are there", async () => {
    const jobs = bridge(1, { dir: join(stateDir, "jobs", "state") });
    block();
    expect([await jobs.list(), await jobs.find("cx-unknown0")]).toEqual([[], undefined]);
  });

  test("a damaged record and a newer one are errors that say so", async () => {
    const job = bridge(2).create(request(), openWork().work);
    job.keep();
    const [name = ""] = readdirSync(join(stateDir, "jobs"));
    const path = join(stateDir, "jobs", name);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.slice(0, 40));
    await expect(bridge().find(job.id)).rejects.toThrow("damaged");
    writeFileSync(path, text.replace('"running"', '"frozen"').replace('"version":2', '"version":3'));
    await expect(bridge().find(job.id)).rejects.toThrow("newer");
    expect(await bridge().list()).toEqual([]);
  });

  test("after the clock was set back, this bridge's own jobs are still listed", async () => {
    const jobs = bridge();
    for (let at = 0; at < 3; at += 1) {
      const old = jobs.create(request(), async () => completed());
      old.keep();
      await old.ended;
    }
    now -= 365 * 86_400_000;
    const job = jobs.create(request(), openWork().work);
    job.keep();
    expect((await jobs.list({ limit: 2 })).map(({ id }) => id)).toContain(job.id);
  });
});
