// Which rollouts are listed: of thousands the newest, of odd ones none, and each with what its file says.
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findStoredThread, listThreads, searchThreads } from "../../../../src/agents/codex/threads/list-threads.ts";
import { listRollouts } from "../../../../src/agents/codex/threads/rollout-list.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const toId = (number: number): string => `01a2163b-113e-77d2-97f7-${String(number).padStart(12, "0")}`;
const toPath = (number: number, folder = "sessions/2026/11/20"): string =>
  join(home, folder, `rollout-2026-11-20T10-00-00-${toId(number)}.jsonl`);

interface Rollout {
  readonly meta?: Record<string, unknown>;
  readonly lines?: readonly object[];
  readonly folder?: string;
  /** Minutes ago. */
  readonly age?: number;
}

/** Writes a rollout; gives its path and size. */
function write(number: number, { meta = {}, lines = [], folder, age = number }: Rollout = {}): string {
  const path = toPath(number, folder);
  mkdirSync(dirname(path), { recursive: true });
  const payload = { id: toId(number), cwd: "/p", source: "cli", originator: "codex_cli_rs", ...meta };
  const all = [{ type: "session_meta", ordinal: 0, payload }, ...lines];
  writeFileSync(path, `${all.map((line) => JSON.stringify(line)).join("\n")}\n`);
  const time = Date.now() / 1_000 - 60 * age;
  utimesSync(path, time, time);
  return path;
}

const say = (role: string, text: string) => ({
  type: "response_item",
  payload: { type: "message", role, content: [{ type: "input_text", text }] },
});

const QUERY = {
  isWanted: ({ cwd }: { cwd: string }) => cwd === "/p",
  withArchived: false,
  most: 20,
  signal: new AbortController().signal,
};
const ids = (threads: readonly { threadId: string }[]) => threads.map(({ threadId }) => threadId);

test("the last used comes first, whatever its name, with its last sandbox, model and name", async () => {
  const context = { cwd: "/p", sandbox_policy: { type: "workspace-write" }, model: "m", effort: "high" };
  write(1, { lines: [say("user", "<environment_context>x</environment_context>"), say("user", "Fix it")], age: 9 });
  write(2, { lines: [{ timestamp: "2026-11-20T10:00:00Z", type: "turn_context", payload: context }], age: 1 });
  write(3, { meta: { cwd: "/elsewhere" } });
  write(4, { meta: { thread_source: "codex-bridge-abc" }, age: 5 });
  writeFileSync(
    join(home, "session_index.jsonl"),
    `{"id":"${toId(1)}","thread_name":"old"}\n{"id":"${toId(1)}","thread_name":"Mine"}\nhalf`,
  );
  const { threads, isComplete } = await listThreads(home, QUERY);
  expect(threads).toMatchObject([
    { threadId: toId(2), sandboxMode: "workspace-write", model: "m", reasoningEffort: "high", origin: "cli" },
    { threadId: toId(4), origin: "codex-bridge" },
    { threadId: toId(1), firstPrompt: "Fix it", name: "Mine", sandboxMode: undefined, isArchived: false },
  ]);
  expect(isComplete).toBe(true);
  expect(ids((await listThreads(home, { ...QUERY, most: 2 })).threads)).toEqual([toId(2), toId(4)]);
  expect(await listThreads(home, { ...QUERY, most: 2 })).toMatchObject({ isComplete: false });
});

test("an archived thread counts on request alone", async () => {
  write(1, { folder: "archived_sessions" });
  expect((await listThreads(home, QUERY)).threads).toEqual([]);
  const { threads } = await listThreads(home, { ...QUERY, withArchived: true });
  expect(threads).toMatchObject([{ threadId: toId(1), isArchived: true }]);
});

test("a subagent's thread is none of its own", async () => {
  write(1, { meta: { source: { subagent: { thread_spawn: { parent_thread_id: toId(9) } } } } });
  expect(await listThreads(home, QUERY)).toMatchObject({ threads: [], skipped: { unreadable: 0 } });
});

