// The promise "it leaves nothing behind", by the built server and the real Codex CLI: every situation × every way it can end.
// Everything that belongs to a case carries the case's own mark in its environment, so what is left over can be found.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, describe, expect, test } from "vitest";
import { CLI, createLab, type Lab, type Respond, runThenSay, until } from "../support/lab.ts";
import { findMarked, type StdioBridge, shakeHands, startStdioBridge } from "../support/stdio-bridge.ts";

interface Situation {
  readonly respond: Respond;
  readonly sandbox: string;
  /** Whether the turn is where the case wants it, seen from the marked processes. */
  readonly isReached: (commands: readonly string[]) => boolean;
}

const countSleeps = (commands: readonly string[]): number =>
  commands.filter((command) => command.startsWith("sleep 3")).length;

const SITUATIONS: Record<string, Situation> = {
  "model hanging": { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true },
  "shell command running": {
    respond: runThenSay("sleep 301"),
    sandbox: "read-only",
    isReached: (commands) => commands.some((command) => command.includes("sleep 301")),
  },
  "background and setsid children, full access": {
    respond: runThenSay("sleep 302 & setsid sleep 303 & setsid sh -c 'sleep 304 & exit' ; sleep 305"),
    sandbox: "danger-full-access",
    isReached: (commands) => countSleeps(commands) >= 4,
  },
};

type End = (bridge: StdioBridge) => Promise<void>;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const cancel = (bridge: StdioBridge, requestId: number) =>
  bridge.send({ method: "notifications/cancelled", params: { requestId, reason: "test" } });
const signal =
  (name: NodeJS.Signals): End =>
  async (bridge) => {
    bridge.process.kill(name);
  };

/** Ends after which the server is gone, with exit code 0. */
const SERVER_ENDS: Record<string, End> = {
  EOF: async (bridge) => {
    bridge.process.stdin?.end();
  },
  SIGINT: signal("SIGINT"),
  SIGTERM: signal("SIGTERM"),
  SIGHUP: signal("SIGHUP"),
  "SIGINT, SIGTERM, SIGKILL as Claude Code sends them": async (bridge) => {
    bridge.process.kill("SIGINT");
    await Promise.race([wait(100), bridge.exited]);
    bridge.process.kill("SIGTERM");
    await Promise.race([wait(390), bridge.exited]);
    bridge.process.kill("SIGKILL");
  },
};

let lab: Lab;
let mark: string;
let bridge: StdioBridge;

async function begin(situation: Situation, env: Record<string, string> = {}): Promise<void> {
  lab = await createLab(situation.respond);
  mark = `LAB_CASE=${nanoid()}`;
  const [name = "", value = ""] = mark.split("=");
  bridge = startStdioBridge({
    env: { ...lab.env, BRIDGE_MAX_SANDBOX: "danger-full-access", [name]: value, ...env },
    cwd: lab.project,
  });
  await shakeHands(bridge);
}

async function reach(situation: Situation): Promise<void> {
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  await until("the situation is reached", () => situation.isReached(findMarked(mark).map(({ command }) => command)));
}

const others = () => findMarked(mark).filter(({ pid }) => pid !== bridge.process.pid);

afterEach(async () => {
  bridge.process.kill("SIGKILL");
  const left = others();
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  await lab.close();
});

