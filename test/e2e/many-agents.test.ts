// 30 jobs of three agents in five bridges, four of which are ended meanwhile: each job is found afterwards with one end, and nothing is left.
// Codex and Claude Code are the real ones, the third is a scripted ACP agent in the real sandbox.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { createJobFiles } from "../../src/state/job-files.ts";
import { SCRIPTED_AGENT } from "../support/acp-stage.ts";
import { until } from "../support/lab.ts";
import { createDraw } from "../support/neighbour-run.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";
import { test } from "./both-agents.ts";
import { CAN_BE_HELD } from "./claude-lab.ts";

const AGENTS = ["codex", "claude", "scripted"] as const;
const SEED = Number(process.env["LAB_SEED"] ?? 1);
const LONGEST_ANSWER_MS = 600;
const LATEST_END_MS = 1_500;
const LIMIT_MS = 120_000;

/** How each bridge ends, and what its second job of each agent is to do; the first one is to be answered. */
const BRIDGES: readonly { readonly end?: (bridge: StdioBridge) => unknown; readonly second: string }[] = [
  { end: (bridge) => bridge.process.kill("SIGKILL"), second: "HANG" },
  { end: (bridge) => bridge.process.kill("SIGKILL"), second: "HANG, is cancelled" },
  { end: (bridge) => bridge.process.kill("SIGINT"), second: "is answered" },
  { end: (bridge) => bridge.process.stdin?.end(), second: "is answered" },
  { second: "FAIL" },
];

const fieldsOf = ({ result = {} }: Message) => (result["structuredContent"] ?? {}) as Record<string, unknown>;

interface StartedJob {
  readonly agent: string;
  readonly prompt: string;
  readonly id: string;
}

async function startJobs(bridge: StdioBridge, at: number): Promise<StartedJob[]> {
  const prompts = ["is answered", BRIDGES[at]?.second].flatMap((does, job) =>
    AGENTS.map((agent) => ({ agent, prompt: `PROMPT-${at}-${job}-${agent} ${does}.` })),
  );
  prompts.forEach(({ agent, prompt }, call) => {
    bridge.call(call, "run_agent", { agent, prompt, sandbox: "read-only", background: true });
  });
  return Promise.all(
    prompts.map(async (asked, call) => {
      const message = await bridge.answer(call, LIMIT_MS);
      const id = fieldsOf(message)["jobId"];
      if (typeof id === "string") return { ...asked, id };
      throw new Error(`no job: ${JSON.stringify(message)}`);
    }),
  );
}

