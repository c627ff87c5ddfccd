// The promise "it leaves nothing behind", by the built server and the real Codex CLI: every situation × every way it can end.
// Everything that belongs to a case carries the case's own mark in its environment, so what is left over can be found.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test as labTest, type MarkedProcesses } from "../support/fixture.ts";
import { CLI, type Lab, ON_APP_SERVER, runThenSay, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";
import { cancel, countSleeps, type End, reach, SERVER_ENDS, SITUATIONS, type Situation, signal, wait } from "./rows.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

type Begin = (situation: Situation, env?: Record<string, string>) => Promise<StdioBridge>;

/** Starts the built server in a situation, ready for a call. */
const test = labTest.extend("begin", async ({ lab, startServer }): Promise<Begin> => {
  return async (situation, env) => {
    lab.respond(situation.respond);
    const bridge = startServer({
      env: { ...lab.env, BRIDGE_MAX_SANDBOX: "danger-full-access", ...env },
      cwd: lab.project,
    });
    await shakeHands(bridge);
    return bridge;
  };
});

describe.each(Object.entries(SITUATIONS))("%s", (_name, situation) => {
  test("cancel that arrives with the call", async ({ processes, begin }) => {
    const bridge = await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    await wait(500);
    expect(processes.left(bridge)).toEqual([]);
    expect(bridge.messages.filter((message) => message.id === 1)).toEqual([]);
  });

  test("cancel mid-turn: nothing more is said, and the server lives on", async ({ lab, processes, begin }) => {
    const bridge = await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(lab, processes, situation);
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    const said = bridge.messages.length;
    await until("all of it is gone", () => processes.left(bridge).length === 0);
    await wait(700);
    expect(bridge.messages.length).toBe(said);
  });

  test("cancel while queued: its turn never begins", async ({ lab, processes, begin }) => {
    const bridge = await begin(situation, { BRIDGE_MAX_TURNS: "1" });
    bridge.call(1, "codex", { prompt: "first", sandbox: situation.sandbox });
    await reach(lab, processes, situation);
    bridge.call(2, "codex", { prompt: "second", sandbox: situation.sandbox });
    await until("the second waits", () => JSON.stringify(bridge.messages).includes("Waiting"));
    cancel(bridge, 2);
    cancel(bridge, 1);
    await until("all of it is gone", () => processes.left(bridge).length === 0);
    await wait(300);
    // As below: a slow machine starts the shells of a spare thread only now.
    if (ON_APP_SERVER) await until("nothing is left", () => processes.left(bridge).length === 0);
    else expect(processes.left(bridge)).toEqual([]);
    expect(JSON.stringify(lab.standIn.requests.map((request) => request.userTexts))).not.toContain("second");
  });

  test("deadline", async ({ processes, begin }) => {
    const bridge = await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox, timeoutMs: 2_500 });
    const answer = await bridge.answer(1);
    expect(JSON.stringify(answer.result)).toContain("TURN_TIMED_OUT");
    // The shells that an app server asks for their snapshots, also for a spare thread after the turn, end by themselves.
    if (ON_APP_SERVER) await until("nothing is left", () => processes.left(bridge).length === 0);
    else expect(processes.left(bridge)).toEqual([]);
  });

  test.for(Object.entries(SERVER_ENDS))("%s", async ([_end, act], { lab, processes, begin }) => {
    const bridge = await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(lab, processes, situation);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(processes.list()).toEqual([]);
  });

  test("SIGKILL of the bridge alone: the next start reaps", async ({ lab, processes, startServer, begin }) => {
    const bridge = await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(lab, processes, situation);
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    // The app server ends with its input, and with it the commands of a sandbox.
    if (!ON_APP_SERVER) expect(processes.list().length).toBeGreaterThan(0);
    const next = startServer({ env: lab.env, cwd: lab.project });
    await shakeHands(next);
    await until("the next bridge has ended them", () => processes.besides(next).length === 0);
    next.process.stdin?.end();
    await next.exited;
  });
});

describe("an answer that is being checked against outputSchema", () => {
  const never: Situation = {
    respond: () => ({ steps: [{ say: `{"a":"${"a".repeat(40)}!"}` }] }),
    sandbox: "read-only",
    isReached: () => true,
  };
  const outputSchema = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };

  async function beginCheck(lab: Lab, processes: MarkedProcesses, begin: Begin): Promise<StdioBridge> {
    const bridge = await begin(never);
    bridge.call(1, "codex", { prompt: "x", outputSchema });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    await until("Codex has ended", () => processes.left(bridge).length === 0);
    return bridge;
  }

  test("the server answers meanwhile, and the check ends", async ({ lab, processes, begin }) => {
    const bridge = await beginCheck(lab, processes, begin);
    const startedAt = Date.now();
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    expect(bridge.messages.filter((message) => message.id === 1)).toEqual([]);
    const result = (await bridge.answer(1)).result?.["structuredContent"];
    expect(result).toMatchObject({
      threadId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      error: { code: "INVALID_OUTPUT" },
    });
  });

  test("cancel: nothing more is said, and the server lives on", async ({ lab, processes, begin }) => {
    const bridge = await beginCheck(lab, processes, begin);
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    const said = bridge.messages.length;
    await wait(3_000);
    expect(bridge.messages.length).toBe(said);
  });

  test.for(Object.entries(SERVER_ENDS))("%s", async ([_end, act], { lab, processes, begin }) => {
    const bridge = await beginCheck(lab, processes, begin);
    const startedAt = Date.now();
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    expect(processes.list()).toEqual([]);
  });
});

