import { expect, test } from "vitest";
import { reportError } from "../../src/domain/errors.ts";
import { toErrorResult } from "../../src/mcp/tool-result.ts";

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
