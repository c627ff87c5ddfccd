// Several prompts in one call.
import { expect, test } from "vitest";
import type { CallContext, StartRequest, TurnAnswer, TurnEnd } from "../../src/delegation/requests.ts";
import { reportError } from "../../src/domain/errors.ts";
import type { ToolAnswer } from "../../src/tools/define-tool.ts";
import { runBatch } from "../../src/tools/prompt-batch.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const TIMES = { startedAt: 1, waitedMs: 0 };
const answer = (content: string, parts: Partial<TurnAnswer> = {}): TurnEnd => ({
  ...{ kind: "completed", ...TIMES },
  answer: {
    ...{ threadId: `t-${content.slice(0, 3)}`, sessionId: undefined, cwd: "/p", content, usage: undefined },
    sandbox: { mode: "read-only" } as TurnAnswer["sandbox"],
    ...{ changes: [], commands: { count: 0, failed: 0 }, refusedCommands: [], hasWorked: true },
    ...{ warnings: [], leftRunning: [], durationMs: 1, ...parts },
  },
});
const refused = (code: "AGENT_EXITED" | "CANCELLED"): TurnEnd => ({
  ...{ kind: "refused", ...TIMES, error: reportError(code, `It said ${"x".repeat(9_000)}.`) },
});

function run(prompts: string[], act: (request: StartRequest) => Promise<TurnEnd>, call: Partial<CallContext> = {}) {
  const context = makeContext({ jobs: createFakeJobs(), call });
  const delegation = { start: act, reply: () => Promise.reject(new Error("not to be called")) };
  return runBatch(prompts, { cwd: "/p" }, { ...context, delegation });
}

test("the client is asked once where it works, and only if a thread has to know", async () => {
  let asked = 0;
  const listRoots = async () => [`/root-${++asked}`];
  const seen: unknown[] = [];
  const start = async (_request: StartRequest, call: CallContext) => {
    seen.push(await call.listRoots?.());
    return answer("x");
  };
  const context = makeContext({ jobs: createFakeJobs(), call: { listRoots } });
  const delegation = { start, reply: () => Promise.reject(new Error("not to be called")) };
  await runBatch(["a", "b", "c"], {}, { ...context, delegation });
  expect(seen).toEqual([["/root-1"], ["/root-1"], ["/root-1"]]);
  await run(["a", "b"], async () => answer("x"), { listRoots });
  expect(asked).toBe(1);
});

test("each thread is told with the number of its prompt", async () => {
  const told: [number, string][] = [];
  const onThread = () => {
    throw new Error("a batch has no thread of its own");
  };
  const context = makeContext({
    jobs: createFakeJobs(),
    call: { onThread, onBatchThread: (number, threadId) => told.push([number, threadId]) },
  });
  const start = async ({ prompt }: StartRequest, call: CallContext) => {
    call.onThread?.(`t-${prompt}`);
    return answer(prompt);
  };
  const delegation = { start, reply: () => Promise.reject(new Error("not to be called")) };
  await runBatch(["a", "b"], {}, { ...context, delegation });
  expect(told).toEqual([
    [1, "t-a"],
    [2, "t-b"],
  ]);
});

test("the results come in the order of the prompts, whichever ends first; progress counts", async () => {
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  const wait = { slow: 30, quick: 1 } as Record<string, number>;
  const end = await run(
    ["slow", "quick"],
    async ({ prompt, cwd }) => {
      expect(cwd).toBe("/p");
      await new Promise((resolve) => setTimeout(resolve, wait[prompt]));
      return answer(prompt);
    },
    { report },
  );
  expect(end).toMatchObject({
    structured: {
      ...{ threadId: "", content: "2 of 2 done." },
      results: [
        { threadId: "t-slo", content: "slow" },
        { threadId: "t-qui", content: "quick" },
      ],
    },
    text: [
      "2 of 2 done.",
      "## 1\n\nslow\n\nthreadId: t-slo\ncwd: /p\nsandbox: read-only",
      "## 2\n\nquick\n\nthreadId: t-qui\ncwd: /p\nsandbox: read-only",
    ].join("\n\n"),
  });
  expect(lines).toEqual(["1 of 2 done", "2 of 2 done"]);
});

test("one that failed is named, and does not lose the others", async () => {
  const end = await run(["a", "b", "c"], async ({ prompt }) =>
    prompt === "b" ? refused("AGENT_EXITED") : answer(prompt),
  );
  expect(end).toMatchObject({
    structured: {
      content: "2 of 3 done; failed: number 2.",
      results: [{ content: "a" }, { error: { code: "AGENT_EXITED" } }, { content: "c" }],
    },
  });
});

test("the text of a result says what its turn did, as a task's client reads only that", async () => {
  const parts: Partial<TurnAnswer> = {
    changes: [{ kind: "update", path: "/p/a.ts" }],
    ...{ commands: { count: 2, failed: 1 }, warnings: ["Look out."] },
  };
  const { text } = (await run(["a", "b"], async ({ prompt }) => answer(prompt, parts))) as ToolAnswer;
  expect(text.match(/changes: update \/p\/a\.ts\ncommands: count 2, failed 1\nwarnings: Look out\./g)).toHaveLength(2);
});

test("where all failed the call has failed; where it was cancelled it says what was done", async () => {
  expect(await run(["a", "b"], async () => refused("AGENT_EXITED"))).toMatchObject({
    error: { code: "AGENT_EXITED", details: { failed: 2 } },
  });
  const cancelled = await run(["a", "b"], async ({ prompt }) =>
    prompt === "a" ? answer(prompt) : refused("CANCELLED"),
  );
  expect(cancelled).toMatchObject({
    error: { code: "CANCELLED", message: expect.stringMatching(/1 of 2 prompts done\. Threads that had begun: t-a\./) },
  });
});

test("ten long results stay within the limit of one", async () => {
  const changes = Array.from({ length: 500 }, (_, at) => ({ path: `/p/${"x".repeat(90)}/${at}`, kind: "add" }));
  const warnings = Array.from({ length: 50 }, () => "w ".repeat(400));
  const prompts = Array.from({ length: 10 }, (_, at) => `${at}`);
  for (const content of ["word ".repeat(50_000), "日本".repeat(50_000)]) {
    const { structured } = (await run(prompts, async () => answer(content, { changes, warnings }))) as ToolAnswer;
    expect(JSON.stringify(structured).length).toBeLessThan(45_000);
    expect(JSON.stringify(structured)).toContain("/state/results/x.txt");
  }
  const failed = (await run(prompts, async ({ prompt }) =>
    prompt === "0" ? answer("a") : refused("AGENT_EXITED"),
  )) as ToolAnswer;
  expect(JSON.stringify(failed.structured).length).toBeLessThan(45_000);
});
