// The queue of background jobs: so many at once, the rest in order.
import { describe, expect, test } from "vitest";
import type { JobEnd } from "../../../src/delegation/jobs/job.ts";
import {
  bridge,
  call,
  cancelled,
  completed,
  onDisk,
  openWork,
  QUESTION,
  request,
  settle,
  useJobBridges,
  world,
} from "../../support/job-bridges.ts";

useJobBridges();

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
  }, 120_000);

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
    expect([most, world.opened]).toEqual([4, []]);
  });
});
