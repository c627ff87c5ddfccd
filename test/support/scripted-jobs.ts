// Jobs that are what a test says, in memory: for the wire, which only looks at them.
import type { Job, Jobs } from "../../src/delegation/jobs/job.ts";

/** A running job, with what a test changes. */
export function makeJob(changes: Partial<Job> = {}): Job {
  return {
    ...{ id: "cx-abcdefgh", tool: "codex", title: "fix the parser", state: "running", project: "/work" },
    ...{ threadId: "01a1fa4f", activity: "Ran npm test", position: undefined, question: undefined },
    ...{ createdAt: 1_000_000, startedAt: 1_000_000, updatedAt: 1_002_000, endedAt: undefined },
    ...{ isOwn: true, result: undefined },
    ...changes,
  };
}

/** A form for a job to wait for. */
export const makeQuestion = (key = "k1"): NonNullable<Job["question"]> => ({
  key,
  kind: "decision",
  question: {
    message: "Run npm test?",
    choices: [
      { id: "yes", title: "Yes" },
      { id: "no", title: "No" },
    ],
    timeoutMs: 60_000,
  },
});

/** Jobs of a test, with what was asked of them. */
export interface ScriptedJobs {
  readonly jobs: Jobs;
  readonly asked: unknown[][];
  /** Adds a job, or replaces the one of its id. */
  put(changes?: Partial<Job>): Job;
}

/** Makes jobs; `overrides` are methods that fail, or take their time. */
export function createScriptedJobs(overrides: Partial<Jobs> = {}): ScriptedJobs {
  const byId = new Map<string, Job>();
  const asked: unknown[][] = [];
  const none = (): never => {
    throw new Error("the wire does not do this");
  };
  const jobs: Jobs = {
    ...{
      create: none,
      list: none,
      wait: none,
      steer: none,
      close: async () => {},
      liveIds: () => [],
      startParked: () => {},
      hasParked: () => false,
    },
    noteRead: () => {},
    find: async (id) => byId.get(id),
    cancel: async (id) => {
      asked.push(["cancel", id]);
      return "cancelled";
    },
    answer: async (...answer) => {
      asked.push(["answer", ...answer]);
      return byId.get(answer[0])?.question?.key === answer[1] ? "taken" : "late";
    },
    ...overrides,
  };
  return {
    jobs,
    asked,
    put: (changes) => {
      const job = makeJob(changes);
      byId.set(job.id, job);
      return job;
    },
  };
}
