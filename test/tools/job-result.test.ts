// What the model reads when a job has ended.
import { describe, expect, test } from "vitest";
import { reportError } from "../../src/domain/errors.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { toJobEnd, toJobText } from "../../src/tools/job-result.ts";

const SPILLED = "/state/results/x.txt";
const WRITING = {
  ...{ tool: "codex", title: "parser", errorFields: undefined, logger: SILENT_LOGGER },
  ...{ spill: () => SPILLED, redact: (text: string) => text.replaceAll("hunter2", "[redacted]") },
};
const STRUCTURED = {
  ...{ threadId: "t-1", content: "Line one.\n\n- <b>two</b>", durationMs: 12, cwd: "/p", sandbox: "workspace-write" },
  usage: { inputTokens: 2, outputTokens: 1 },
  changes: [
    { path: "/p/a.ts", kind: "add" },
    { path: "/p/b.ts", kind: "update" },
  ],
  commands: { count: 5, failed: 1 },
  warnings: ["first", "second"],
};
const answer = (text: string, links: { name: string; path: string; description: string }[] = []) => ({
  ...{ structured: { ...STRUCTURED, content: text }, text, links },
});

test("is the answer first, as it was written, then the fields in short lines", () => {
  expect(toJobText(answer(STRUCTURED.content), WRITING)).toMatchInlineSnapshot(`
    "Line one.

    - <b>two</b>

    title: parser
    threadId: t-1
    cwd: /p
    sandbox: workspace-write
    changes: add /p/a.ts; update /p/b.ts
    commands: count 5, failed 1
    durationMs: 12
    usage: inputTokens 2, outputTokens 1
    warnings: first; second"
  `);
});

test("leaves out what says nothing, at any depth", () => {
  const decision = { agent: "codex_cli", model: undefined, reasons: [], rule: null, more: { a: "" } };
  expect(toJobText({ ...answer("x"), structured: {} }, WRITING)).toBe("x\n\ntitle: parser");
  const text = toJobText({ ...answer("x"), structured: { decision, warnings: [] } }, WRITING);
  expect(text).toBe("x\n\ntitle: parser\ndecision: agent codex_cli");
});

describe("stays below 20,000 characters", () => {
  test.each([
    ["a long message", answer("word ".repeat(50_000))],
    ["a message in another script", answer("日本".repeat(50_000))],
    [
      "many long fields",
      {
        ...answer("x".repeat(50_000)),
        structured: { warnings: Array(20).fill("w ".repeat(250)), decision: { a: "y ".repeat(9_000) } },
      },
    ],
  ])("%s", (_name, long) => {
    const text = toJobText(long, WRITING);
    expect(text.length).toBeLessThan(20_000);
    expect(text).toContain(SPILLED);
  });
});

test("a message that was cut before names the file that holds all of it", () => {
  const link = { name: "full-answer", path: "/state/results/whole.txt", description: "" };
  const spill = (): string => {
    throw new Error("not needed");
  };
  expect(toJobText(answer("word ".repeat(9_000), [link]), { ...WRITING, spill })).toContain("/state/results/whole.txt");
});

test("a message that cannot be kept in a file says so", () => {
  const spill = (): string => {
    throw new Error("ENOSPC");
  };
  const text = toJobText(answer("word ".repeat(9_000)), { ...WRITING, spill });
  expect(text).toMatch(/could not be kept in a file: ENOSPC$/);
  expect(text).toContain("threadId: t-1");
});

describe("the end of a job", () => {
  test("with an answer is completed, has the thread and the same structured result", () => {
    const end = toJobEnd(answer("done"), WRITING);
    expect(end).toMatchObject({ state: "completed", threadId: "t-1", result: { isError: false } });
    expect(end.result.structured).toEqual({ ...STRUCTURED, content: "done" });
    expect(toJobEnd({ ...answer("x"), structured: { threadId: "" } }, WRITING).threadId).toBeUndefined();
  });

  test("with an error is failed, or cancelled, in one line without secrets", () => {
    const error = reportError("TURN_FAILED", "It said\nhunter2.", { threadId: "t-1", fields: { decision: 1 } });
    const end = toJobEnd({ error }, { ...WRITING, errorFields: { outcome: "failed" } });
    expect(end).toMatchObject({ state: "failed", threadId: "t-1", result: { isError: true } });
    expect(end.result.text).toMatch(
      /^\[TURN_FAILED\] It said \[redacted\]\. Read the reason.* threadId: t-1 Title of the job: "parser"\.$/,
    );
    expect(end.result.structured).toMatchObject({ outcome: "failed", decision: 1, error: { code: "TURN_FAILED" } });
    expect(toJobEnd({ error: reportError("CANCELLED", "x") }, WRITING).state).toBe("cancelled");
  });
});
