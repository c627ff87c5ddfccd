// Jobs that wait for the reset of a usage limit: which bridge starts them, when, and what becomes of one that cannot be started.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobEnd, JobOrder, JobPark, Jobs, JobWork, OrderWork } from "../../../src/delegation/jobs/job.ts";
import { createJobs } from "../../../src/delegation/jobs/jobs.ts";
import type { ParkingOptions } from "../../../src/delegation/jobs/parked-starter.ts";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { createJobFiles } from "../../../src/state/job-files.ts";
import { createJobRequestFiles } from "../../../src/state/job-request-files.ts";
import { createLockFiles } from "../../../src/state/lock-files.ts";
import { createParkedOrderFiles } from "../../../src/state/parked-order-files.ts";
import { until } from "../../support/lab.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const THREAD = "01a2185c-c3c9-7d43-a767-85b8083b608d";

let stateDir: string;
let now: number;
let count: number;
/** Pids of bridges that live; the others are dead. */
let living: Set<number>;
let bells: Map<string, () => void>;
let bridges: Jobs[];
/** Every start of a parked job: by which bridge, and with what. */
let starts: { readonly pid: number; readonly order: JobOrder; readonly title: string }[];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "parked-"));
  now = new Date(2026, 10, 26, 12, 0).getTime();
  count = 0;
  living = new Set([1, 2, 3]);
  bells = new Map();
  bridges = [];
  starts = [];
});
afterEach(async () => {
  await Promise.all(bridges.map((jobs) => jobs.close()));
  rmSync(stateDir, { recursive: true, force: true });
});

const completed: JobEnd = {
  ...{ state: "completed", threadId: THREAD },
  result: { isError: false, text: "done", structured: { content: "done" } },
};
const failed = (why: string): JobEnd => ({
  ...{ state: "failed", threadId: THREAD },
  result: { isError: true, text: `[USAGE_LIMIT] ${why}.`, structured: {} },
});
const park = (change: Partial<JobPark> = {}): JobPark => ({
  ...{ state: "parked", threadId: THREAD, resetsAt: now + HOUR_MS, otherwise: failed },
  order: { tool: "codex-reply", args: { threadId: THREAD, prompt: "Go on." } },
  ...change,
});

interface BridgeChanges extends Partial<Pick<ParkingOptions, "refusal" | "mayStart">> {
  readonly work?: OrderWork;
  readonly project?: string;
  readonly maxJobs?: number;
  readonly checkMayAct?: () => void;
}

function bridge(pid: number, changes: BridgeChanges = {}): Jobs {
  const { project = "/p", maxJobs = 4, checkMayAct = () => {}, work = async () => completed } = changes;
  const { refusal = () => undefined, mayStart = async () => true } = changes;
  const judge = (holder: { pid: number }) => (living.has(holder.pid) ? ("alive" as const) : ("dead" as const));
  const own = { pid, start: pid, bootId: "b", cwd: project };
  const jobs = createJobs({
    ...{ project, own, maxJobs, checkMayAct, ttlMs: 7 * DAY_MS, logger: SILENT_LOGGER, clock: () => now },
    files: createJobFiles(stateDir),
    requests: createJobRequestFiles(stateDir),
    orders: createParkedOrderFiles(stateDir),
    locks: createLockFiles({ stateDir, own, judge, clock: () => now }),
    bell: { name: `${pid}`.repeat(12), open: () => {}, close: () => {} },
    ring: async (bell) => bells.get(bell)?.(),
    onRing: (listener) => void bells.set(`${pid}`.repeat(12), listener),
    judge: (_path, _text, holder) => judge(holder),
    newId: () => {
      count += 1;
      return String(count).padStart(8, "0");
    },
    parking: {
      ...{ refusal, mayStart },
      work: (order, title, call) => {
        starts.push({ pid, order, title });
        return work(order, title, call);
      },
    },
  });
  bridges.push(jobs);
  return jobs;
}

const CALLER = { agent: "codex", threadId: "t-9", sandbox: "read-only" } as const;

const call = (change: Partial<CallContext> = {}): CallContext => ({
  ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false },
  ...change,
});