test("damaged, compressed, odd and foreign files are counted, and stop nothing", { timeout: 10_000 }, async () => {
  write(1);
  for (const [number, text] of Object.entries({ 2: "", 3: "hello\n", 4: '{"type":"session_meta","payload":{}}\n' })) {
    writeFileSync(toPath(Number(number)), text);
  }
  // Of another thread, and without an end of line.
  write(5, { meta: { id: toId(6) } });
  writeFileSync(toPath(7), JSON.stringify({ type: "session_meta", payload: { id: toId(7), cwd: "/p" } }));
  execFileSync("mkfifo", [toPath(8)]);
  mkdirSync(toPath(9));
  symlinkSync(toPath(1), toPath(10));
  writeFileSync(`${toPath(11)}.zst`, "x");
  writeFileSync(join(dirname(toPath(1)), "notes.txt"), "x");
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(write(12), 12_345, 12_345);
  const { threads, skipped, isComplete } = await listThreads(home, QUERY);
  expect(ids(threads)).toEqual([toId(1)]);
  expect(skipped).toEqual({ unreadable: 8, compressed: 1, foreign: isRoot ? 1 : 0 });
  expect(isComplete).toBe(true);
});

test("of too many files the newest by name are looked at", async () => {
  for (const day of ["18", "19", "20"])
    write(Number(day), { folder: `sessions/2026/11/${day}`, age: 60 - Number(day) });
  const { files, isComplete } = await listRollouts(home, false, 2);
  expect(ids(files).toSorted()).toEqual([toId(19), toId(20)]);
  expect(isComplete).toBe(false);
});

test("a home without threads, or none at all, has none", async () => {
  expect(await listThreads(join(home, "none"), QUERY)).toMatchObject({ threads: [], isComplete: true });
});

test("a cancelled listing ends", async () => {
  write(1);
  const signal = AbortSignal.abort();
  expect(await listThreads(home, { ...QUERY, signal })).toMatchObject({ threads: [], isComplete: false });
});

test("words are found in the name, the first prompt and the messages together", async () => {
  write(1, { lines: [say("user", "Fix the Parser"), say("assistant", "It was the lexer"), say("assistant", "Done")] });
  write(2, { lines: [say("user", "Fix the parser")] });
  writeFileSync(join(home, "session_index.jsonl"), `{"id":"${toId(1)}","thread_name":"Monday"}\n`);
  const search = (...words: string[]) => searchThreads(home, QUERY, words);
  expect(await search("parser")).toMatchObject({
    threads: [{ threadId: toId(1) }, { threadId: toId(2) }],
    searched: 2,
  });
  expect((await search("monday", "lexer")).threads).toMatchObject([{ threadId: toId(1), message: "It was the lexer" }]);
  expect((await search("monday")).threads).toMatchObject([{ message: undefined }]);
  expect((await search("parser", "absent")).threads).toEqual([]);
});

test("a large thread is searched at its beginning and its end, and said to be", { timeout: 20_000 }, async () => {
  const filler = Array.from({ length: 10 }, () => say("assistant", "x".repeat(1_000_000)));
  write(1, {
    lines: [say("user", "Fix the parser"), say("user", "the middle"), ...filler, say("assistant", "the end")],
  });
  const search = (...words: string[]) => searchThreads(home, QUERY, words);
  expect(await search("parser", "end")).toMatchObject({ threads: [{}], searched: 1, searchedInPart: 1 });
  expect((await search("middle")).threads).toEqual([]);
});

test("a fork has the first prompt and the messages of the thread that it comes from, up to the fork", async () => {
  const source = [say("user", "Fix the parser"), say("assistant", "Fixed")];
  const path = write(1, { lines: source });
  const bytes = execFileSync("wc", ["-c", path]).toString().split(" ")[0];
  write(1, { lines: [...source, say("user", "later words")] });
  write(2, {
    meta: { history_base: { thread_id: toId(1), end_byte_offset: Number(bytes) } },
    lines: [say("user", "own words")],
  });
  // One that leads to itself ends.
  write(3, { meta: { history_base: { thread_id: toId(3), end_byte_offset: 1e9 } } });
  const { threads } = await searchThreads(home, QUERY, ["fixed", "own"]);
  expect(threads).toMatchObject([{ threadId: toId(2), firstPrompt: "Fix the parser", message: "own words" }]);
  expect(ids((await searchThreads(home, QUERY, ["later"])).threads)).toEqual([toId(1)]);
});

test("one thread is found by its id, if its file can be read", () => {
  const use = () => findStoredThread(home, toId(1))?.use;
  expect(use()).toBeUndefined();
  write(1, { meta: { cwd: "/q" } });
  expect(use()).toBe("free");
  writeFileSync(toPath(1), "damaged\n");
  expect(use()).toBeUndefined();
});
