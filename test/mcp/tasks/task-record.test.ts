// Every state of a job as a task, judged by the schemas of the extension's own package.
import {
  CallToolResultV2Schema,
  CreateTaskResultV2Schema,
  GetTaskResultV2Schema,
} from "@modelcontextprotocol/ext-tasks/core/v2";
import { expect, test } from "vitest";
import type { Job } from "../../../src/delegation/jobs/job.ts";
import { toTaskHandle, toTaskRecord } from "../../../src/mcp/tasks/task-record.ts";
import { makeJob, makeQuestion } from "../../support/scripted-jobs.ts";

const VIEW = { now: 1_002_500, resultTtlMs: 604_800_000 };
const result = (text: string, isError = false) => ({ isError, text, structured: { threadId: "t", secret: 1 } });
const TIMES = { createdAt: "1970-01-01T00:16:40.000Z", lastUpdatedAt: "1970-01-01T00:16:42.000Z" };

test.each<[string, Partial<Job>, Record<string, unknown>]>([
  ["runs", {}, { status: "working", statusMessage: "fix the parser: Ran npm test", pollIntervalMs: 1_000 }],
  [
    "waits for its turn",
    { state: "queued", position: 3 },
    { status: "working", statusMessage: "fix the parser: waits, place 3" },
  ],
  ["waits, and has no question yet", { state: "waiting" }, { status: "working" }],
  [
    "asks",
    { state: "waiting", question: makeQuestion() },
    {
      status: "input_required",
      pollIntervalMs: 250,
      inputRequests: {
        k1: { method: "elicitation/create", params: expect.objectContaining({ message: "Run npm test?" }) },
      },
    },
  ],
  [
    "is done",
    { state: "completed", endedAt: 1_002_000, result: result("All green.\n\nthreadId: t") },
    {
      status: "completed",
      ttlMs: 604_802_000,
      result: { resultType: "complete", content: [{ type: "text", text: "All green.\n\nthreadId: t" }] },
    },
  ],
  [
    "failed",
    { state: "failed", result: result("[TURN_FAILED] It did not work.", true) },
    {
      status: "completed",
      result: {
        resultType: "complete",
        isError: true,
        content: [{ type: "text", text: "[TURN_FAILED] It did not work." }],
      },
    },
  ],
  [
    "failed and left nothing",
    { state: "failed" },
    { status: "completed", result: expect.objectContaining({ isError: true }) },
  ],
  [
    "was interrupted",
    { state: "interrupted", result: result("Its bridge is gone.\nContinue with codex-reply.", true) },
    { status: "failed", error: { code: -32_603, message: "Its bridge is gone. Continue with codex-reply." } },
  ],
  [
    "was cancelled",
    { state: "cancelled", result: result("[CANCELLED] Stopped. threadId: t", true) },
    { status: "cancelled", statusMessage: "[CANCELLED] Stopped. threadId: t" },
  ],
  [
    "was cancelled and left nothing",
    { state: "cancelled" },
    { status: "cancelled", statusMessage: "The job was cancelled." },
  ],
  ["has odd times", { createdAt: Number.NaN, updatedAt: 1e300 }, { createdAt: "1970-01-01T00:00:00.000Z" }],
  ["comes from the future", { updatedAt: 9e12 }, { status: "working", pollIntervalMs: 1_000 }],
])("a job that %s", (_name, changes, expected) => {
  const record = toTaskRecord(makeJob(changes), VIEW);
  expect(record).toMatchObject({ resultType: "complete", taskId: "cx-abcdefgh", ...expected });
  const judged = GetTaskResultV2Schema.safeParse(record);
  expect(judged.error).toBeUndefined();
  if (record["result"] !== undefined) expect(CallToolResultV2Schema.safeParse(record["result"]).error).toBeUndefined();
  expect(JSON.stringify(record)).not.toContain("structured");
});

test("a long failure is cut where Claude Code would cut it, and stays one line", () => {
  const { error } = toTaskRecord(makeJob({ state: "interrupted", result: result("x\n".repeat(20_000)) }), VIEW);
  expect((error as { message: string }).message).toHaveLength(9_999);
});

test("a handle has the note for the model as Claude Code takes it, and a limit for results only where there is one", () => {
  const note = `Started.\nIts thread is th_1. ${"x".repeat(3_000)}`;
  const handle = toTaskHandle(makeJob(), note, { ...VIEW, resultTtlMs: undefined });
  expect(CreateTaskResultV2Schema.safeParse(handle).error).toBeUndefined();
  expect(handle).toMatchObject({ resultType: "task", taskId: "cx-abcdefgh", status: "working", ttlMs: null, ...TIMES });
  const { _meta } = handle as { _meta: Record<string, { modelImmediateResponse: string }> };
  const said = _meta["com.anthropic/agent-task"]?.modelImmediateResponse ?? "";
  expect(said).toMatch(/^Started\. Its thread is th_1\. x+$/);
  expect(said.length).toBeLessThanOrEqual(2_000);
});
