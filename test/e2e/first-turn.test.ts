// The main job on real parts: the real Claude Code calls the real Codex CLI through the built bridge.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type MessagesStandIn,
  type ModelRequest,
  type ModelStep,
  startMessagesStandIn,
} from "../standins/messages-standin.ts";
import { createLab, type Lab, runThenSay, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { runClaude } from "./claude.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const PIPE = join(import.meta.dirname, "recording-pipe.mjs");

let lab: Lab;
let model: MessagesStandIn;
let script: (request: ModelRequest) => ModelStep;
let mark: string;

beforeEach(async () => {
  lab = await createLab();
  model = await startMessagesStandIn((request) => script(request));
  mark = nanoid();
});
afterEach(async () => {
  for (const { pid } of findMarked(`LAB_CASE=${mark}`)) process.kill(pid, "SIGKILL");
  await model.close();
  await lab.close();
});

function start(prompt: string, options: { isRecorded?: boolean } = {}) {
  const home = join(lab.root, "claude-home");
  mkdirSync(home);
  const server = [process.execPath, BIN];
  const recorded = [process.execPath, PIPE, logPath(), "--", ...server];
  const [command = "", ...args] = options.isRecorded === true ? recorded : server;
  const env = { ...lab.env, LAB_CASE: mark };
  return runClaude({
    prompt,
    server: { command, args, env },
    messagesBaseUrl: model.baseUrl,
    home,
    cwd: lab.project,
    env: { LAB_CASE: mark },
  });
}

const logPath = () => join(lab.root, "wire.jsonl");
const readWire = () =>
  readFileSync(logPath(), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { time: number; direction: "in" | "out"; line: string })
    .map((entry) => ({
      ...entry,
      message: JSON.parse(entry.line) as Record<string, unknown> & { params?: Record<string, unknown> },
    }));

test("codex, then codex-reply with the thread id that Claude Code showed the model", async () => {
  lab.respond((request) => ({
    steps: [{ say: `seen: ${request.userTexts.filter((text) => /PELICAN|which/.test(text)).join(" | ")}` }],
  }));
  script = (request) => {
    if (request.index === 0) return { tool: "mcp__codex__codex", input: { prompt: "remember PELICAN" } };
    const shown = /"threadId":"([0-9a-f-]{36})"/.exec(request.toolResult?.text ?? "")?.[1];
    if (request.index === 1)
      return { tool: "mcp__codex__codex-reply", input: { prompt: "which word?", threadId: shown ?? "not shown" } };
    return { text: `final: ${request.toolResult?.text}` };
  };
  const { code, events, stderr } = await start("delegate this").ended;
  expect(code, stderr).toBe(0);

  const first = model.requests[0];
  expect(first?.toolNames).toEqual(expect.arrayContaining(["mcp__codex__codex", "mcp__codex__codex-reply"]));
  expect(JSON.stringify(first?.body)).toContain("Codex cannot see this conversation");

  expect(model.requests[1]?.toolResult?.text).toContain('"content":"seen: remember PELICAN"');
  expect(lab.standIn.requests.at(-1)?.userTexts.join()).toContain("remember PELICAN");
  expect(String(events.at(-1)?.["result"])).toContain("seen: remember PELICAN | which word?");
  expect(findMarked(`LAB_CASE=${mark}`)).toEqual([]);
});

test("an error reaches the model as text with its code and next step", async () => {
  const threadId = "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37";
  script = (request) =>
    request.index === 0 ? { tool: "mcp__codex__codex-reply", input: { prompt: "x", threadId } } : { text: "over" };
  await start("go").ended;
  const shown = model.requests[1]?.toolResult;
  expect(shown?.isError).toBe(true);
  expect(shown?.text).toMatch(/^\[THREAD_NOT_FOUND\] .*Start a new thread with codex/);
});

test("progress carries Claude Code's own token, increases, comes at most twice a second, and stops with the answer", async () => {
  lab.respond(runThenSay("for i in 1 2 3; do echo $i; sleep 1; done"));
  script = (request) =>
    request.index === 0 ? { tool: "mcp__codex__codex", input: { prompt: "x" } } : { text: "over" };
  const { code } = await start("go", { isRecorded: true }).ended;
  expect(code).toBe(0);
  const wire = readWire();
  const call = wire.find(({ message }) => message["method"] === "tools/call");
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

test("Claude Code's exit in the middle of a call leaves no process", async () => {
  lab.respond(() => ({ ending: "hang" }));
  script = (request) =>
    request.index === 0 ? { tool: "mcp__codex__codex", input: { prompt: "x" } } : { text: "over" };
  const run = start("go");
  await until("Codex asks its model", () => lab.standIn.requests.length > 0, 30_000);
  run.child.kill("SIGINT");
  await run.ended;
  await until("all of it is gone", () => findMarked(`LAB_CASE=${mark}`).length === 0, 5_000);
});
