// The promise "it leaves nothing behind" for turns over ACP, by the built server and Codex's real sandbox: every situation × every way it can
// end. The agent is scripted, since a real one cannot be made to break the protocol, or to heed neither a cancel nor a signal.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { SCRIPTED_AGENT } from "../support/acp-stage.ts";
import { test as base } from "../support/fixture.ts";
import { type Lab, until } from "../support/lab.ts";
import type { StdioBridge } from "../support/stdio-bridge.ts";
import { cancel, type End, SERVER_ENDS, signal } from "./rows.ts";

interface Situation {
  readonly sandbox: string;
  readonly script: object;
  readonly env?: Record<string, string>;
  /** Whether it is there, once the agent has its prompt. */
  readonly isReached?: (bridge: StdioBridge, commands: readonly string[]) => boolean;
}

const DEAF = { LAB_ACP_DEAF: "1" };
const works = (_: StdioBridge, commands: readonly string[]) => commands.some((command) => /^tail -f/.test(command));

const SITUATIONS: Record<string, Situation> = {
  "silent, read-only": { sandbox: "read-only", script: { does: "hang" } },
  "in a command, workspace-write": { sandbox: "workspace-write", script: { does: "work" }, isReached: works },
  "in a command that a cancel leaves, full access": {
    ...{ sandbox: "danger-full-access", script: { does: "work", leaves: true }, isReached: works },
  },
  "deaf to a cancel and to signals, workspace-write": {
    ...{ sandbox: "workspace-write", script: { does: "deaf" }, env: DEAF },
  },
  "deaf, and its question is open": {
    ...{ sandbox: "workspace-write", script: { does: "ask", staysSilent: true }, env: DEAF },
    isReached: ({ messages }) => messages.some(({ method }) => method === "elicitation/create"),
  },
};

interface Stage {
  begin(situation?: Partial<Situation>): Promise<StdioBridge>;
  script(script: object): void;
}

const test = base.extend("stage", async ({ lab, startServer }): Promise<Stage> => {
  const path = join(lab.root, "script.json");
  const script = (next: object) => writeFileSync(path, JSON.stringify({ ...next, writesDown: true }));
  const { id: name, command, modes, homeVariable } = SCRIPTED_AGENT;
  return {
    script,
    begin: async (situation = {}) => {
      script(situation.script ?? { does: "answer", text: "over" });
      const BRIDGE_AGENTS = JSON.stringify({ name, command, modes, homeVariable });
      const own = { LAB_ACP: path, BRIDGE_AGENTS, BRIDGE_MAX_SANDBOX: "danger-full-access", ...situation.env };
      const bridge = startServer({ env: { ...lab.env, ...own }, cwd: lab.project });
      const params = {
        ...{ protocolVersion: "2025-11-25", clientInfo: { name: "test", version: "1" } },
        capabilities: { elicitation: { form: {} } },
      };
      bridge.send({ id: "init", method: "initialize", params });
      await bridge.answer("init");
      bridge.send({ method: "notifications/initialized" });
      return bridge;
    },
  };
});

const ask = (bridge: StdioBridge, id: number, sandbox: string, more = {}) =>
  bridge.call(id, "run_agent", { agent: "scripted", prompt: "x", sandbox, background: false, ...more });

/** Whether the agent has been given a prompt, in a home of its own or in the user's. */
function isAsked({ root, stateDir }: Lab): boolean {
  const folder = join(stateDir, "callees/scripted");
  const homes = existsSync(folder) ? readdirSync(folder).map((thread) => join(folder, thread, "home")) : [];
  return [root, ...homes].some((home) => existsSync(join(home, "prompts")));
}

const isClean = ({ project }: Lab) => readdirSync(project).length === 0;

const ENDS: [string, End][] = ["EOF", "SIGTERM", "SIGINT, SIGTERM, SIGKILL as Claude Code sends them"].map((name) => [
  name,
  SERVER_ENDS[name] ?? signal("SIGTERM"),
]);