describe("a CLI that hangs when it is asked what it can do", () => {
  const hang: Situation = { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true };

  test.for<[string, End]>([
    ["cancel", async (it) => cancel(it, 1)],
    ["EOF", async (it) => void it.process.stdin?.end()],
    ["SIGINT", signal("SIGINT")],
  ])("%s leaves nothing of the question", async ([_name, end], { processes, begin }) => {
    const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
    writeFileSync(join(folder, "codex"), "#!/bin/sh\nsleep 307 & setsid sleep 308 & wait\n", { mode: 0o755 });
    const bridge = await begin(hang, { CODEX_BIN: join(folder, "codex") });
    bridge.call(1, "codex", { prompt: "x" });
    await until("the question hangs", () => processes.left(bridge).length >= 3);
    await end(bridge);
    await until("all of it is gone", () => processes.left(bridge).length === 0);
    rmSync(folder, { recursive: true });
  });
});

// A plain read of a FIFO would block the whole server: neither signals nor the end of its input would reach it.
describe("while a small file is being read", () => {
  const FILES = ["project/.git", "project/.codex/config.toml", "codex-home/config.toml"];

  test.for(FILES.flatMap((file) => Object.keys(SERVER_ENDS).map((end): [string, string] => [file, end])))(
    "%s, %s",
    async ([file, end], { lab, processes, begin }) => {
      const situation: Situation = { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true };
      const bridge = await begin(situation);
      mkdirSync(join(lab.project, ".codex"));
      rmSync(join(lab.root, file), { force: true });
      execFileSync("mkfifo", [join(lab.root, file)]);
      bridge.call(1, "codex", { prompt: "x" });
      await SERVER_ENDS[end]?.(bridge);
      expect(await bridge.exited).toEqual({ code: 0, signal: null });
      expect(processes.list()).toEqual([]);
    },
  );
});

describe("twenty turns at once, each with a command that has children", () => {
  const TURNS = 20;
  const busy: Situation = {
    respond: runThenSay("setsid sleep 309 & sleep 310 & wait"),
    sandbox: "danger-full-access",
    isReached: (commands) => countSleeps(commands) >= 2 * TURNS,
  };

  test.for(Object.entries(SERVER_ENDS))("%s", { timeout: 90_000 }, async ([_end, act], { processes, begin }) => {
    const bridge = await begin(busy, { BRIDGE_MAX_TURNS: String(TURNS) });
    for (let id = 1; id <= TURNS; id += 1) bridge.call(id, "codex", { prompt: "x", sandbox: busy.sandbox });
    const isReached = () => busy.isReached(processes.list().map(({ command }) => command));
    await until("all of them run", isReached, 60_000);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(processes.list()).toEqual([]);
  });
});

describe("background jobs, one at work and twenty in the queue", () => {
  const situation = SITUATIONS["background and setsid children, full access"];

  test.for(Object.entries(SERVER_ENDS))("%s", async ([_end, act], { lab, processes, begin }) => {
    const bridge = await begin(situation, { BRIDGE_MAX_JOBS: "1" });
    const args = { prompt: "x", sandbox: situation.sandbox, background: true };
    for (let id = 1; id <= 21; id += 1) bridge.call(id, "codex", args);
    for (let id = 1; id <= 21; id += 1) expect(JSON.stringify(await bridge.answer(id))).toContain('"jobId":"cx-');
    await reach(lab, processes, situation);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(processes.list()).toEqual([]);
    // What it had no time to write, the next reader finds out.
    const list = execFileSync(process.execPath, [BIN, "jobs", "--json"], { cwd: lab.project, env: lab.env });
    const jobs = JSON.parse(list.toString()) as { state: string }[];
    expect(jobs.map(({ state }) => state)).toEqual(Array(21).fill("interrupted"));
  });
});

test("what a completed turn left running is named, left alone, and ended with the server", async ({
  processes,
  begin,
}) => {
  const situation: Situation = {
    respond: runThenSay("setsid sleep 306 >/dev/null 2>&1 & sleep 0.3; echo started"),
    sandbox: "danger-full-access",
    isReached: () => true,
  };
  const bridge = await begin(situation);
  bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
  const answer = await bridge.answer(1);
  expect(answer.result?.["structuredContent"]).toMatchObject({ leftRunning: [{ command: "sleep 306" }] });
  await wait(300);
  // A new app server runs a shell of its own for a moment.
  await until(
    "only that is left",
    () =>
      processes
        .left(bridge)
        .map(({ command }) => command)
        .join() === "sleep 306",
  );
  bridge.process.stdin?.end();
  await bridge.exited;
  expect(processes.list()).toEqual([]);
});

// Before 0.120 Codex does not tell its commands the thread's id.
test.runIf(CLI.takesInstructions)(
  "a mark that the user's include_only policy hides is made up for by the thread id",
  async ({ lab, processes, begin }) => {
    const situation = SITUATIONS["background and setsid children, full access"];
    const bridge = await begin(situation);
    lab.writeConfig({ tables: '[shell_environment_policy]\ninclude_only = ["PATH", "LAB_CASE"]\n' });
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(lab, processes, situation);
    bridge.process.kill("SIGINT");
    await bridge.exited;
    expect(processes.list()).toEqual([]);
  },
);
