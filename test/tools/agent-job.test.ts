// The two tools for jobs, on jobs in memory.
import { describe, expect, test, vi } from "vitest";
import type { Job } from "../../src/delegation/jobs/job.ts";
import type { CallContext } from "../../src/delegation/requests.ts";
import { agentJobTool } from "../../src/tools/agent-job.ts";
import { agentJobControlTool } from "../../src/tools/agent-job-control.ts";
import type { ToolAnswer } from "../../src/tools/define-tool.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const RESULT = {
  isError: false,
  text: "All good.\n\nthreadId: t-1",
  structured: { threadId: "t-1", content: "All good." },
};
const DONE = { state: "completed", endedAt: 61_000, startedAt: 1_000, threadId: "t-1", result: RESULT } as const;
const QUESTION = {
  question: { message: "Which database?", choices: [{ id: "pg", title: "Postgres" }], timeoutMs: 1 },
  key: "q-1",
};

function setUp(...jobs: (Partial<Job> & Pick<Job, "id">)[]) {
  const fake = createFakeJobs();
  for (const job of jobs) fake.add(job);
  const use =
    (tool: typeof agentJobTool) =>
    async (args: Record<string, unknown>, call?: Partial<CallContext>): Promise<ToolAnswer> => {
      const end = await tool.run(args, makeContext({ jobs: fake, ...(call === undefined ? {} : { call }) }));
      if (!("structured" in end)) throw new Error(`no answer: ${JSON.stringify(end)}`);
      return end;
    };
  return { fake, look: use(agentJobTool), control: use(agentJobControlTool) };
}

const failsWith = (code: string, message: RegExp) => ({
  report: expect.objectContaining({ code, message: expect.stringMatching(message) }),
});

