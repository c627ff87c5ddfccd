// Which threads are listed, searched and read, and how much of them is shown.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { createThreadReader, type ThreadReaderOptions } from "../../../src/delegation/stored-threads/thread-reader.ts";
import { CODEX } from "../../../src/domain/agents.ts";
import { createRedactor } from "../../../src/domain/redact.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { StoredThread, ThreadMatch, ThreadQuery } from "../../../src/domain/stored-thread.ts";
import type { ThreadMessage, ThreadRecord } from "../../../src/domain/thread.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other"]) mkdirSync(join(root, name));
  symlinkSync(join(root, "project"), join(root, "link"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const CALL: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
const REQUEST = { isEverywhere: false, withArchived: false, most: 20 };
const SECRET = "hush-hush-hush-hush";

interface Stage {
  /** First directory of each thread, by id. */
  readonly threads?: Readonly<Record<string, string>>;
  /** Directory of its last turn, where that is another one. */
  readonly later?: Readonly<Record<string, string>>;
  readonly records?: readonly ThreadRecord[];
  readonly said?: readonly ThreadMessage[];
  readonly message?: string;
  readonly roots?: readonly string[];
  readonly baseDir?: string;
}

function toStored(threadId: string, cwd: string): StoredThread {
  return {
    ...{ threadId, cwd, origin: "cli", lastUsedAt: 1, name: undefined, firstPrompt: undefined, isArchived: false },
    ...{ sandboxMode: "read-only", model: undefined, reasoningEffort: undefined, use: "free" },
  };
}

function toRecord(threadId: string, cwd: string, project: string): ThreadRecord {
  const frame = { cwd, sandbox: READ_ONLY, approvalPolicy: "never" as const, own: {}, backend: "scripted" };
  return { threadId, project, frame, turns: 1, createdAt: 1, lastUsedAt: 1 };
}

function makeReader({ threads = {}, later = {}, records = [], said = [], message, roots = [], baseDir }: Stage) {
  const walk = { isComplete: true, skipped: { unreadable: 0, compressed: 0, foreign: 0 } };
  const pick = ({ isWanted }: ThreadQuery): ThreadMatch[] =>
    Object.entries(threads)
      .filter(([threadId, cwd]) => isWanted({ threadId, cwd }))
      .map(([threadId, cwd]) => ({ ...toStored(threadId, later[threadId] ?? cwd), message }));
  const options: ThreadReaderOptions = {
    backend: {
      ...{ name: "scripted", agent: "Gnome", continues: [], parseThreadId: (text) => text },
      findThread: async () => ({ kind: "unknown" }),
      readConversation: async () => said,
      listThreads: async (query) => ({ ...walk, threads: pick(query) }),
      searchThreads: async (query) => ({ ...walk, threads: pick(query), searched: 1, searchedInPart: 0 }),
      findStoredThread: async (threadId) => toStored(threadId, later[threadId] ?? threads[threadId] ?? root),
    },
    sessions: {
      get: (threadId) => records.find((record) => record.threadId === threadId),
      ...{ getByName: () => undefined, isDamaged: () => false, listNewest: () => records },
    },
    ...{ agent: CODEX, agents: [CODEX] },
    locks: { look: () => undefined },
    ...{ ownPid: 1, baseDir: baseDir ?? join(root, "project"), roots, clock: Date.now },
    redact: createRedactor({ TEST_TOKEN: SECRET }),
  };
  return createThreadReader(options);
}

const ids = ({ threads }: { threads: readonly { threadId: string }[] }) => threads.map(({ threadId }) => threadId);

test("a directory is the same through a link, and a subfolder is another one", async () => {
  mkdirSync(join(root, "project/sub"));
  const threads = {
    a: join(root, "project"),
    b: join(root, "link"),
    c: join(root, "project/sub"),
    d: join(root, "other"),
  };
  expect(ids(await makeReader({ threads }).list(REQUEST, CALL))).toEqual(["a", "b"]);
  expect(ids(await makeReader({ threads, baseDir: join(root, "link") }).list(REQUEST, CALL))).toEqual(["a", "b"]);
  expect(ids(await makeReader({ threads }).list({ ...REQUEST, isEverywhere: true }, CALL))).toEqual([
    "a",
    "b",
    "c",
    "d",
  ]);
});

test("threads of this project's records are its own, within the roots", async () => {
  const threads = { a: join(root, "other"), b: "/gone" };
  const records = [toRecord("a", join(root, "other"), join(root, "project"))];
  expect(ids(await makeReader({ threads, records }).list(REQUEST, CALL))).toEqual(["a"]);
  const roots = [join(root, "project")];
  expect(ids(await makeReader({ threads, records, roots }).list(REQUEST, CALL))).toEqual([]);
});

test("a thread whose later turn or whose record lies outside the roots is not told, nor read", async () => {
  const project = join(root, "project");
  const stage = { threads: { a: project }, roots: [project] };
  const moved = makeReader({ ...stage, later: { a: join(root, "other") }, records: [toRecord("a", project, project)] });
  expect(ids(await moved.list(REQUEST, CALL))).toEqual([]);
  expect(ids(await moved.search("x", REQUEST, CALL))).toEqual([]);
  await expect(moved.read("a")).rejects.toMatchObject({ code: "SANDBOX_DENIED" });
  const elsewhere = makeReader({ ...stage, records: [toRecord("a", join(root, "other"), project)] });
  expect(ids(await elsewhere.list(REQUEST, CALL))).toEqual([]);
  await expect(elsewhere.read("a")).rejects.toMatchObject({ code: "SANDBOX_DENIED" });
});

test("of a conversation the end is shown, each message shortened, without secrets", async () => {
  const project = join(root, "project");
  const said = Array.from(
    { length: 30 },
    (_, at): ThreadMessage => ({
      role: at % 2 === 0 ? "user" : "assistant",
      text: `${at} ${"word ".repeat(1_000)}`,
    }),
  );
  // The secret stands where the text is cut.
  const last: ThreadMessage = { role: "assistant", text: `${"x ".repeat(745)}${SECRET} ${"y ".repeat(500)}` };
  const reader = makeReader({
    said: [...said, last],
    threads: { a: project },
    records: [toRecord("a", project, project)],
  });
  const { messages } = await reader.read("a");
  const total = messages.reduce((sum, { text }) => sum + text.length, 0);
  expect(total).toBeLessThanOrEqual(8_000);
  expect(messages.length).toBeGreaterThanOrEqual(5);
  for (const { text } of messages) {
    expect(text.length).toBeLessThanOrEqual(1_501);
    expect(text).not.toContain("hush");
  }
});

test("an excerpt is around the first word that is found, in one line, without secrets", async () => {
  const project = join(root, "project");
  const message = `${"before ".repeat(100)}\nThe PARSER\u001b[31m fails with ${SECRET} ${"after ".repeat(100)}`;
  const page = await makeReader({ threads: { a: project }, message }).search("absent parser", REQUEST, CALL);
  const excerpt = page.threads[0]?.excerpt ?? "";
  expect(excerpt).toMatch(/^…before .*The PARSER \[31m fails with \[redacted\] after .*…$/);
  expect(excerpt.length).toBeLessThanOrEqual(203);
});

test.each(["", "  ", Array.from({ length: 21 }, () => "a").join(" ")])("a search for %j is refused", async (query) => {
  await expect(makeReader({}).search(query, REQUEST, CALL)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
