// The promise "it leaves nothing behind" for turns of Claude Code, by the built server, the real Claude Code and Codex's real sandbox: every
// situation × every way it can end.
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cancel, type End, SERVER_ENDS } from "../exits/rows.ts";
import { NATIVE_CODEX, until } from "../support/lab.ts";
import { findMarked, type StdioBridge, shakeHands, startStdioBridge } from "../support/stdio-bridge.ts";
import { findClaude } from "./claude.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab, KEY, type Respond } from "./claude-lab.ts";

interface Situation {
  readonly sandbox: string;
  readonly respond: Respond;
  /** What runs when the situation is reached, at least. */
  readonly runs: readonly RegExp[];
}

const bash =
  (command: string): Respond =>
  () => ({ tool: "Bash", input: { command, description: "x" } });

const SITUATIONS: Record<string, Situation> = {
  "mid-stream, read-only": { sandbox: "read-only", respond: () => ({ isSilent: true }), runs: [/claude -p/] },
  "mid-stream, workspace-write": {
    sandbox: "workspace-write",
    respond: () => ({ isSilent: true }),
    runs: [/claude -p/],
  },
  "in Bash, workspace-write": { sandbox: "workspace-write", respond: bash("tail -f a.txt"), runs: [/^tail -f/] },
  "in Bash with children of its own, full access": {
    sandbox: "danger-full-access",
    respond: bash("sleep 302 & setsid sleep 303 & setsid sh -c 'sleep 304 & exit'; sleep 305"),
    runs: [/^sleep 302/, /^sleep 303/, /^sleep 304/, /^sleep 305/],
  },
};

let claude: ClaudeLab;
let mark: string;
let env: Record<string, string>;
const started: StdioBridge[] = [];
beforeEach(async () => {
  claude = await createClaudeLab();
  mark = nanoid();
  const { codexHome, stateDir, project } = claude.lab;
  writeFileSync(join(project, "a.txt"), "a\n");
  execFileSync("git", ["init", "-q", project], { env: { PATH: process.env["PATH"], HOME: claude.home } });
  env = {
    ...{ HOME: claude.home, PATH: process.env["PATH"] ?? "", LAB_CASE: mark, IS_SANDBOX: "1" },
    ...{ CODEX_BIN: NATIVE_CODEX, CODEX_HOME: codexHome, BRIDGE_STATE_DIR: stateDir },
    ...{ CLAUDE_BIN: findClaude(), ANTHROPIC_BASE_URL: claude.model.baseUrl, ANTHROPIC_API_KEY: KEY },
    BRIDGE_MAX_SANDBOX: "danger-full-access",
  };
});
afterEach(async () => {
  for (const bridge of started.splice(0)) {
    bridge.process.kill("SIGTERM");
    await bridge.exited;
  }
  expect(findMarked(`LAB_CASE=${mark}`)).toEqual([]);
  await claude.close();
});

async function begin(): Promise<StdioBridge> {
  const bridge = startStdioBridge({ env, cwd: claude.lab.project });
  started.push(bridge);
  await shakeHands(bridge);
  return bridge;
}

const ask = (bridge: StdioBridge, id: number, sandbox: string, more = {}) =>
  bridge.call(id, "run_agent", { agent: "claude", prompt: "x", sandbox, background: false, ...more });

/** What is alive besides the bridge. */
const listLeft = ({ process }: StdioBridge) => findMarked(`LAB_CASE=${mark}`).filter(({ pid }) => pid !== process.pid);

async function reach(bridge: StdioBridge, { runs }: Situation): Promise<void> {
  await until("the model is asked", () => claude.model.requests.length > 0);
  const commands = () => listLeft(bridge).map(({ command }) => command);
  await until("it runs", () => runs.every((pattern) => commands().some((command) => pattern.test(command))));
}

/** Nothing of the sandbox is left in the project; the bridge, or the next one, removes it once all processes are gone. */
const becomesClean = () =>
  until("the project is clean", () => readdirSync(claude.lab.project).sort().join() === ".git,a.txt", 3_000);

const ENDS: [string, End][] = Object.entries(SERVER_ENDS);

describe.skipIf(!CAN_BE_HELD).each(Object.entries(SITUATIONS))("%s", (_name, situation) => {
  const { sandbox } = situation;

  test("cancel", async () => {
    claude.respond(situation.respond);
    const bridge = await begin();
    ask(bridge, 1, sandbox);
    await reach(bridge, situation);
    cancel(bridge, 1);
    await until("all of it is gone", () => listLeft(bridge).length === 0);
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    await becomesClean();
  });

  test("deadline", async () => {
    claude.respond(situation.respond);
    const bridge = await begin();
    ask(bridge, 1, sandbox, { timeoutMs: 3_000 });
    expect(JSON.stringify((await bridge.answer(1)).result)).toContain("TURN_TIMED_OUT");
    expect(listLeft(bridge)).toEqual([]);
    await becomesClean();
  });

  test.each(ENDS)("%s", async (_end, act) => {
    claude.respond(situation.respond);
    const bridge = await begin();
    ask(bridge, 1, sandbox);
    await reach(bridge, situation);
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(listLeft(bridge)).toEqual([]);
    await becomesClean();
  });

  test("SIGKILL of the bridge alone: the next start reaps", async () => {
    claude.respond(situation.respond);
    const bridge = await begin();
    ask(bridge, 1, sandbox);
    await reach(bridge, situation);
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    expect(listLeft(bridge).length).toBeGreaterThan(0);
    const next = await begin();
    await until("the next bridge has ended them", () => listLeft(next).length === 0);
    await becomesClean();
  });
});

describe.skipIf(!CAN_BE_HELD)("kept between turns", () => {
  test.each([
    ...ENDS,
    // Its input ends with the bridge.
    ["SIGKILL", async ({ process }: StdioBridge) => void process.kill("SIGKILL")] as [string, End],
  ])("%s", async (_end, act) => {
    const bridge = await begin();
    ask(bridge, 1, "workspace-write");
    expect(JSON.stringify((await bridge.answer(1)).result)).toContain("over");
    expect(listLeft(bridge).length).toBeGreaterThan(0);
    await act(bridge);
    await bridge.exited;
    await until("it is gone", () => listLeft(bridge).length === 0, 3_000);
    await becomesClean();
  });
});
