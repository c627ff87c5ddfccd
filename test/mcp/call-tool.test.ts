// What a caller adds to the results of tools.
import { expect, test } from "vitest";
import * as z from "zod";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { createToolCaller } from "../../src/mcp/call-tool.ts";
import { defineTool } from "../../src/tools/define-tool.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const makeTool = (name: string, structured: Record<string, unknown>) =>
  defineTool({
    ...{ name, title: "T", description: "T.", meta: {}, output: z.looseObject({}), input: z.strictObject({}) },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    handle: async () => ({ structured, text: "said", links: [] }),
  });

function setUp(canTask = false) {
  const told = ["One job has ended."];
  const context = makeContext({ jobs: createFakeJobs(), call: { canTask } });
  const callTool = createToolCaller({
    tools: [makeTool("t", { content: "said" }), makeTool("agent_job", { content: "said" }), makeTool("hook", {})],
    context: () => context,
    logger: SILENT_LOGGER,
    redact: (text) => text,
    taskView: () => ({ now: 0, resultTtlMs: undefined }),
    tellUnread: () => told.shift(),
  });
  return (name: string, args = {}) => callTool(name, args, context.call);
}

test("results that nobody has read are named with the next result, for both kinds of readers", async () => {
  const call = setUp();
  expect((await call("t"))?.result).toEqual({
    content: [
      { type: "text", text: "said" },
      { type: "text", text: "One job has ended." },
    ],
    structuredContent: { content: "said", unreadResults: "One job has ended." },
  });
  expect((await call("t"))?.result.structuredContent).toEqual({ content: "said" });
});

test("an error names them too", async () => {
  const { result } = (await setUp()("t", { wrong: 1 })) ?? {};
  expect(result).toMatchObject({ isError: true, structuredContent: { unreadResults: "One job has ended." } });
});

test("they are not named where the client has tasks, by the tool that shows jobs, or where no model reads", async () => {
  expect((await setUp(true)("t"))?.result.structuredContent).toEqual({ content: "said" });
  const call = setUp();
  expect((await call("agent_job"))?.result.structuredContent).toEqual({ content: "said" });
  expect((await call("hook"))?.result.structuredContent).toEqual({});
  expect((await call("t"))?.result.structuredContent).toMatchObject({ unreadResults: "One job has ended." });
});