describe.each(Object.entries(SITUATIONS))("%s", (_name, situation) => {
  test("cancel that arrives with the call", async () => {
    await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    await wait(500);
    expect(others()).toEqual([]);
    expect(bridge.messages.filter((message) => message.id === 1)).toEqual([]);
  });

  test("cancel mid-turn: nothing more is said, and the server lives on", async () => {
    await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(situation);
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    const said = bridge.messages.length;
    await until("all of it is gone", () => others().length === 0);
    await wait(700);
    expect(bridge.messages.length).toBe(said);
  });

  test("cancel while queued: its turn never begins", async () => {
    await begin(situation, { BRIDGE_MAX_TURNS: "1" });
    bridge.call(1, "codex", { prompt: "first", sandbox: situation.sandbox });
    await reach(situation);
    bridge.call(2, "codex", { prompt: "second", sandbox: situation.sandbox });
    await until("the second waits", () => JSON.stringify(bridge.messages).includes("Waiting"));
    cancel(bridge, 2);
    cancel(bridge, 1);
    await until("all of it is gone", () => others().length === 0);
    await wait(300);
    expect(others()).toEqual([]);
    expect(JSON.stringify(lab.standIn.requests.map((request) => request.userTexts))).not.toContain("second");
  });

  test("deadline", async () => {
    await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox, timeoutMs: 2_500 });
    const answer = await bridge.answer(1);
    expect(JSON.stringify(answer.result)).toContain("TURN_TIMED_OUT");
    expect(others()).toEqual([]);
  });

  test.each(Object.entries(SERVER_ENDS))("%s", async (_end, act) => {
    await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(situation);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(findMarked(mark)).toEqual([]);
  });

  test("SIGKILL of the bridge alone: the next start reaps", async () => {
    await begin(situation);
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(situation);
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    expect(findMarked(mark).length).toBeGreaterThan(0);
    const next = startStdioBridge({ env: lab.env, cwd: lab.project });
    await shakeHands(next);
    await until("the next bridge has ended them", () => findMarked(mark).length === 0);
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

  async function beginCheck(): Promise<void> {
    await begin(never);
    bridge.call(1, "codex", { prompt: "x", outputSchema });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    await until("Codex has ended", () => others().length === 0);
  }

  test("the server answers meanwhile, and the check ends", async () => {
    await beginCheck();
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

  test("cancel: nothing more is said, and the server lives on", async () => {
    await beginCheck();
    cancel(bridge, 1);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    const said = bridge.messages.length;
    await wait(3_000);
    expect(bridge.messages.length).toBe(said);
  });

  test.each(Object.entries(SERVER_ENDS))("%s", async (_end, act) => {
    await beginCheck();
    const startedAt = Date.now();
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    expect(findMarked(mark)).toEqual([]);
  });
});

describe("a CLI that hangs when it is asked what it can do", () => {
  const hang: Situation = { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true };

  test.each<[string, End]>([
    ["cancel", async (it) => cancel(it, 1)],
    ["EOF", async (it) => void it.process.stdin?.end()],
    ["SIGINT", signal("SIGINT")],
  ])("%s leaves nothing of the question", async (_name, end) => {
    const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
    writeFileSync(join(folder, "codex"), "#!/bin/sh\nsleep 307 & setsid sleep 308 & wait\n", { mode: 0o755 });
    await begin(hang, { CODEX_BIN: join(folder, "codex") });
    bridge.call(1, "codex", { prompt: "x" });
    await until("the question hangs", () => others().length >= 3);
    await end(bridge);
    await until("all of it is gone", () => others().length === 0);
    rmSync(folder, { recursive: true });
  });
});

// A plain read of a FIFO would block the whole server: neither signals nor the end of its input would reach it.
describe("while a small file is being read", () => {
  const FILES = ["project/.git", "project/.codex/config.toml", "codex-home/config.toml"];

  test.each(FILES.flatMap((file) => Object.keys(SERVER_ENDS).map((end) => [file, end])))(
    "%s, %s",
    async (file, end) => {
      const situation: Situation = { respond: () => ({ ending: "hang" }), sandbox: "read-only", isReached: () => true };
      await begin(situation);
      mkdirSync(join(lab.project, ".codex"));
      rmSync(join(lab.root, file), { force: true });
      execFileSync("mkfifo", [join(lab.root, file)]);
      bridge.call(1, "codex", { prompt: "x" });
      await SERVER_ENDS[end]?.(bridge);
      expect(await bridge.exited).toEqual({ code: 0, signal: null });
      expect(findMarked(mark)).toEqual([]);
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

  test.each(Object.entries(SERVER_ENDS))("%s", { timeout: 90_000 }, async (_end, act) => {
    await begin(busy, { BRIDGE_MAX_TURNS: String(TURNS) });
    for (let id = 1; id <= TURNS; id += 1) bridge.call(id, "codex", { prompt: "x", sandbox: busy.sandbox });
    const isReached = () => busy.isReached(findMarked(mark).map(({ command }) => command));
    await until("all of them run", isReached, 60_000);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(findMarked(mark)).toEqual([]);
  });
});

test("what a completed turn left running is named, left alone, and ended with the server", async () => {
  const situation: Situation = {
    respond: runThenSay("setsid sleep 306 >/dev/null 2>&1 & sleep 0.3; echo started"),
    sandbox: "danger-full-access",
    isReached: () => true,
  };
  await begin(situation);
  bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
  const answer = await bridge.answer(1);
  expect(answer.result?.["structuredContent"]).toMatchObject({ leftRunning: [{ command: "sleep 306" }] });
  await wait(300);
  expect(others().map(({ command }) => command)).toEqual(["sleep 306"]);
  bridge.process.stdin?.end();
  await bridge.exited;
  expect(findMarked(mark)).toEqual([]);
});

// Before 0.120 Codex does not tell its commands the thread's id.
test.runIf(CLI.takesInstructions)(
  "a mark that the user's include_only policy hides is made up for by the thread id",
  async () => {
    const situation = SITUATIONS["background and setsid children, full access"];
    if (situation === undefined) throw new Error("no such situation");
    await begin(situation);
    lab.writeConfig({ tables: '[shell_environment_policy]\ninclude_only = ["PATH", "LAB_CASE"]\n' });
    bridge.call(1, "codex", { prompt: "x", sandbox: situation.sandbox });
    await reach(situation);
    bridge.process.kill("SIGINT");
    await bridge.exited;
    expect(findMarked(mark)).toEqual([]);
  },
);
