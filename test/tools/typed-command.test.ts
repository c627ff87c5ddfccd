// What a person reads who types a command that needs no model.
import { expect, test } from "vitest";
import type { ShownThread } from "../../src/delegation/stored-threads/stored-threads.ts";
import type { ToolContext } from "../../src/tools/define-tool.ts";
import { typedCommandTool } from "../../src/tools/unlisted/typed-command.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const MINUTE = 60_000;

async function answer(args: Record<string, unknown>, parts: Partial<ToolContext> = {}): Promise<string> {
  const end = await typedCommandTool.run(args, makeContext({ jobs: createFakeJobs(), ...parts }));
  if (!("structured" in end)) throw new Error("an answer expected");
  // Claude Code reads one or the other.
  expect(JSON.parse(end.text)).toEqual(end.structured);
  expect(end.structured).toMatchObject({
    decision: "block",
    hookSpecificOutput: { hookEventName: "UserPromptExpansion", suppressOriginalPrompt: true },
  });
  return String(end.structured["reason"]);
}

function makeJobs() {
  const jobs = createFakeJobs();
  const now = Date.now();
  jobs.add({ id: "cx-old", title: "Old", state: "failed", createdAt: now - 90 * MINUTE, endedAt: now - 50 * MINUTE });
  jobs.add({
    id: "cx-long",
    title: "Long one",
    state: "completed",
    createdAt: now - 80 * MINUTE,
    endedAt: now - 5 * MINUTE,
  });
  jobs.add({
    id: "cx-runs",
    title: "Fix\nit",
    state: "running",
    activity: "Running: npm test",
    createdAt: now - 3 * MINUTE,
  });
  jobs.add({ id: "cx-next", title: "Then this", state: "queued", position: 2, createdAt: now });
  return jobs;
}

test("codex-status has one line for each job", async () => {
  expect(await answer({ command: "codex-status" }, { jobs: makeJobs() })).toMatchInlineSnapshot(`
    "cx-next  waits, place 2, just now  Then this
    cx-runs  running, 3 min ago  Fix\\nit: Running: npm test
    cx-long  completed, 5 min ago  Long one
    cx-old  failed, 50 min ago  Old
    /codex-result cx-long shows a result."
  `);
  expect(await answer({ command: "codex-status", text: "" })).toBe("No background jobs of this project.");
});

test("codex-result is of the job that ended last, or of the one that is named", async () => {
  const jobs = makeJobs();
  const result = { isError: false, text: "All\u001b[2J done.\nReally.", structured: {} };
  jobs.add({ ...jobs.kept.get("cx-long"), id: "cx-long", result });
  const shown = "cx-long  completed, 5 min ago  Long one\n\nAll\\u001b[2J done.\nReally.";
  expect(await answer({ command: "codex-result", text: " " }, { jobs })).toBe(shown);
  expect(await answer({ command: "codex-result", text: " cx-long " }, { jobs })).toBe(shown);
  expect(await answer({ command: "codex-result", text: "cx-runs" }, { jobs })).toContain("running, 3 min ago");
  expect(await answer({ command: "codex-result", text: `${"x".repeat(90)}\n` }, { jobs })).toMatch(
    /has no job x{40}…\.$/,
  );
  expect(await answer({ command: "codex-result" })).toBe("No background job of this project has ended.");
  jobs.add({ ...jobs.kept.get("cx-long"), id: "cx-long", result: { ...result, text: "word ".repeat(4_000) } });
  expect((await answer({ command: "codex-result" }, { jobs })).length).toBeLessThanOrEqual(9_001);
});

test("codex-threads lists, and searches for what was typed", async () => {
  const thread: ShownThread = {
    ...{ threadId: "t-1", sessionId: "parser", name: undefined, title: "Fix it", cwd: "/p", sandbox: "read-only" },
    ...{ model: undefined, reasoningEffort: undefined, backend: "codex-exec", startedBy: "terminal" },
    ...{ lastUsedAt: Date.now() - 5 * MINUTE, open: "elsewhere", isArchived: false },
  };
  const skipped = { unreadable: 1, compressed: 0, foreign: 0 };
  const page = { base: "/p", threads: [thread], isComplete: true, warnings: [], skipped };
  const threads = {
    list: async () => page,
    search: async (query: string) => ({
      ...{ ...page, searched: 1, searchedInPart: 0 },
      threads: [{ ...thread, excerpt: `about ${query}` }],
    }),
  } as unknown as ToolContext["threads"];
  expect(await answer({ command: "codex-threads" }, { threads })).toBe(
    "t-1  5 min ago  read-only  open  parser  Fix it\n1 thread of /p. 1 damaged or unknown file could not be read.",
  );
  expect(await answer({ command: "codex-threads", text: "the $HOME parser" }, { threads })).toContain(
    "about the $HOME parser",
  );
});
