// A reply on a thread whose record was written by another version of the bridge.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import type { Lab } from "../support/lab.ts";

/** A thread that a bridge has begun which is closed now. */
const test = labTest.extend("threadId", async ({ bridge }) => {
  const first = await bridge.call("codex", { prompt: "x", sandbox: "read-only", sessionId: "mine" });
  await bridge.close();
  return first.structured.threadId;
});

const pathOf = (lab: Lab, threadId: string) => join(lab.stateDir, "threads", `${threadId}.json`);
const read = (lab: Lab, threadId: string) => JSON.parse(readFileSync(pathOf(lab, threadId), "utf8"));
async function replyOn(lab: Lab, bridge: LabBridge, threadId: string, record: object) {
  writeFileSync(pathOf(lab, threadId), JSON.stringify(record));
  await bridge.restart();
  return bridge.call("codex-reply", { prompt: "go on", sessionId: "mine" });
}

test("of an older bridge: it goes on within its frame", async ({ lab, bridge, threadId }) => {
  const { version, title: _title, chain: _chain, ...old } = read(lab, threadId);
  expect(version).toBeGreaterThanOrEqual(1);
  const reply = await replyOn(lab, bridge, threadId, old);
  expect(reply.structured, reply.text).toMatchObject({ threadId, content: "hello" });
  expect(read(lab, threadId)).toMatchObject({ ...old, version, turns: 2, lastUsedAt: expect.any(Number) });
});

test("of a newer bridge: it goes on, and what only that bridge knows survives", async ({ lab, bridge, threadId }) => {
  const old = read(lab, threadId);
  const { frame } = old;
  const newer = {
    ...old,
    version: 1_000,
    memory: { a: 1 },
    frame: { ...frame, b: 2, sandbox: { ...frame.sandbox, c: 3 } },
  };
  const reply = await replyOn(lab, bridge, threadId, newer);
  expect(reply.structured, reply.text).toMatchObject({ threadId, content: "hello" });
  // Each turn is a link of its own in the chain of agents.
  const chain = { ...old.chain, id: expect.any(String), deadline: expect.any(Number), hops: expect.any(Array) };
  expect(read(lab, threadId)).toEqual({ ...newer, chain, turns: 2, lastUsedAt: expect.any(Number) });
});

test("of a newer bridge, in a shape that is not known here: it is refused, and the record stays", async ({
  lab,
  bridge,
  threadId,
}) => {
  const unknown = { ...read(lab, threadId), version: 1_000, frame: "elsewhere" };
  const named = await replyOn(lab, bridge, threadId, unknown);
  expect(named.text).toMatch(/^\[CONFIG_INVALID\] sessionId "mine" is taken by a thread whose record/);
  const again = await bridge.call("codex", { prompt: "x", sandbox: "read-only", sessionId: "mine" });
  expect(again.text).toMatch(/^\[CONFIG_INVALID\] sessionId "mine" is taken/);
  const reply = await bridge.call("codex-reply", { prompt: "go on", threadId });
  expect(reply).toMatchObject({ isError: true, text: expect.stringContaining("[CONFIG_INVALID]") });
  expect(reply.text).toContain("update codex-bridge");
  expect(read(lab, threadId)).toEqual(unknown);
});
