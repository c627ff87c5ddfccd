import { expect, test } from "vitest";
import { reportError } from "../../src/domain/errors.ts";
import { toErrorResult, toStartedResult } from "../../src/mcp/tool-result.ts";

const redact = (text: string): string => text;

test("an error that quotes megabytes stays below the limit of a result, with its code, next step and thread", () => {
  const huge = "word ".repeat(1_000_000);
  const error = reportError("TURN_FAILED", huge, {
    threadId: "t",
    agentText: huge,
    details: { list: [huge] },
    fields: { decision: huge },
  });
  const result = toErrorResult(error, { redact });
  expect(JSON.stringify(result.structuredContent).length).toBeLessThan(45_000);
  expect(result.structuredContent).toMatchObject({ threadId: "t", error: { code: "TURN_FAILED", leftOut: ["list"] } });
  expect(String(result.structuredContent["content"])).toMatch(
    /^\[TURN_FAILED\][\s\S]*Read the reason[\s\S]*threadId: t$/,
  );
});

test("small details and fields are told whole", () => {
  const error = reportError("TURN_FAILED", "It failed.", {
    details: { lastSeen: "x" },
    fields: { outcome: "failed" },
  });
  expect(toErrorResult(error, { redact }).structuredContent).toMatchObject({
    outcome: "failed",
    error: { lastSeen: "x" },
  });
});

test("the start of a job is a result with its id, its thread, its state and its place in the queue", () => {
  const job = {
    ...{ id: "cx-aaaaaaaa", tool: "codex", title: "x", project: "/p", isOwn: true, threadId: undefined },
    ...{ state: "queued" as const, position: 2, activity: undefined, question: undefined, result: undefined },
    ...{ createdAt: 0, startedAt: undefined, updatedAt: 0, endedAt: undefined },
  };
  expect(toStartedResult({ job, note: "Started.", fields: { outcome: "started" } })).toEqual({
    content: [{ type: "text", text: "Started." }],
    structuredContent: {
      ...{ outcome: "started", jobId: "cx-aaaaaaaa", threadId: "", state: "queued", position: 2, content: "Started." },
    },
  });
});