/** A job that a bridge has parked, until an hour from now. */
async function parkJob(jobs: Jobs, change: Partial<JobPark> = {}): Promise<string> {
  const job = jobs.create({ tool: "codex", title: "t", call: call(), isQueued: false }, async () => park(change));
  expect(await job.ended).toMatchObject({ state: "parked" });
  return job.id;
}

const pathsOf = (folder: string): string[] => {
  const path = join(stateDir, folder);
  return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
};
const onDisk = (id: string): Record<string, unknown> => {
  const path = pathsOf("jobs").find((entry) => entry.endsWith(`${id}.json`)) ?? "";
  return JSON.parse(readFileSync(path, "utf8"));
};
const endOf = async (jobs: Jobs, id: string) => {
  await until("it ends", async () => (await jobs.find(id))?.endedAt !== undefined);
  return jobs.find(id);
};
const settle = () => new Promise((resolve) => setTimeout(resolve, 30));
/** Has bridges look, one after the other, and gives them the time to start something. */
const look = async (...looking: Jobs[]) => {
  for (const jobs of looking) jobs.startParked();
  await settle();
};

describe("a job that meets a usage limit", () => {
  test("is on record before it is said that it waits, with its order in a file of its own", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    expect(await jobs.find(id)).toMatchObject({
      ...{ state: "waiting", activity: "waits for quota, 13:00", waitsUntil: now + HOUR_MS, threadId: THREAD },
      ...{ endedAt: undefined, result: undefined },
    });
    expect(jobs.liveIds()).toEqual([]);
    expect(onDisk(id)).toMatchObject({ state: "parked", parkings: 1, version: 2 });
    const [order = ""] = pathsOf("parked-orders");
    expect(JSON.parse(readFileSync(order, "utf8"))).toMatchObject({ job: id, args: { prompt: "Go on." } });
    for (const path of [order, ...pathsOf("jobs")]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(pathsOf("jobs")[0] ?? "", "utf8")).not.toContain("Go on.");
  });

  test.each<[string, Partial<JobPark>, RegExp]>([
    ["the reset is not known", { resetsAt: undefined }, /the agent does not say when the limit is reset/],
    [
      "the reset is later than a job is kept",
      { resetsAt: Date.UTC(2026, 11, 25) },
      /\(Dec 25 .*later than a job can wait/,
    ],
  ])("ends with the error where %s", async (_name, change, why) => {
    const jobs = bridge(1);
    const job = jobs.create({ tool: "codex", title: "t", call: call(), isQueued: false }, async () => park(change));
    expect(await job.ended).toMatchObject({ state: "failed", result: { text: expect.stringMatching(why) } });
    expect([pathsOf("parked-orders"), pathsOf("jobs")]).toEqual([[], []]);
  });

  test("ends with the error in a bridge that works for an agent", async () => {
    const jobs = bridge(1, { refusal: () => "this bridge works for an agent" });
    const job = jobs.create({ tool: "codex", title: "t", call: call(), isQueued: false }, async () => park());
    expect(await job.ended).toMatchObject({
      state: "failed",
      result: { text: expect.stringContaining("for an agent") },
    });
  });

  test("ends with the error, kept as any end, where its order cannot be written", async () => {
    const jobs = bridge(1);
    writeFileSync(join(stateDir, "parked-orders"), "in the way");
    let meetLimit = (): void => {};
    const limit = new Promise<void>((resolve) => {
      meetLimit = resolve;
    });
    const work: JobWork = async () => {
      await limit;
      return park();
    };
    const job = jobs.create({ tool: "codex", title: "t", call: call(), isQueued: false }, work);
    job.keep();
    meetLimit();
    expect(await job.ended).toMatchObject({ state: "failed" });
    expect(onDisk(job.id)).toMatchObject({
      state: "failed",
      result: { text: expect.stringMatching(/cannot be put on record \(E/) },
    });
  });

  test("ends as cancelled where the cancel came first", async () => {
    const jobs = bridge(1);
    const controller = new AbortController();
    const work: JobWork = async () => {
      controller.abort();
      return park();
    };
    const request = { tool: "codex", title: "t", call: call({ signal: controller.signal }), isQueued: false };
    expect(await jobs.create(request, work).ended).toMatchObject({ state: "failed" });
    expect(pathsOf("parked-orders")).toEqual([]);
  });
});

describe("a parked job that is due", () => {
  test("is started by its own bridge, with its order, and keeps its answer as any job", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    now += HOUR_MS - 1;
    await look(jobs);
    expect(starts).toEqual([]);
    now += 1;
    jobs.startParked();
    expect(await endOf(jobs, id)).toMatchObject({ state: "completed", threadId: THREAD });
    expect(starts).toEqual([{ pid: 1, title: "t", order: expect.objectContaining({ tool: "codex-reply" }) }]);
    expect(onDisk(id)).toMatchObject({
      ...{ state: "completed", tool: "codex", createdAt: now - HOUR_MS },
      result: { text: expect.stringMatching(/^done\n\nIt met a usage limit 1 time and waited for the reset\.$/) },
    });
    expect(onDisk(id)).not.toHaveProperty("parkedUntil");
    expect(pathsOf("parked-orders")).toEqual([]);
  });

  test("is started by exactly one of several bridges", async () => {
    const jobs = bridge(1);
    const ids = await Promise.all(Array.from({ length: 6 }, () => parkJob(jobs)));
    await jobs.close();
    now += HOUR_MS;
    const others = [bridge(2), bridge(3)];
    for (let round = 0; round < 4; round += 1) await look(...others);
    for (const id of ids) expect(await endOf(others[0] as Jobs, id)).toMatchObject({ state: "completed" });
    expect(starts).toHaveLength(6);
  });

  test("is started by a bridge that starts long afterwards, with the client's directories and the agent that called", async () => {
    const first = bridge(1);
    const order = { tool: "codex", args: { prompt: "x" }, roots: ["/p/tree"], caller: CALLER };
    const id = await parkJob(first, { threadId: undefined, order });
    await first.close();
    living.delete(1);
    now += 2 * DAY_MS;
    let roots: readonly string[] | undefined;
    let caller: CallContext["caller"];
    const later = bridge(2, {
      work: async (_order, _title, { listRoots, ...given }) => {
        caller = given.caller;
        roots = await listRoots?.();
        return completed;
      },
    });
    expect(await later.find(id)).toMatchObject({ state: "waiting", waitsUntil: now - 2 * DAY_MS + HOUR_MS });
    later.startParked();
    expect(await endOf(later, id)).toMatchObject({ state: "completed", isOwn: true });
    expect(roots).toEqual(["/p/tree"]);
    expect(caller).toEqual(CALLER);
  });

  test("is not started by a bridge of another project, by one that works for an agent, or by one that may not just now", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    await jobs.close();
    now += HOUR_MS;
    const refusal = () => "this bridge works for an agent";
    await look(bridge(2, { project: "/q" }), bridge(2, { refusal }), bridge(3, { mayStart: async () => false }));
    expect(starts).toEqual([]);
    expect(await bridge(2).find(id)).toMatchObject({ state: "waiting" });
  });

  test("waits for a free slot, and stays parked until then", async () => {
    const jobs = bridge(1);
    const ids = await Promise.all([parkJob(jobs), parkJob(jobs)]);
    await jobs.close();
    now += HOUR_MS;
    let goOn = (): void => {};
    const held = new Promise<JobEnd>((resolve) => {
      goOn = () => resolve(completed);
    });
    const small = bridge(2, { maxJobs: 1, work: () => held });
    small.startParked();
    await until("one has begun", () => ids.some((id) => onDisk(id)["state"] === "running"));
    expect(starts).toHaveLength(1);
    expect(ids.map((id) => onDisk(id)["state"]).toSorted()).toEqual(["parked", "running"]);
    goOn();
    for (const id of ids) expect(await endOf(small, id)).toMatchObject({ state: "completed" });
  });

  test("is interrupted, and not run twice, where the bridge that took it dies", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    now += HOUR_MS;
    const taker = bridge(2, { work: () => new Promise(() => {}) });
    taker.startParked();
    await until("it has begun", () => onDisk(id)["state"] === "running");
    living.delete(2);
    expect(await bridge(3).find(id)).toMatchObject({
      ...{ state: "interrupted", threadId: THREAD },
      result: { text: expect.stringContaining(`codex-reply with threadId ${THREAD}`) },
    });
    await look(bridge(3));
    expect(starts).toHaveLength(1);
    bridges = bridges.filter((one) => one !== taker);
  });

  test("stays claimable where a bridge died while it held the lock", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    await jobs.close();
    now += HOUR_MS;
    const own = { pid: 2, start: 2, bootId: "b", cwd: "/p" };
    createLockFiles({ stateDir, own, judge: () => "alive", clock: () => now }).take(`job-${id}`);
    const later = bridge(3);
    await look(later);
    expect(starts).toEqual([]);
    living.delete(2);
    later.startParked();
    expect(await endOf(later, id)).toMatchObject({ state: "completed" });
  });

  test("waits longer where the clock was set back, and starts where it was set forward", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    now -= DAY_MS;
    await look(jobs);
    expect(starts).toEqual([]);
    now += 3 * DAY_MS;
    jobs.startParked();
    expect(await endOf(jobs, id)).toMatchObject({ state: "completed" });
  });

  test("that meets the limit again waits again, five times in all", async () => {
    let meets = 0;
    const jobs = bridge(1, {
      work: async () => {
        meets += 1;
        return park({ resetsAt: now + HOUR_MS });
      },
    });
    const id = await parkJob(jobs);
    for (let round = 1; round < 5; round += 1) {
      now += HOUR_MS;
      jobs.startParked();
      await until("it waits again", () => meets === round && onDisk(id)["state"] === "parked");
    }
    now += HOUR_MS;
    jobs.startParked();
    expect(await endOf(jobs, id)).toMatchObject({
      state: "failed",
      result: { text: expect.stringMatching(/it has waited 5 times already.*met a usage limit 5 times/) },
    });
    expect(pathsOf("parked-orders")).toEqual([]);
  });

  test("that no bridge started within a job's time is not started any more", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    now += HOUR_MS + 7 * DAY_MS + 1;
    jobs.startParked();
    expect(await endOf(jobs, id)).toMatchObject({
      state: "failed",
      result: { text: expect.stringMatching(/was not started: no bridge .* To go on, call codex-reply/) },
    });
    expect([starts, pathsOf("parked-orders")]).toEqual([[], []]);
  });

  test("whose order is damaged or gone ends with the way on", async () => {
    const jobs = bridge(1);
    const [broken, gone] = [await parkJob(jobs), await parkJob(jobs)];
    const other = await parkJob(jobs, { resetsAt: now + DAY_MS });
    const pathOf = (id: string) => pathsOf("parked-orders").find((path) => path.endsWith(`${id}.json`)) ?? "";
    writeFileSync(pathOf(broken), '{"tool":');
    for (const id of [gone, other]) rmSync(pathOf(id));
    now += HOUR_MS;
    jobs.startParked();
    expect(await endOf(jobs, broken)).toMatchObject({
      state: "failed",
      result: { text: expect.stringMatching(/gone or damaged\. Files may .*codex-reply with threadId/) },
    });
    expect(starts).toEqual([]);
    expect(await jobs.find(gone)).toMatchObject({
      state: "failed",
      result: { text: expect.stringMatching(/gone or damaged/) },
    });
    expect(onDisk(gone)["state"]).toBe("failed");
    // It is not due, and can be cancelled.
    expect(await jobs.find(other)).toMatchObject({ state: "waiting" });
    expect(await jobs.cancel(other)).toBe("cancelled");
  });

  test("whose order or record only a newer bridge can read is left alone", async () => {
    const jobs = bridge(1);
    const [first, second] = [await parkJob(jobs), await parkJob(jobs)];
    const spoil = (folder: string, id: string, change: (text: string) => string) => {
      const path = pathsOf(folder).find((entry) => entry.endsWith(`${id}.json`)) ?? "";
      writeFileSync(path, change(readFileSync(path, "utf8")));
      return path;
    };
    const order = spoil("parked-orders", first, (text) =>
      text.replace('"tool":"codex-reply"', '"tool":7').replace('"version":1', '"version":9'),
    );
    const record = spoil("jobs", second, (text) =>
      text.replace('"parked"', '"frozen"').replace('"version":2', '"version":9'),
    );
    const before = [order, record].map((path) => readFileSync(path, "utf8"));
    now += HOUR_MS;
    await look(jobs);
    expect(starts).toEqual([]);
    expect([order, record].map((path) => readFileSync(path, "utf8"))).toEqual(before);
    expect(await jobs.find(first)).toMatchObject({ state: "waiting" });
  });

  test("is not started from an order whose job has ended: its bridge died while it parked the job", async () => {
    const jobs = bridge(1);
    const work: JobWork = () => new Promise(() => {});
    const job = jobs.create({ tool: "codex", title: "t", call: call(), isQueued: false }, work);
    job.keep();
    createParkedOrderFiles(stateDir).write({ ...park().order, args: {}, project: "/p", job: job.id, until: now - 1 });
    living.delete(1);
    const later = bridge(2);
    await look(later);
    expect(await later.find(job.id)).toMatchObject({ state: "interrupted" });
    later.startParked();
    await until("its order is removed", () => pathsOf("parked-orders").length === 0);
    expect(starts).toEqual([]);
    bridges = [later];
  });
});