describe("agent_job", () => {
  test("lists this project's jobs, newest first, and says what there is to do", async () => {
    const { look } = setUp(
      { id: "cx-1", createdAt: 1, ...DONE },
      { id: "cx-2", createdAt: 2, state: "queued", position: 3 },
      { id: "cx-3", createdAt: 3, activity: "Running: npm test", startedAt: 1 },
    );
    const { structured } = await look({ action: "list" });
    expect(structured["jobs"]).toMatchObject([
      { jobId: "cx-3", state: "running", activity: "Running: npm test" },
      { jobId: "cx-2", state: "queued", position: 3 },
      { jobId: "cx-1", state: "completed", threadId: "t-1", durationMs: 60_000 },
    ]);
    expect(structured["content"]).toBe('Ended: cx-1; action "result" gives each result. 2 jobs not ended.');
  });

  test("an empty list is an answer", async () => {
    expect((await setUp().look({ action: "list" })).structured).toMatchObject({ jobs: [] });
    const many = Array.from({ length: 6 }, (_, at) => ({ id: `cx-${at}`, ...DONE }));
    expect((await setUp(...many).look({ action: "list" })).structured["content"]).toMatch(/^Ended: 6 jobs;/);
  });

  test("gives a result as the call itself would have, with the job's state", async () => {
    const { structured, text } = await setUp({ id: "cx-1", ...DONE }).look({ action: "result", jobIds: ["cx-1"] });
    expect(structured).toMatchObject({ jobId: "cx-1", state: "completed", threadId: "t-1", content: "All good." });
    expect(text).toBe(RESULT.text);
  });

  test("notes that a result was read, but not that a job was only looked at", async () => {
    const { fake, look } = setUp({ id: "cx-1", ...DONE }, { id: "cx-2", ...DONE }, { id: "cx-3", startedAt: 1 });
    const noteRead = vi.spyOn(fake, "noteRead");
    await look({ action: "status", jobIds: ["cx-1"] });
    await look({ action: "wait", jobIds: ["cx-1", "cx-2"], waitSeconds: 0 });
    await expect(look({ action: "result", jobIds: ["cx-3"] })).rejects.toMatchObject(failsWith("JOB_RUNNING", /cx-3/));
    expect(noteRead).not.toHaveBeenCalled();
    await look({ action: "result", jobIds: ["cx-1"] });
    await look({ action: "wait", jobIds: ["cx-2"] });
    expect(noteRead.mock.calls).toEqual([["cx-1"], ["cx-2"]]);
  });

  test("gives the result of a job that failed or was interrupted as an answer that says so", async () => {
    const result = {
      isError: true,
      text: "[AGENT_EXITED] It exited.",
      structured: { error: { code: "AGENT_EXITED" } },
    };
    for (const state of ["failed", "interrupted"] as const) {
      const { structured } = await setUp({ id: "cx-1", ...DONE, state, result }).look({
        action: "result",
        jobIds: ["cx-1"],
      });
      expect(structured).toMatchObject({ state, content: result.text, error: { code: "AGENT_EXITED" } });
    }
  });

  test.each([
    ["an unknown job", { action: "status", jobIds: ["cx-9"] }, "JOB_NOT_FOUND", /no job "cx-9"/],
    [
      "unknown jobs among known ones",
      { action: "wait", jobIds: ["cx-1", "x".repeat(9_000)] },
      "JOB_NOT_FOUND",
      /^.{0,80}$/,
    ],
    [
      "the result of a running job",
      { action: "result", jobIds: ["cx-1"] },
      "JOB_RUNNING",
      /no result yet: it is running/,
    ],
    ["no ids", { action: "wait" }, "INVALID_ARGUMENT", /`jobIds` is missing: wait needs it/],
    ["results of two jobs", { action: "result", jobIds: ["cx-1", "cx-2"] }, "INVALID_ARGUMENT", /one id/],
  ])("refuses %s", async (_name, args, code, message) => {
    const { look } = setUp({ id: "cx-1" }, { id: "cx-2", ...DONE });
    await expect(look(args)).rejects.toMatchObject(failsWith(code, message));
  });

  test("says of a queued job which place it has", async () => {
    const { look } = setUp({ id: "cx-1", title: "fix it", state: "queued", position: 2 });
    await expect(look({ action: "result", jobIds: ["cx-1"] })).rejects.toMatchObject(
      failsWith("JOB_RUNNING", /it waits, place 2\.$/),
    );
    const lines: string[] = [];
    const call = { canReport: true, report: (line: string) => void lines.push(line) };
    await look({ action: "wait", jobIds: ["cx-1"], waitSeconds: 1 }, call);
    expect(lines).toContain("fix it: waits, place 2");
  });

  describe("wait", () => {
    test("returns the result of the one job that has ended", async () => {
      const { fake, look } = setUp({ id: "cx-1" });
      setTimeout(() => fake.add({ id: "cx-1", ...DONE }), 20);
      expect((await look({ action: "wait", jobIds: ["cx-1"] })).structured).toMatchObject({ content: "All good." });
    });

    test("returns with the first of several that ends", async () => {
      const { fake, look } = setUp({ id: "cx-1" }, { id: "cx-2" });
      setTimeout(() => fake.add({ id: "cx-2", ...DONE }), 20);
      const { structured } = await look({ action: "wait", jobIds: ["cx-1", "cx-2", "cx-1"] });
      expect(structured).toMatchObject({
        jobs: [
          { jobId: "cx-1", state: "running" },
          { jobId: "cx-2", state: "completed" },
        ],
      });
      expect(structured["content"]).toMatch(/^Ended: cx-2;.* 1 job not ended\.$/);
    });

    test("returns when one asks, with its question; a person's decision is shown without choices", async () => {
      const ask = (kind: "input" | "decision") => ({ state: "waiting" as const, question: { ...QUESTION, kind } });
      const { fake, look } = setUp({ id: "cx-1" }, { id: "cx-2", ...ask("decision") });
      setTimeout(() => fake.add({ id: "cx-1", ...ask("input") }), 20);
      const choices = [{ id: "pg", title: "Postgres" }];
      expect((await look({ action: "wait", jobIds: ["cx-1"] })).structured).toMatchObject({
        content: "Asking: cx-1; answer with agent_job_control. 1 job not ended.",
        jobs: [{ question: { key: "q-1", kind: "input", message: "Which database?", choices } }],
      });
      const { structured } = await look({ action: "wait", jobIds: ["cx-2"] });
      expect(structured["content"]).toBe("Waiting for the user's decision: cx-2. 1 job not ended.");
      expect(JSON.stringify(structured)).not.toContain("Postgres");
    });

    test("returns when one goes quiet, but not for one that was quiet before", async () => {
      const quiet = { activity: "Nothing new from Codex for 60 s, its process is alive; last: x" };
      const { fake, look } = setUp({ id: "cx-1" }, { id: "cx-2", ...quiet });
      setTimeout(() => fake.add({ id: "cx-1", ...quiet }), 20);
      const { structured } = await look({ action: "wait", jobIds: ["cx-1", "cx-2"], waitSeconds: 10 });
      expect(structured["content"]).toBe("Quiet: cx-1, cx-2. 2 jobs not ended.");
      const began = performance.now();
      await look({ action: "wait", jobIds: ["cx-2"], waitSeconds: 1 });
      expect(performance.now() - began).toBeGreaterThan(900);
    }, 10_000);

    test("ends with an error where a record goes meanwhile", async () => {
      const { fake, look } = setUp({ id: "cx-1" }, { id: "cx-2" });
      const { wait } = fake;
      fake.wait = async (ids, options) => (await wait(ids, { ...options, timeoutMs: 1 })).slice(0, 1);
      const waiting = look({ action: "wait", jobIds: ["cx-1", "cx-2"], waitSeconds: 10 });
      await expect(waiting).rejects.toMatchObject(failsWith("JOB_NOT_FOUND", /cx-2/));
    });

    test("reports what the jobs do, and ends with its time or with the call", async () => {
      const { look } = setUp({ id: "cx-1", activity: "Running: npm test" });
      const lines: string[] = [];
      const abort = new AbortController();
      const call = { report: (line: string) => lines.push(line), canReport: true, signal: abort.signal };
      await look({ action: "wait", jobIds: ["cx-1"], waitSeconds: 1 }, call);
      expect(lines).toContain("a title: Running: npm test");
      setTimeout(() => abort.abort(), 20);
      const began = performance.now();
      await look({ action: "wait", jobIds: ["cx-1"], waitSeconds: 600 }, call);
      expect(performance.now() - began).toBeLessThan(900);
    });
  });
});

