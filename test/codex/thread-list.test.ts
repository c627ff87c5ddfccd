// A caller who does not know the id of a thread: a cancelled call never shows its result, nor does a session that has ended.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createThreadFiles } from "../../src/state/thread-files.ts";
import { test as labTest } from "../support/fixture.ts";
import { say, until } from "../support/lab.ts";

const test = labTest.override("bridgeOptions", { env: { TEST_TOKEN: "hush-hush-hush-hush" } });

test("a reply without an id lists the newest threads, the one of a cancelled call first, and each can be continued", async ({
  lab,
  bridge,
}) => {
  const first = await bridge.call("codex", { prompt: "Count the lines\nof notes.txt", sessionId: "count" });
  lab.respond(() => ({ ending: "hang" }));
  const abort = new AbortController();
  const prompt = `Fix \u001b[31mthe parser with hush-hush-hush-hush: ${"x".repeat(200)}`;
  const cut = bridge.call("codex", { prompt }, { signal: abort.signal }).catch(() => {});
  await until("the second turn runs", () => lab.standIn.requests.length === 2);
  abort.abort();
  await cut;
  lab.respond(say("hello"));
  await bridge.restart({ env: { TEST_TOKEN: undefined } });
  const { text } = await bridge.call("codex-reply", { prompt: "go on" });
  expect(text).toMatch(
    /^\[INVALID_ARGUMENT\] codex-reply needs a threadId or a sessionId\. Pass the one you mean\. The newest threads of this directory: [0-9a-f-]{36}, just now: "Fix \[31mthe parser with \[redacted\]: x*…"; [0-9a-f-]{36} \(sessionId "count"\), just now: "Count the lines of notes\.txt"\.$/,
  );
  const [cancelled, counted] = text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [];
  expect(counted).toBe(first.structured.threadId);
  const reply = await bridge.call("codex-reply", { prompt: "go on", threadId: cancelled });
  expect(reply.structured).toMatchObject({ threadId: cancelled, content: "hello" });
  const stored = readFileSync(join(lab.stateDir, "threads", `${cancelled}.json`), "utf8");
  expect(stored).not.toContain("hush-hush-hush-hush");
});

test("an unknown name and a word that is no id are answered with the list, a directory without threads says so", async ({
  lab,
  bridge,
}) => {
  await bridge.call("codex", { prompt: "Count", sessionId: "count" });
  for (const args of [{ sessionId: "cuont" }, { threadId: "count" }]) {
    expect((await bridge.call("codex-reply", { prompt: "go on", ...args })).text).toMatch(
      /sessionId "count"\), just now: "Count"\.$/,
    );
  }
  const other = join(lab.root, "elsewhere");
  mkdirSync(other);
  await bridge.restart({ cwd: other });
  expect((await bridge.call("codex-reply", { prompt: "go on" })).text).toContain(
    "No thread of this directory is on record",
  );
});

test("a record without first words is listed, and at most five are", async ({ lab, bridge }) => {
  const { structured } = await bridge.call("codex", { prompt: "Count" });
  const files = createThreadFiles(lab.stateDir);
  const record = files.read(structured.threadId);
  if (record === undefined) throw new Error("a record expected");
  for (let at = 0; at < 6; at += 1) {
    const { title: _title, ...old } = record;
    const threadId = `${structured.threadId.slice(0, -1)}${at}`;
    files.write({ ...old, threadId, lastUsedAt: record.lastUsedAt - 3 * 3_600_000 });
  }
  writeFileSync(join(lab.stateDir, "threads", "damaged.json"), "{");
  const { text } = await bridge.call("codex-reply", { prompt: "go on" });
  expect(text.match(/, 3 h ago/g)?.length).toBeGreaterThanOrEqual(4);
  expect(text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g)).toHaveLength(5);
});

test("a thread that takes the name of another has first words of its own", async ({ bridge }) => {
  await bridge.call("codex", { prompt: "Old words", sessionId: "mine" });
  await bridge.call("codex-reply", { prompt: "New words", sessionId: "mine", resetSession: true });
  expect((await bridge.call("codex-reply", { prompt: "x" })).text).toMatch(
    /\(sessionId "mine"\), just now: "New words"/,
  );
});
