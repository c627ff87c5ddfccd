// The order of a parked job, carried out by a bridge that did not get the call.
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { JobOrder } from "../../src/delegation/jobs/job.ts";
import { WAITING_TOOLS } from "../../src/tools/index.ts";
import { defineJobTool, runOrder } from "../../src/tools/job-tool.ts";
import { toGoOn } from "../../src/tools/quota.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const echo = defineJobTool({
  ...{ name: "echo", title: "Echo", description: "Echo.", meta: {} },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  input: z.strictObject({ prompt: z.string(), title: z.string().optional() }),
  output: z.looseObject({}),
  plan: ({ prompt, title = prompt }) => ({
    ...{ tool: "echo", agent: "codex", background: undefined, title, needsRoots: false },
    act: async () => ({ structured: { threadId: "t-1", content: prompt }, text: prompt, links: [] }),
  }),
});

const carryOut = (order: JobOrder, title = "the job") =>
  runOrder(order, title, { ...makeContext({ jobs: createFakeJobs() }), tools: [echo] });

describe("an order", () => {
  test("is carried out as the call would have been", async () => {
    expect(await carryOut({ tool: "echo", args: { prompt: "hello" } })).toMatchObject({
      ...{ state: "completed", threadId: "t-1" },
      result: { isError: false, text: expect.stringMatching(/^hello\n\ntitle: the job\n/) },
    });
    expect(await carryOut({ tool: "echo", args: { prompt: "hello" } }, "")).toMatchObject({ state: "completed" });
  });

  test.each<[string, JobOrder, RegExp]>([
    ["of a tool that cannot wait", { tool: "codex-ask", args: {} }, /^\[INVALID_ARGUMENT\] .*no tool codex-ask/],
    ["that does not fit", { tool: "echo", args: { prompt: 7 } }, /^\[INVALID_ARGUMENT\] .*does not fit this version/],
    [
      "of a newer bridge",
      { tool: "echo", args: { prompt: "x", more: 1 } },
      /^\[INVALID_ARGUMENT\] .*Make the call again/,
    ],
  ])("%s is a failed end", async (_name, order, says) => {
    expect(await carryOut(order)).toMatchObject({ state: "failed", result: { text: expect.stringMatching(says) } });
  });
});

test("an order to go on fits codex-reply, and keeps what holds for the turn", async () => {
  const args = {
    ...{ model: "m", reasoningEffort: "high", timeoutMs: 5_000, outputFile: "a.md", overwrite: true, title: "t" },
    outputSchema: { type: "object" },
  };
  const order = toGoOn("t-1", { ...args, ...{ prompt: "long", images: ["a.png"] } }, { cwd: "/p" });
  expect(order).toMatchObject({ tool: "codex-reply", args: { ...args, threadId: "t-1", onLostThread: "rebuild" } });
  expect(order.args["images"]).toBeUndefined();
  const tool = WAITING_TOOLS.find(({ name }) => name === order.tool);
  const plan = await tool?.plan(JSON.parse(JSON.stringify(order.args)), makeContext({ jobs: createFakeJobs() }));
  expect(plan).toMatchObject({ threadId: "t-1", title: "t", toOrder: expect.any(Function) });
});