test.skipIf(!CAN_BE_HELD)(
  `30 jobs of three agents, bridges killed in between, seed ${SEED}: 30 accounted for`,
  { timeout: 2 * LIMIT_MS },
  async ({ lab, claude, bridgeOptions, processes, startServer }) => {
    const draw = createDraw(SEED);
    lab.respond(async ({ userTexts, signal }) => {
      const asked = userTexts.at(-1) ?? "";
      if (asked.includes("FAIL")) return { error: { status: 400, body: { error: { message: "no" } } } };
      if (asked.includes("HANG")) return { ending: "hang" };
      await wait(draw() * LONGEST_ANSWER_MS, undefined, { signal }).catch(() => {});
      return { steps: [{ say: `answer to ${asked}` }] };
    });
    claude.respond(({ body }) => {
      const asked = JSON.stringify(body.messages);
      if (asked.includes("FAIL")) return { status: 400, message: "no" };
      if (asked.includes("HANG")) return { isSilent: true };
      const [prompt = ""] = /PROMPT[^."]*\./.exec(asked) ?? [];
      return { text: `answer to ${prompt}`, delayMs: draw() * LONGEST_ANSWER_MS };
    });
    const script = join(lab.root, "script.json");
    writeFileSync(script, JSON.stringify({ does: "echo", writesDown: true, answersAfterMs: LONGEST_ANSWER_MS / 2 }));
    const { id: name, command, modes, homeVariable } = SCRIPTED_AGENT;
    const extra = Object.fromEntries(Object.entries(bridgeOptions.env ?? {}).map(([key, value = ""]) => [key, value]));
    const env = {
      ...lab.env,
      ...extra,
      ...{ LAB_ACP: script, BRIDGE_MAX_JOBS: "3", BRIDGE_THREAD_IDLE_MS: "1000" },
      BRIDGE_AGENTS: JSON.stringify({ name, command, modes, homeVariable }),
    };
    const start = async (): Promise<StdioBridge> => {
      const bridge = startServer({ env, cwd: lab.project });
      await shakeHands(bridge);
      return bridge;
    };

    const files = createJobFiles(lab.stateDir);
    const records = () => files.listNewest(lab.project, 1_000).map(({ record }) => record);
    const bridges = await Promise.all(BRIDGES.map(start));
    const started = (
      await Promise.all(
        bridges.map(async (bridge, at) => {
          const own = await startJobs(bridge, at);
          for (const [call, { id, prompt }] of own.entries()) {
            if (!prompt.includes("cancelled")) continue;
            bridge.call(100 + call, "agent_job_control", { action: "cancel", jobId: id });
            await bridge.answer(100 + call, LIMIT_MS);
          }
          const end = BRIDGES[at]?.end;
          if (end === undefined) return own;
          const ids = own.map(({ id }) => id);
          const isOneOver = () => records().some(({ id, state }) => ids.includes(id) && state === "completed");
          await until("one of its jobs is over", isOneOver, LIMIT_MS);
          await wait(draw() * LATEST_END_MS);
          end(bridge);
          await bridge.exited;
          return own;
        }),
      )
    ).flat();

    const last = await start();
    let looks = 0;
    const stateOf = async (jobId: string): Promise<string> => {
      looks += 1;
      last.call(looks, "agent_job", { action: "status", jobIds: [jobId] });
      const message = await last.answer(looks);
      const { jobs = [] } = fieldsOf(message) as { jobs?: Record<string, unknown>[] };
      if (jobs.length !== 1) throw new Error(`not one job: ${JSON.stringify(message)}`);
      return String(jobs[0]?.["state"]);
    };
    for (const { id, prompt } of started) {
      const isOver = async () => /^(?:completed|failed|cancelled|interrupted)$/.test(await stateOf(id));
      await until(`${prompt} has an end`, isOver, LIMIT_MS);
    }

    const found = records();
    const ends = new Map(found.map(({ id, state, result }) => [id, { state, text: result?.text ?? "" }]));
    const counts: Record<string, number> = {};
    for (const { state } of found) counts[state] = (counts[state] ?? 0) + 1;
    console.log(JSON.stringify({ started: started.length, records: found.length, ...counts }));
    // None is lost, none is there twice, and none was made up.
    expect(started).toHaveLength(30);
    expect([...ends.keys()].sort()).toEqual(started.map(({ id }) => id).sort());
    expect(found).toHaveLength(30);
    for (const { id, prompt } of started) {
      const { state, text } = ends.get(id) ?? { state: "lost", text: "" };
      const [bridge, ended = false] = [prompt.at("PROMPT-".length), !prompt.startsWith("PROMPT-4")];
      if (state === "completed") expect(text).toContain(`answer to ${prompt}`);
      else if (state === "interrupted")
        expect([bridge, ended, text]).toEqual([bridge, true, expect.stringContaining("[JOB_INTERRUPTED]")]);
      else expect([prompt, state]).toEqual([expect.stringContaining(state === "failed" ? "FAIL" : "cancelled"), state]);
      if (prompt.includes("FAIL")) expect([prompt, state]).toEqual([prompt, "failed"]);
    }
    // Each agent was given each of its prompts at most once. A request that was refused, Claude Code makes again.
    const prompts = [
      ...lab.standIn.requests.map(({ userTexts }) => userTexts.at(-1) ?? ""),
      ...claude.standIn.requests.map(({ body }) => JSON.stringify(body.messages)),
      ...readPrompts(join(lab.stateDir, "callees/scripted")),
    ];
    const isTwice = ({ prompt }: StartedJob) =>
      !prompt.includes("FAIL") && prompts.filter((text) => text.includes(prompt)).length > 1;
    expect(started.filter(isTwice)).toEqual([]);

    for (const bridge of [...bridges, last]) bridge.process.stdin?.end();
    await Promise.all([...bridges, last].map(({ exited }) => exited));
    expect(processes.list()).toEqual([]);
    const namesIn = (folder: string): string[] => {
      const path = join(lab.stateDir, folder);
      return existsSync(path) ? readdirSync(path).filter((file) => file.endsWith(".json")) : [];
    };
    expect(["runs", "job-requests", "job-replies"].flatMap(namesIn)).toEqual([]);
  },
);

/** What the scripted agent was asked, from the home of each of its threads. */
function readPrompts(folder: string): string[] {
  return readdirSync(folder).flatMap((thread) => {
    const path = join(folder, thread, "home/prompts");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  });
}