describe("what is asked of a parked job", () => {
  test("a cancel works in any bridge, and twice", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    await jobs.close();
    living.delete(1);
    const other = bridge(2);
    expect(await other.cancel(id)).toBe("cancelled");
    expect(await other.cancel(id)).toBe("cancelled");
    expect(await other.find(id)).toMatchObject({
      ...{ state: "cancelled", threadId: THREAD },
      result: { isError: true, text: expect.stringMatching(/^\[CANCELLED\] .* threadId: /) },
    });
    expect(pathsOf("parked-orders")).toEqual([]);
    now += HOUR_MS;
    await look(other);
    expect(starts).toEqual([]);
  });

  test("a bridge that works for an agent may not", async () => {
    const id = await parkJob(bridge(1));
    const nested = bridge(2, {
      checkMayAct: () => {
        throw new Error("too deep");
      },
    });
    await expect(nested.cancel(id)).rejects.toThrow("too deep");
    await expect(nested.steer(id, "x")).rejects.toThrow("too deep");
    expect(onDisk(id)["state"]).toBe("parked");
  });

  test("input goes along with its next prompt, and an answer comes too late", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    expect(await bridge(2).steer(id, "Leave the lexer.")).toBe("queued");
    expect(await jobs.steer(id, "And be short.")).toBe("queued");
    expect(await jobs.answer(id, "k", { kind: "declined" }, "person")).toBe("late");
    now += HOUR_MS;
    jobs.startParked();
    await endOf(jobs, id);
    expect(starts[0]?.order.args["prompt"]).toBe("Go on.\n\nLeave the lexer.\n\nAnd be short.");
    expect(onDisk(id)).not.toHaveProperty("steers");
  });

  test("more input than is taken is refused", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    for (let at = 0; at < 20; at += 1) await jobs.steer(id, "x");
    await expect(jobs.steer(id, "x")).rejects.toThrow("Too much input waits");
  });

  test("a wait does not end because it waits", async () => {
    const jobs = bridge(1);
    const id = await parkJob(jobs);
    const before = performance.now();
    const signal = new AbortController().signal;
    expect(await jobs.wait([id], { timeoutMs: 300, signal })).toMatchObject([{ state: "waiting" }]);
    expect(performance.now() - before).toBeGreaterThan(250);
  });
});

test("a bridge knows whether what it has parked still waits", async () => {
  const [jobs, other] = [bridge(1), bridge(2)];
  expect(jobs.hasParked()).toBe(false);
  const id = await parkJob(jobs);
  expect([jobs.hasParked(), other.hasParked()]).toEqual([true, false]);
  await other.cancel(id);
  expect(jobs.hasParked()).toBe(false);
});
