// A reply on a thread whose record was written by another version of the bridge.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { createLab, type Lab, say } from "../support/lab.ts";

let lab: Lab;
let bridge: TestBridge;
let threadId: string;

beforeEach(async () => {
  lab = await createLab(say("hello"));
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
  ({ threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "read-only", sessionId: "mine" })).structured);
  await bridge.close();
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

const path = () => join(lab.stateDir, "threads", `${threadId}.json`);
const read = () => JSON.parse(readFileSync(path(), "utf8"));
async function replyOn(record: object) {
  writeFileSync(path(), JSON.stringify(record));
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
  return bridge.call("codex-reply", { prompt: "go on", sessionId: "mine" });
}

test("of an older bridge: it goes on within its frame", async () => {
  const { version, title: _title, ...old } = read();
  expect(version).toBeGreaterThanOrEqual(1);
  const reply = await replyOn(old);
  expect(reply.structured, reply.text).toMatchObject({ threadId, content: "hello" });
  expect(read()).toMatchObject({ ...old, version, turns: 2, lastUsedAt: expect.any(Number) });
});

test("of a newer bridge: it goes on, and what only that bridge knows survives", async () => {
  const old = read();
  const { frame } = old;
  const newer = {
    ...old,
    version: 1_000,
    memory: { a: 1 },
    frame: { ...frame, b: 2, sandbox: { ...frame.sandbox, c: 3 } },
  };
  const reply = await replyOn(newer);
  expect(reply.structured, reply.text).toMatchObject({ threadId, content: "hello" });
  expect(read()).toEqual({ ...newer, turns: 2, lastUsedAt: expect.any(Number) });
});

test("of a newer bridge, in a shape that is not known here: it is refused, and the record stays", async () => {
  const unknown = { ...read(), version: 1_000, frame: "elsewhere" };
  await replyOn(unknown);
  const reply = await bridge.call("codex-reply", { prompt: "go on", threadId });
  expect(reply).toMatchObject({ isError: true, text: expect.stringContaining("[CONFIG_INVALID]") });
  expect(reply.text).toContain("update codex-bridge");
  expect(read()).toEqual(unknown);
});
