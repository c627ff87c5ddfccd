// Bridges with background jobs in this process: what they share is one state folder, a clock, and who of them lives.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { Job, JobEnd, JobRequest, Jobs, JobWork } from "../../src/delegation/jobs/job.ts";
import { createJobs } from "../../src/delegation/jobs/jobs.ts";
import type { CallContext, ChoiceQuestion } from "../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { createJobFiles } from "../../src/state/job-files.ts";
import { createJobRequestFiles } from "../../src/state/job-request-files.ts";
import { createParkedOrderFiles } from "../../src/state/parked-order-files.ts";

/** What the bridges of a test share; new for each test. */
export const world = {
  stateDir: "",
  /** Epoch ms. */
  now: 0,
  /** How many ids have been given. */
  count: 0,
  /** Pids of bridges that live; the others are dead. */
  living: new Set<number>(),
  /** Pids of bridges whose bell is open. */
  opened: [] as number[],
  /** What a ring of a bridge's bell does, by the bell's name. */
  bells: new Map<string, () => void>(),
};

/** To be called once in a test file. */
export function useJobBridges(): void {
  beforeEach(() => {
    world.stateDir = mkdtempSync(join(tmpdir(), "jobs-"));
    world.now = Date.UTC(2026, 10, 26);
    world.count = 0;
    world.living = new Set([1, 2, 3]);
    world.opened = [];
    world.bells = new Map();
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(world.stateDir, { recursive: true, force: true });
  });
}

/** Parts for parked jobs, of a bridge that has none. */
export const parkingParts = (dir: string) => ({
  orders: createParkedOrderFiles(dir),
  locks: { whileFree: () => {} },
  ttlMs: 86_400_000,
});

export const bridge = (
  pid = 1,
  { maxJobs = 4, project = "/p", dir = world.stateDir, checkMayAct = () => {}, outlives = false } = {},
): Jobs =>
  createJobs({
    files: createJobFiles(dir),
    project,
    own: { pid, start: pid, bootId: "b", cwd: project },
    bell: {
      name: `${pid}`.repeat(12),
      open: () => void world.opened.push(pid),
      close: () => {
        world.opened = world.opened.filter((other) => other !== pid);
      },
    },
    requests: createJobRequestFiles(dir),
    ring: async (bell) => world.bells.get(bell)?.(),
    onRing: (listener) => void world.bells.set(`${pid}`.repeat(12), listener),
    judge: (_path, _text, holder) => (world.living.has(holder.pid) ? "alive" : "dead"),
    checkMayAct,
    ...parkingParts(dir),
    maxJobs,
    outlives,
    newId: () => {
      world.count += 1;
      return String(world.count).padStart(8, "0");
    },
    clock: () => world.now,
    logger: SILENT_LOGGER,
  });

export const call = (change: Partial<CallContext> = {}): CallContext => ({
  signal: new AbortController().signal,
  report: () => {},
  canReport: false,
  canTask: false,
  ...change,
});
export const request = (change: Partial<JobRequest> = {}): JobRequest => ({
  tool: "codex",
  title: "t",
  call: call(),
  isQueued: false,
  ...change,
});
export const completed = (text = "done", threadId = "thread-1"): JobEnd => ({
  state: "completed",
  threadId,
  result: { isError: false, text, structured: { content: text } },
});
export const cancelled: JobEnd = {
  state: "cancelled",
  threadId: undefined,
  result: { isError: true, text: "[CANCELLED] It was cancelled.", structured: {} },
};

/** Work that a test ends. It ends by itself as cancelled when its signal aborts. */
export function openWork() {
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

export const onDisk = (id: string) => {
  const name = readdirSync(join(world.stateDir, "jobs")).find((entry) => entry.endsWith(`${id}.json`));
  return JSON.parse(readFileSync(join(world.stateDir, "jobs", name ?? ""), "utf8")) as Job & { steers?: string[] };
};
export const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

export const QUESTION: ChoiceQuestion = {
  message: "Go on?",
  choices: [
    { id: "yes", title: "Yes" },
    { id: "no", title: "No" },
  ],
  timeoutMs: 60_000,
};
