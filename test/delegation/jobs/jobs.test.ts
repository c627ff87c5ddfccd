// The engine of jobs: what a job is before and after it is kept, and how it ends.
import { readdirSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import type { JobEnd } from "../../../src/delegation/jobs/job.ts";
import type { ChoiceAnswer } from "../../../src/delegation/requests.ts";
import {
  bridge,
  call,
  cancelled,
  completed,
  onDisk,
  openWork,
  QUESTION,
  request,
  useJobBridges,
  world,
} from "../../support/job-bridges.ts";

useJobBridges();

describe("before it is kept, a job belongs to its call", () => {
  test("a call's cancel ends it, and it leaves nothing", async () => {
    const jobs = bridge();
    const controller = new AbortController();
    const work = openWork();
    const job = jobs.create(request({ call: call({ signal: controller.signal }) }), work.work);
    controller.abort();
    expect(() => job.keep()).toThrow("cancelled before it became a job");
    expect(await job.ended).toEqual(cancelled);
    expect([await jobs.list(), await jobs.find(job.id), readdirSync(world.stateDir)]).toEqual([[], undefined, []]);
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
    expect(world.opened).toEqual([]);
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
    expect(world.opened).toEqual([1]);
    world.now += 5_000;
    work.end();
    await job.ended;
    expect(await jobs.list()).toMatchObject([
      { state: "completed", endedAt: world.now, isOwn: true, activity: "at work" },
    ]);
    expect(world.opened).toEqual([]);
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
    expect(world.opened).toEqual([]);
  });

  test("a job of another agent names that agent's tool", async () => {
    const jobs = bridge(1, { maxJobs: 9 });
    const begun = ["claude", "claude", "run_agent", "run_agent"].map((tool) => ({ tool, act: openWork() }));
    const ids = begun.map(({ tool, act }) => jobs.create(request({ tool }), act.work).keep().id);
    for (const at of [1, 3]) begun[at]?.act.call.onThread?.("thread-9");
    await jobs.close();
    const said = ids.map((id) => onDisk(id).result?.text.replace(/^.*? ended before the job did\. /, ""));
    expect(said).toEqual([
      "It had begun, so files may have changed already and there may be threads of it: claude-reply without an id lists the newest. If it left none, call claude again with the same arguments.",
      "Files may have changed already. To go on, call claude-reply with threadId thread-9.",
      "It had begun, so files may have changed already; call run_agent again with the same arguments.",
      "Files may have changed already. To go on, call run_agent with the same agent and threadId thread-9.",
    ]);
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

  test("a review that had begun has no findings, and is to be called again", async () => {
    const jobs = bridge();
    const running = openWork();
    const { id } = jobs.create(request({ tool: "codex-review" }), running.work).keep();
    running.call.onThread?.("thread-9");
    await jobs.close();
    expect(onDisk(id).result?.text).toBe(
      '[JOB_INTERRUPTED] The bridge that ran the job "t" ended before the job did. It has changed no files. It has no findings; call codex-review again with the same arguments.',
    );
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