describe("agent_job_control", () => {
  const asks = (kind: "input" | "decision") => ({
    id: "cx-1",
    state: "waiting" as const,
    question: { ...QUESTION, kind },
  });

  test("cancels, and says what an end already was or another bridge has still to do", async () => {
    const { fake, control } = setUp({ id: "cx-1", ...DONE }, { id: "cx-2" });
    const { id, keep } = fake.create(
      { tool: "codex", title: "x", call: makeContext({ jobs: fake }).call, isQueued: true },
      ({ signal }) =>
        new Promise((resolve) => {
          const stop = () => resolve({ state: "cancelled", threadId: "t-1", result: { ...RESULT, isError: true } });
          signal.addEventListener("abort", stop);
        }),
    );
    keep();
    const say = async (jobId: string) => (await control({ action: "cancel", jobId })).text;
    expect(await say(id)).toMatch(/was cancelled/);
    expect(await say(id)).toMatch(/had ended already/);
    expect(await say("cx-1")).toMatch(/had ended already/);
    expect(await say("cx-2")).toMatch(/was asked to cancel it/);
  });

  test("steers a running job, and says when the input comes", async () => {
    const { fake, control } = setUp({ id: "cx-1", threadId: "t-1" });
    const { structured } = await control({ action: "steer", jobId: "cx-1", text: "Leave the tests alone." });
    expect(structured).toMatchObject({ jobId: "cx-1", threadId: "t-1", content: expect.stringContaining("next turn") });
    expect(fake.said).toEqual([{ id: "cx-1", text: "Leave the tests alone." }]);
  });

  test("gives an answer to a question for information", async () => {
    const { fake, control } = setUp(asks("input"));
    await control({ action: "answer", jobId: "cx-1", questionKey: "q-1", text: "pg" });
    expect(fake.said).toEqual([{ id: "cx-1", text: '{"kind":"chosen","id":"pg"}' }]);
  });

  test.each<[string, Partial<Job> & Pick<Job, "id">, Record<string, unknown>, string, RegExp]>([
    ["an unknown job", { id: "cx-2" }, { action: "cancel" }, "JOB_NOT_FOUND", /cx-1/],
    ["to steer without words", { id: "cx-1" }, { action: "steer" }, "INVALID_ARGUMENT", /`text` is missing/],
    [
      "to steer a job that has ended",
      { id: "cx-1", ...DONE },
      { action: "steer", text: "x" },
      "JOB_ENDED",
      /has ended/,
    ],
    ["an answer without a key", asks("input"), { action: "answer", text: "pg" }, "INVALID_ARGUMENT", /`questionKey`/],
    [
      "another choice",
      asks("input"),
      { action: "answer", questionKey: "q-1", text: "x" },
      "INVALID_ARGUMENT",
      /of: pg/,
    ],
    [
      "the wrong key",
      asks("input"),
      { action: "answer", questionKey: "q-2", text: "pg" },
      "QUESTION_CLOSED",
      /not ask/,
    ],
    ["a decision", asks("decision"), { action: "answer", questionKey: "q-1", text: "pg" }, "APPROVAL_DENIED", /user/],
  ])("refuses %s", async (_name, job, args, code, message) => {
    const { fake, control } = setUp(job);
    await expect(control({ jobId: "cx-1", ...args })).rejects.toMatchObject(failsWith(code, message));
    expect(fake.said).toEqual([]);
  });

  test("the error for a finished job names the call that goes on with its thread", async () => {
    const { control } = setUp({ id: "cx-1", ...DONE });
    await expect(control({ action: "steer", jobId: "cx-1", text: "x" })).rejects.toMatchObject({
      report: { threadId: "t-1", nextStep: "Continue with codex-reply and threadId t-1." },
    });
  });
});
