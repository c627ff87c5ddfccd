// The main job on real parts: the real Claude Code calls the real Codex CLI through the built bridge.
import { expect } from "vitest";
import { runThenSay, until } from "../support/lab.ts";
import { follow, test } from "./fixture.ts";
import type { Script } from "./session.ts";

const callOnce = (tool: string, input: Record<string, unknown>): Script =>
  follow({ tool: `mcp__codex__${tool}`, input });

test("codex, then codex-reply with the thread id that Claude Code showed the model", async ({ session }) => {
  session.lab.respond((request) => ({
    steps: [{ say: `seen: ${request.userTexts.filter((text) => /PELICAN|which/.test(text)).join(" | ")}` }],
  }));
  const script: Script = (request) => {
    if (request.index === 0) return { tool: "mcp__codex__codex", input: { prompt: "remember PELICAN" } };
    const shown = /"threadId":"([0-9a-f-]{36})"/.exec(request.toolResult?.text ?? "")?.[1];
    if (request.index === 1)
      return { tool: "mcp__codex__codex-reply", input: { prompt: "which word?", threadId: shown ?? "not shown" } };
    return { text: `final: ${request.toolResult?.text}` };
  };
  const { code, events, stderr } = await session.start(script).ended;
  expect(code, stderr).toBe(0);

  const first = session.model.requests[0];
  expect(first?.toolNames).toEqual(expect.arrayContaining(["mcp__codex__codex", "mcp__codex__codex-reply"]));
  expect(JSON.stringify(first?.body)).toContain("Codex cannot see this conversation");

  expect(session.model.requests[1]?.toolResult?.text).toContain('"content":"seen: remember PELICAN"');
  expect(session.lab.standIn.requests.at(-1)?.userTexts.join()).toContain("remember PELICAN");
  expect(String(events.at(-1)?.["result"])).toContain("seen: remember PELICAN | which word?");
  expect(session.findLeft()).toEqual([]);
});

test("an error reaches the model as text with its code and next step", async ({ session }) => {
  const threadId = "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37";
  await session.start(callOnce("codex-reply", { prompt: "x", threadId })).ended;
  const shown = session.model.requests[1]?.toolResult;
  expect(shown?.isError).toBe(true);
  expect(shown?.text).toMatch(/^\[THREAD_NOT_FOUND\] .*Start a new thread with codex/);
});

test("progress carries Claude Code's own token, increases, comes at most twice a second, and stops with the answer", async ({
  session,
}) => {
  session.lab.respond(runThenSay("for i in 1 2 3; do echo $i; sleep 1; done"));
  const { code } = await session.start(callOnce("codex", { prompt: "x" }), { isRecorded: true }).ended;
  expect(code).toBe(0);
  const wire = session.readWire();
  // The first one is answered with the question where Claude Code works.
  const call = wire.findLast(({ message }) => message["method"] === "tools/call");
  const { progressToken: token } = { progressToken: undefined, ...(call?.message.params?.["_meta"] as object) };
  expect(token).toBeDefined();
  const progress = wire.filter(({ message }) => message["method"] === "notifications/progress");
  expect(progress.length).toBeGreaterThanOrEqual(2);
  expect(new Set(progress.map(({ message }) => message.params?.["progressToken"]))).toEqual(new Set([token]));
  const answeredAt = wire.findIndex(
    ({ direction, message }) => direction === "out" && message["id"] === call?.message["id"] && "result" in message,
  );
  expect(answeredAt).toBeGreaterThan(wire.lastIndexOf(progress.at(-1) ?? wire[0]!));
  for (const [at, { time, message }] of progress.entries()) {
    const before = progress[at - 1];
    if (before === undefined) continue;
    expect(Number(message.params?.["progress"])).toBeGreaterThan(Number(before.message.params?.["progress"]));
    expect(time - before.time).toBeGreaterThanOrEqual(450);
  }
});

test("Claude Code's exit in the middle of a call leaves no process", async ({ session }) => {
  session.lab.respond(() => ({ ending: "hang" }));
  const run = session.start(callOnce("codex", { prompt: "x" }));
  await until("Codex asks its model", () => session.lab.standIn.requests.length > 0, 30_000);
  run.child.kill("SIGINT");
  await run.ended;
  await until("all of it is gone", () => session.findLeft().length === 0, 5_000);
});