describe.each(Object.entries(SITUATIONS))("%s", (_name, situation) => {
  const { sandbox, isReached } = situation;
  const reached = test.extend("reach", async ({ lab, processes, stage }) => {
    return async (): Promise<StdioBridge> => {
      const bridge = await stage.begin(situation);
      ask(bridge, 1, sandbox);
      await until("it has its prompt", () => isAsked(lab));
      const commands = () => processes.list().map(({ command }) => command);
      await until("the situation is reached", () => isReached?.(bridge, commands()) ?? true);
      return bridge;
    };
  });

  reached("cancel", async ({ lab, processes, reach }) => {
    const bridge = await reach();
    cancel(bridge, 1);
    // One that heeds a cancel is kept with its session.
    const isLeft = ({ command }: { command: string }) => /^tail -f/.test(command) || situation.env === DEAF;
    await until("all of the turn is gone", () => !processes.left(bridge).some(isLeft));
    bridge.send({ id: 2, method: "ping" });
    await bridge.answer(2);
    bridge.process.stdin?.end();
    await bridge.exited;
    expect(processes.list()).toEqual([]);
    expect(isClean(lab)).toBe(true);
  });

  reached("deadline", async ({ processes, stage }) => {
    // The time of a person does not count, so the question ends first.
    const bridge = await stage.begin({ ...situation, env: { ...situation.env, BRIDGE_QUESTION_MS: "1000" } });
    ask(bridge, 1, sandbox, { timeoutMs: 2_500 });
    const answer = JSON.stringify((await bridge.answer(1, 60_000)).result);
    expect(answer).toMatch(/TURN_TIMED_OUT|AGENT_NOT_ANSWERING/);
    expect(processes.left(bridge).filter(({ command }) => /^tail -f/.test(command))).toEqual([]);
    if (situation.env === DEAF) expect(processes.left(bridge)).toEqual([]);
  });

  reached.for(ENDS)("%s", async ([_end, act], { lab, processes, reach }) => {
    const bridge = await reach();
    await act(bridge);
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(processes.list()).toEqual([]);
    await until("the project is clean", () => isClean(lab), 3_000);
  });

  reached("SIGKILL of the bridge alone: the next start reaps", async ({ processes, stage, reach }) => {
    const bridge = await reach();
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    const next = await stage.begin();
    await until("the next bridge has ended them", () => processes.besides(next).length === 0);
  });
});

describe("kept between turns", () => {
  const KILL: [string, End] = ["SIGKILL", signal("SIGKILL")];
  test.for([...ENDS, KILL])("%s", async ([_end, act], { lab, processes, stage }) => {
    const bridge = await stage.begin();
    ask(bridge, 1, "workspace-write");
    expect(JSON.stringify((await bridge.answer(1)).result)).toContain("over");
    expect(processes.left(bridge).length).toBeGreaterThan(0);
    await act(bridge);
    await bridge.exited;
    await until("it is gone", () => processes.list().length === 0, 3_000);
    await until("the project is clean", () => isClean(lab), 3_000);
  });
});

test("what breaks the protocol, floods it or falls silent ends its turn, and the server goes on", async ({
  processes,
  stage,
}) => {
  const bridge = await stage.begin({ env: { BRIDGE_SILENCE_MS: "4000" } });
  const rows: [object, RegExp][] = [
    [{ does: "raw", lines: ['{"jsonrpc":"2.0","method":"session/up'], exit: 0 }, /AGENT_EXITED/],
    [{ does: "raw", lines: [], exit: 3 }, /AGENT_EXITED/],
    [{ does: "raw", lines: ["Welcome!\n", "[1]\n", '{"jsonrpc":"2.0","id":999,"result":{}}\n'] }, /TURN_STALLED/],
    [{ does: "stop", result: {} }, /PROTOCOL_ERROR/],
    [{ does: "answer", text: "x", protocolVersion: 2 }, /AGENT_UNSUPPORTED/],
    [{ does: "flood", megabytes: 50 }, /was cut/],
  ];
  for (const [at, [script, words]] of rows.entries()) {
    stage.script(script);
    ask(bridge, at, "read-only");
    const answer = JSON.stringify((await bridge.answer(at, 60_000)).result);
    expect(answer).toMatch(words);
    // A result is bounded, and a file has the rest.
    expect(answer.length).toBeLessThan(200_000);
    if (!answer.includes("was cut")) await until("nothing is left", () => processes.left(bridge).length === 0);
  }
  stage.script({ does: "answer", text: "over" });
  ask(bridge, 100, "read-only");
  const { structuredContent } = (await bridge.answer(100)).result ?? {};
  expect(structuredContent).toMatchObject({
    content: "over",
    untold: ["tokens used", "model that ran", "exit codes of commands", "rate limits of its provider"],
  });
  bridge.process.stdin?.end();
  await bridge.exited;
  expect(processes.list()).toEqual([]);
});
