// Bridges beside each other, each with background jobs, some of them ended at any moment: every job is accounted for, nothing is left.
// LAB_JOBS=10 makes 60 jobs; LAB_SEED draws other ends.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { createJobFiles } from "../../src/state/job-files.ts";
import { type StartServer, test } from "../support/fixture.ts";
import { type Lab, ON_APP_SERVER, until } from "../support/lab.ts";
import { createDraw } from "../support/neighbour-run.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

const BRIDGES = 6;
const JOBS = Number(process.env["LAB_JOBS"] ?? 3);
const SEED = Number(process.env["LAB_SEED"] ?? 1);
const LONGEST_ANSWER_MS = 600;
const LATEST_END_MS = 2_000;
const LIMIT_MS = 60_000 + BRIDGES * JOBS * 3_000;

/** The first bridges end early: once their jobs are answered, but the last of these at any moment. */
const ENDS: ((bridge: StdioBridge) => unknown)[] = [
  (bridge) => bridge.process.kill("SIGKILL"),
  (bridge) => bridge.process.kill("SIGINT"),
  (bridge) => bridge.process.stdin?.end(),
  (bridge) => bridge.process.kill("SIGKILL"),
];

async function start(lab: Lab, startServer: StartServer): Promise<StdioBridge> {
  const bridge = startServer({ env: { ...lab.env, BRIDGE_MAX_JOBS: "2" }, cwd: lab.project });
  await shakeHands(bridge);
  return bridge;
}

const fieldsOf = ({ result = {} }: Message) => (result["structuredContent"] ?? {}) as Record<string, unknown>;

/** Starts the jobs of one bridge; gives the ids that it answered with, by prompt. */
async function startJobs(bridge: StdioBridge, at: number): Promise<Map<string, string>> {
  const prompts = Array.from({ length: JOBS }, (_, job) => `PROMPT-${at}-${job}.`);
  prompts.forEach((prompt, job) => {
    bridge.call(job, "codex", { prompt, background: true });
  });
  const answers = prompts.map(async (prompt, job) => {
    const message = await Promise.race([bridge.answer(job, LIMIT_MS), bridge.exited]);
    const jobId = "code" in message ? undefined : fieldsOf(message as Message)["jobId"];
    return typeof jobId === "string" ? [[prompt, jobId] as const] : [];
  });
  return new Map((await Promise.all(answers)).flat());
}

test(`${BRIDGES} bridges with ${JOBS} jobs each, seed ${SEED}: every job has an end, and nothing is left`, {
  timeout: 2 * LIMIT_MS,
}, async ({ lab, processes, startServer }) => {
  const draw = createDraw(SEED);
  lab.respond(async ({ userTexts, signal }) => {
    await wait(draw() * LONGEST_ANSWER_MS, undefined, { signal }).catch(() => {});
    return { steps: [{ say: `answer to ${userTexts.at(-1)}` }] };
  });
  const bridges = await Promise.all(Array.from({ length: BRIDGES }, () => start(lab, startServer)));
  const started = await Promise.all(
    bridges.map(async (bridge, at) => {
      const starting = startJobs(bridge, at);
      const end = ENDS[at];
      if (end === undefined) return starting;
      if (at < ENDS.length - 1) await starting;
      await wait(draw() * LATEST_END_MS);
      end(bridge);
      await bridge.exited;
      return starting;
    }),
  );
  const last = await start(lab, startServer);
  const look = async (jobId: string, id: string) => {
    last.send({
      id,
      method: "tools/call",
      params: { name: "agent_job", arguments: { action: "status", jobIds: [jobId] } },
    });
    const { jobs } = fieldsOf(await last.answer(id)) as { jobs: Record<string, unknown>[] };
    return jobs[0] ?? {};
  };
  const files = createJobFiles(lab.stateDir);
  const records = () => files.listNewest(lab.project, 1_000).map(({ record }) => record);
  let looks = 0;
  for (const { id } of records()) {
    await until(
      `${id} has an end`,
      async () => {
        looks += 1;
        return /completed|interrupted/.test(String((await look(id, `look-${looks}`))["state"]));
      },
      LIMIT_MS,
    );
  }
  const ends = new Map(records().map(({ id, state, result }) => [id, { state, text: result?.text ?? "" }]));
  const states = [...ends.values()].map(({ state }) => state);
  const count = (wanted: string) => states.filter((state) => state === wanted).length;
  const answered = started.reduce((sum, { size }) => sum + size, 0);
  console.log(
    JSON.stringify({ answered, records: ends.size, completed: count("completed"), interrupted: count("interrupted") }),
  );
  started.forEach((own, at) => {
    const isEnded = at < ENDS.length;
    if (at !== ENDS.length - 1) expect(own.size).toBe(JOBS);
    for (const [prompt, id] of own) {
      const { state, text } = ends.get(id) ?? { state: "lost", text: "" };
      if (state === "completed") expect(text).toContain(`answer to ${prompt}`);
      else expect([isEnded, state, text]).toEqual([true, "interrupted", expect.stringContaining("[JOB_INTERRUPTED]")]);
    }
  });
  const namesIn = (folder: string) => {
    const path = join(lab.stateDir, folder);
    return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".json")) : [];
  };
  // The last bridge removes the records of what the killed ones were running, in the background.
  // Each bridge that lives may keep its app server.
  const kept = ON_APP_SERVER ? BRIDGES - ENDS.length : 0;
  await until("no dead run is on record", () => namesIn("runs").length <= kept);
  for (const bridge of [...bridges, last]) bridge.process.stdin?.end();
  await Promise.all([...bridges, last].map(({ exited }) => exited));
  expect(processes.list()).toEqual([]);
  // A killed bridge leaves its locks, which are free since it is dead, and half a draft.
  expect(["runs", "job-requests", "job-replies"].flatMap(namesIn)).toEqual([]);
});
