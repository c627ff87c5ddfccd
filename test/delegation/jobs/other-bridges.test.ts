// The jobs of other bridges: how they are seen, and what one bridge may ask of another one's job.
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createJobs } from "../../../src/delegation/jobs/jobs.ts";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { createJobFiles } from "../../../src/state/job-files.ts";
import { createJobRequestFiles } from "../../../src/state/job-request-files.ts";
import {
  bridge,
  call,
  onDisk,
  openWork,
  parkingParts,
  QUESTION,
  request,
  settle,
  useJobBridges,
  world,
} from "../../support/job-bridges.ts";

useJobBridges();

describe("the job of another bridge", () => {
  test("is seen as it stands, and is interrupted once that bridge is dead", async () => {
    const job = bridge(2).create(request({ threadId: "thread-2" }), openWork().work);
    job.keep();
    const jobs = bridge(1);
    expect(await jobs.find(job.id)).toMatchObject({ state: "running", isOwn: false });
    world.living.delete(2);
    world.now += 1_000;
    expect(await jobs.list()).toMatchObject([{ id: job.id, state: "interrupted", endedAt: world.now }]);
    expect(onDisk(job.id)).toMatchObject({
      state: "interrupted",
      result: { text: expect.stringContaining("thread-2") },
    });
    world.now += 1_000;
    expect(await bridge(3).find(job.id)).toMatchObject({ state: "interrupted", endedAt: world.now - 1_000 });
  });

  test("says so where that bridge lives, and has not renewed the record for a minute", async () => {
    const job = bridge(2).create(request(), openWork().work);
    job.keep();
    const [name = ""] = readdirSync(join(world.stateDir, "jobs"));
    const renew = (agoMs: number): void => {
      const time = (world.now - agoMs) / 1_000;
      utimesSync(join(world.stateDir, "jobs", name), time, time);
    };
    renew(50_000);
    expect((await bridge(1).find(job.id))?.activity).toBeUndefined();
    renew(90_000);
    const silent = "Nothing new from its bridge for 90 s: it is suspended, or cannot write to the state folder";
    expect(await bridge(1).find(job.id)).toMatchObject({ state: "running", activity: silent });
    expect(await bridge(1).list()).toMatchObject([{ state: "running", activity: silent }]);
  });

  test("keeps its real end, which was written just before its bridge was found dead", async () => {
    const owner = bridge(2);
    const work = openWork();
    const job = owner.create(request(), work.work);
    job.keep();
    world.living.delete(2);
    const files = createJobFiles(world.stateDir);
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
      requests: createJobRequestFiles(world.stateDir),
      ring: async () => {},
      onRing: () => {},
      judge: () => "dead",
      checkMayAct: () => {},
      ...parkingParts(world.stateDir),
      maxJobs: 1,
      newId: () => "00000099",
      clock: () => world.now,
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
      const path = join(world.stateDir, folder);
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
    world.bells.clear();
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
    world.bells.clear();
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
    world.bells.clear();
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
    world.bells.clear();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const cancelling = bridge(1).cancel(job.id);
    world.living.delete(2);
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
    mkdirSync(join(world.stateDir, "job-requests"));
    const text = typeof forged === "string" ? forged : JSON.stringify({ project: "/p", job: job.id, ...forged });
    writeFileSync(join(world.stateDir, "job-requests", `${job.id}.aaaaaaaa.json`), text);
    writeFileSync(
      join(world.stateDir, "job-requests", `${job.id}.x.json`),
      JSON.stringify({ project: "/p", job: job.id, ask: { kind: "cancel" } }),
    );
    for (const ring of world.bells.values()) ring();
    await settle();
    expect(work.call.signal.aborted).toBe(false);
    expect(onDisk(job.id)).toMatchObject({ state: "running" });
    expect(onDisk(job.id).steers).toBeUndefined();
  });

  test("where no request can be written, that is an error that says what to do", async () => {
    const { job } = start();
    writeFileSync(join(world.stateDir, "job-requests"), "");
    await expect(bridge(1).cancel(job.id)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
