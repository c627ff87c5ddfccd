// Input that comes for a job while it runs, as the next turns of its thread.
import { expect, test } from "vitest";
import { reportError } from "../../src/domain/errors.ts";
import type { FinishedCall, ToolAnswer } from "../../src/tools/define-tool.ts";
import { type Follow, followInputs } from "../../src/tools/further-input.ts";

const answer = (text: string, fields: Record<string, unknown> = {}): ToolAnswer => ({
  ...{ structured: { threadId: "t-1", content: text, ...fields }, text, links: [] },
});

/** Follows an end; `inputs` are what comes in before each look. */
function follow(end: FinishedCall, inputs: string[][], act: Follow) {
  const call = {
    ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: true },
    takeSteers: () => inputs.shift() ?? [],
  };
  return followInputs(end, call, { follow: act, spill: () => "/x" });
}

test("is given to the thread until none is left, and all answers are in the result", async () => {
  const asked: unknown[] = [];
  const end = await follow(
    answer("one", { outcome: "completed", durationMs: 1 }),
    [["a", "b"], ["c"]],
    async (request) => {
      asked.push(request);
      return answer(request.prompt.toUpperCase(), { durationMs: 2 });
    },
  );
  expect(asked).toEqual([
    { prompt: "a\n\nb", threadId: "t-1" },
    { prompt: "c", threadId: "t-1" },
  ]);
  const content = "one\n\n[After further input:]\n\nA\n\nB\n\n[After further input:]\n\nC";
  expect(end).toMatchObject({ text: content, structured: { content, outcome: "completed", durationMs: 5 } });
});

test("does not hide what the turns before it did", async () => {
  const change = (path: string) => ({ kind: "update", path });
  const first = {
    ...{ changes: [change("/p/a"), change("/p/b")], warnings: ["Config.", "No sandbox."], sandbox: "read-only" },
    ...{ commands: { count: 2, failed: 1 }, usage: { inputTokens: 10 } },
  };
  const second = {
    ...{ changes: [change("/p/b"), change("/p/c")], warnings: ["Config."], sandbox: "workspace-write" },
    ...{ commands: { count: 3, failed: 0 }, usage: { inputTokens: 5, outputTokens: 1 } },
  };
  expect(await follow(answer("one", first), [["a"]], async () => answer("two", second))).toMatchObject({
    structured: {
      ...{ changes: [change("/p/a"), change("/p/b"), change("/p/c")], warnings: ["Config.", "No sandbox."] },
      ...{ commands: { count: 5, failed: 1 }, usage: { inputTokens: 15, outputTokens: 1 }, sandbox: "workspace-write" },
    },
  });
  const quiet = await follow(answer("one", first), [["a"]], async () => answer("two"));
  expect(quiet).toMatchObject({ structured: first });
});

test("keeps the lists within their limits, and says how much was left out", async () => {
  const changes = (from: number) => Array.from({ length: 80 }, (_, at) => ({ kind: "add", path: `/p/${from + at}` }));
  const end = await follow(answer("one", { changes: changes(0), moreChanges: 2 }), [["a"]], async () =>
    answer("two", { changes: changes(80) }),
  );
  expect(end).toMatchObject({ structured: { moreChanges: 62 } });
  expect("structured" in end && end.structured["changes"]).toHaveLength(100);
});

test("is not taken where the call failed or has no thread", async () => {
  const inputs = [["a"]];
  const never: Follow = () => Promise.reject(new Error("not to be called"));
  await follow({ error: reportError("TURN_FAILED", "x", { threadId: "t-1" }) }, inputs, never);
  await follow(answer("one", { threadId: "" }), inputs, never);
  expect(inputs).toHaveLength(1);
});

test("does not lose the answer that is there where its turn fails; a cancel ends all of it", async () => {
  const failing = (code: "TURN_FAILED" | "CANCELLED") =>
    follow(answer("one", { warnings: ["first"] }), [["a"]], async () => ({ error: reportError(code, "It failed.") }));
  expect(await failing("TURN_FAILED")).toMatchObject({
    structured: { content: "one", warnings: ["first", expect.stringMatching(/further input failed: \[TURN_FAILED\]/)] },
  });
  expect(await failing("CANCELLED")).toMatchObject({
    error: { code: "CANCELLED", message: expect.stringContaining("had answered"), agentText: "one" },
  });
});

test("a cancel names the file of a long answer, and hides no answer where none can be written", async () => {
  const cancelled = async () => ({ error: reportError("CANCELLED", "It was cancelled.") });
  const long = answer("x".repeat(5_000));
  expect(await follow(long, [["a"]], cancelled)).toMatchObject({
    error: { message: expect.stringContaining("is in /x."), details: { answerFile: "/x" }, agentText: long.text },
  });
  const inputs = [["a"]];
  const call = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: true };
  const spill = () => {
    throw new Error("The disk is full.");
  };
  const end = await followInputs(
    long,
    { ...call, takeSteers: () => inputs.shift() ?? [] },
    { follow: cancelled, spill },
  );
  expect(end).toMatchObject({ error: { code: "CANCELLED", agentText: long.text, details: {} } });
  expect(await follow(answer(""), [["a"]], cancelled)).toEqual(await cancelled());
});

test("of many long answers keeps the result within its limits", async () => {
  const end = await follow(answer("x".repeat(40_000)), [["a"]], async () => answer("y".repeat(40_000)));
  expect(JSON.stringify(end).length).toBeLessThan(95_000);
  expect("structured" in end && String(end.structured["content"]).length).toBeLessThan(45_000);
});
