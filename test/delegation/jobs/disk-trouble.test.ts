// Jobs where the disk, a record or the clock is not as it should be.
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import {
  bridge,
  call,
  cancelled,
  completed,
  onDisk,
  openWork,
  request,
  useJobBridges,
  world,
} from "../../support/job-bridges.ts";

useJobBridges();

describe("trouble with the disk", () => {
  /** A file stands where the folder of records should be. */
  const block = () => writeFileSync(join(world.stateDir, "jobs"), "");
  const unblock = () => rmSync(join(world.stateDir, "jobs"), { recursive: true });

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
    expect(world.opened).toEqual([]);
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
    symlinkSync("jobs", join(world.stateDir, "jobs"));
    for (const looked of [jobs.find(job.id), jobs.list(), bridge(2).find(job.id)]) {
      await expect(looked).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("ELOOP") });
    }
    expect(await jobs.cancel(job.id).catch(({ code }) => code)).toBe("CONFIG_INVALID");
  });

  test("without a state folder, only the jobs of this bridge are there", async () => {
    const jobs = bridge(1, { dir: join(world.stateDir, "jobs", "state") });
    block();
    expect([await jobs.list(), await jobs.find("cx-unknown0")]).toEqual([[], undefined]);
  });

  test("a damaged record and a newer one are errors that say so", async () => {
    const job = bridge(2).create(request(), openWork().work);
    job.keep();
    const [name = ""] = readdirSync(join(world.stateDir, "jobs"));
    const path = join(world.stateDir, "jobs", name);
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
    world.now -= 365 * 86_400_000;
    const job = jobs.create(request(), openWork().work);
    job.keep();
    expect((await jobs.list({ limit: 2 })).map(({ id }) => id)).toContain(job.id);
  });
});
