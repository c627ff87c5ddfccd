// What the model reads of threads.
import { expect, test } from "vitest";
import type { FoundPage, ShownThread, ThreadReader } from "../../src/delegation/stored-threads/stored-threads.ts";
import { codexThreadsTool } from "../../src/tools/codex-threads.ts";
import type { ToolAnswer, ToolContext } from "../../src/tools/define-tool.ts";
import { makeContext } from "../support/tool-context.ts";

const THREAD: ShownThread = {
  ...{ threadId: "t-1", sessionId: undefined, name: undefined, title: "Fix it", cwd: "/p", sandbox: "read-only" },
  ...{ model: undefined, reasoningEffort: undefined, backend: "codex-exec", startedBy: "terminal" },
  ...{ lastUsedAt: Date.now() - 300_000, open: "unknown", isArchived: false },
};
const PAGE: FoundPage = {
  ...{ base: "/p", threads: [{ ...THREAD, excerpt: "it is fixed" }], isComplete: true, warnings: [] },
  ...{ skipped: { unreadable: 0, compressed: 0, foreign: 0 }, searched: 3, searchedInPart: 1 },
};

async function run(args: Record<string, unknown>, threads: Partial<ThreadReader>): Promise<ToolAnswer> {
  const context = makeContext({ jobs: {} as never, threads: threads as ToolContext["threads"] });
  const end = await codexThreadsTool.run(args, context);
  if (!("structured" in end)) throw new Error("an answer expected");
  return end;
}

test("a list says what it is of, and what it does not know or leaves out", async () => {
  const skipped = { unreadable: 1, compressed: 2, foreign: 3 };
  const { text } = await run(
    { action: "list" },
    { list: async () => ({ ...PAGE, threads: [THREAD], isComplete: false, skipped, warnings: ["A warning."] }) },
  );
  expect(text).toMatchInlineSnapshot(`
    "1 thread of /p, the last used first. Older threads were not looked at. 2 compressed files could not be read. 1 damaged or unknown file could not be read. 3 files of another user of this machine left out. A warning.
    {"threadId":"t-1","title":"Fix it","sandbox":"read-only","backend":"codex-exec","startedBy":"terminal","open":"unknown","lastUsed":"5 min ago"}"
  `);
});

test("a directory without threads says so", async () => {
  const list = async () => ({ ...PAGE, threads: [] });
  expect((await run({ action: "list" }, { list })).text).toBe("No threads of /p.");
  expect((await run({ action: "list", everywhere: true }, { list })).text).toBe("No threads.");
});

test("a search says how much it searched", async () => {
  const { text } = await run({ action: "search", query: "x" }, { search: async () => PAGE });
  expect(text).toMatch(/^Searched 3 threads \(1 of them in part, since they are large\)\. 1 thread of \/p, /);
  expect(text).toContain('"excerpt":"it is fixed"');
});

test("an action without its argument is refused by name", async () => {
  await expect(run({ action: "search" }, {})).rejects.toThrow("`query` is missing: search needs it.");
  await expect(run({ action: "read" }, {})).rejects.toThrow("`threadId` is missing: read needs it.");
});
