// Claude Code's files of sessions, in folders that are not as they should be.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSessionParts } from "../../../src/agents/claude-code/sessions/session-parts.ts";

const ID = "00000000-0000-4000-8000-000000000001";
const query = () => ({ most: 10, withArchived: false, isWanted: () => true, signal: new AbortController().signal });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "claude-sessions-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keepSession(name: string, prompts: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  const lines = prompts.map((content, at) =>
    JSON.stringify({
      type: "user",
      uuid: `u-${at}`,
      parentUuid: `u-${at - 1}`,
      cwd: "/p",
      sessionId: ID,
      message: { role: "user", content },
    }),
  );
  writeFileSync(join(path, `${ID}.jsonl`), `${lines.join("\n")}\n`);
  return path;
}

// Root reads every folder.
test.skipIf(process.getuid?.() === 0).each([0o000, 0o400])(
  "a folder of mode %o hides its own sessions alone, and is counted",
  async (mode) => {
    keepSession("good", ["a needle"]);
    const closed = keepSession("closed", ["a needle"]);
    chmodSync(closed, mode);
    const parts = createSessionParts(
      "claude",
      () => [{ path: folder }],
      () => undefined,
    );
    const found = { threads: [{ threadId: ID }], skipped: { unreadable: 1 } };
    expect(await parts.listThreads(query())).toMatchObject(found);
    expect(await parts.searchThreads(query(), ["needle"])).toMatchObject(found);
    chmodSync(closed, 0o700);
  },
);

test("a file that cannot be looked at hides itself alone, and is counted", async () => {
  const path = keepSession("good", ["a needle"]);
  const loop = join(path, `${ID.replace(/1$/, "2")}.jsonl`);
  symlinkSync(loop, loop);
  const parts = createSessionParts(
    "claude",
    () => [{ path: folder }],
    () => undefined,
  );
  expect(await parts.listThreads(query())).toMatchObject({ threads: [{ threadId: ID }], skipped: { unreadable: 1 } });
});

test("a session of very many messages is searched", async () => {
  keepSession("long", [...Array.from({ length: 200_000 }, () => "m"), "the needle"]);
  const parts = createSessionParts(
    "claude",
    () => [{ path: folder }],
    () => undefined,
  );
  const found = { threads: [{ message: "the needle" }] };
  expect(await parts.searchThreads(query(), ["needle"])).toMatchObject(found);
});

test("in the folder of a thread nobody can plant a session of another one", async () => {
  const own = ID.replace(/1$/, "2");
  const path = keepSession("own", ["planted needle"]);
  writeFileSync(
    join(path, `${own}.jsonl`),
    readFileSync(join(path, `${ID}.jsonl`), "utf8").replace("planted", "its own"),
  );
  const parts = createSessionParts(
    "claude",
    () => [{ path: folder, threadId: own }],
    () => undefined,
  );
  const found = await parts.listThreads(query());
  expect(found.threads.map(({ threadId, firstPrompt }) => [threadId, firstPrompt])).toEqual([[own, "its own needle"]]);
  expect((await parts.searchThreads(query(), ["planted"])).threads).toEqual([]);
  expect(await parts.findThread(ID)).toEqual({ kind: "unknown" });
  expect(await parts.findStoredThread(ID)).toBeUndefined();
});
