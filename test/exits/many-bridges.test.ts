// Bridges beside each other as processes of their own, some of which are ended in the middle of a turn: nothing is lost, nothing is left.
// `npm run test:neighbours` makes 20 turns of each; LAB_SEED draws other ones.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { type StartServer, test } from "../support/fixture.ts";
import { type Lab, ON_APP_SERVER, say, until } from "../support/lab.ts";
import { createDraw, runNeighbours } from "../support/neighbour-run.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

const BRIDGES = 6;
const TURNS = Number(process.env["LAB_TURNS"] ?? 4);
const SEED = Number(process.env["LAB_SEED"] ?? 1);
const LONGEST_ANSWER_MS = 800;

async function start(lab: Lab, startServer: StartServer): Promise<StdioBridge> {
  const bridge = startServer({ env: lab.env, cwd: lab.project });
  await shakeHands(bridge);
  return bridge;
}

let lastId = 0;
async function call(bridge: StdioBridge, name: string, args: Record<string, string>) {
  lastId += 1;
  bridge.call(lastId, name, args);
  const { result = {} }: Message = await bridge.answer(lastId, 60_000);
  const structured = (result["structuredContent"] ?? {}) as Record<string, unknown>;
  return { isError: result["isError"] === true, text: JSON.stringify(result["content"]), structured };
}

const stateFiles = (lab: Lab) =>
  readdirSync(lab.stateDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

/** Begins a turn whose model hangs. */
async function hang(lab: Lab, bridge: StdioBridge, threadId: string): Promise<void> {
  const asked = lab.standIn.requests.length;
  lab.respond(() => ({ ending: "hang" }));
  bridge.call(0, "codex-reply", { prompt: "hang", threadId });
  await until("the model is asked", () => lab.standIn.requests.length > asked);
  lab.respond(say("on"));
}

/** Makes the model answer after a while; gives the turns that were at work on a thread at the same time. */
function watchThreads(lab: Lab): readonly string[] {
  const draw = createDraw(SEED);
  const overlaps: string[] = [];
  const atWork = new Map<string, string>();
  lab.respond(async ({ userTexts, signal }) => {
    // Each prompt is another one, so the first one tells the thread.
    const thread = userTexts.find((text) => text.startsWith("PROMPT-")) ?? "";
    const prompt = userTexts.at(-1) ?? "";
    const other = atWork.get(thread) ?? prompt;
    if (other !== prompt) overlaps.push(`${other} and ${prompt}`);
    atWork.set(thread, prompt);
    await wait(draw() * LONGEST_ANSWER_MS, undefined, { signal }).catch(() => {});
    if (atWork.get(thread) === prompt) atWork.delete(thread);
    return { steps: [{ say: `answer to ${prompt}` }] };
  });
  return overlaps;
}

test("a thread whose bridge is killed goes on in a neighbour that was there before, without what was left running", async ({
  lab,
  processes,
  startServer,
}) => {
  const [one, two] = [await start(lab, startServer), await start(lab, startServer)];
  const { structured } = await call(one, "codex", { prompt: "x" });
  const threadId = String(structured["threadId"]);
  // Its own look for leftovers is over by then.
  await call(two, "codex-reply", { prompt: "y", threadId });
  await hang(lab, one, threadId);
  one.process.kill("SIGKILL");
  await one.exited;
  const isLeft = () => processes.left(two).length > 0;
  // An app server ends with its input.
  if (!ON_APP_SERVER) expect(isLeft()).toBe(true);
  const reply = await call(two, "codex-reply", { prompt: "z", threadId });
  expect(reply.structured["content"], reply.text).toBe("on");
  // A new app server runs a shell of its own for a moment.
  await until("nothing is left", () => !isLeft());
  two.process.stdin?.end();
  await two.exited;
});

test.for(["SIGINT", "SIGTERM", "EOF"])(
  "%s in the middle of a turn leaves no lock and no socket",
  async (end, { lab, startServer }) => {
    const bridge = await start(lab, startServer);
    const { structured } = await call(bridge, "codex", { prompt: "x" });
    await hang(lab, bridge, String(structured["threadId"]));
    expect(readdirSync(join(lab.stateDir, "locks"))).toEqual([`${structured["threadId"]}.json`]);
    expect(readdirSync(join(lab.stateDir, "bridges"))).toHaveLength(1);
    if (end === "EOF") bridge.process.stdin?.end();
    else bridge.process.kill(end as NodeJS.Signals);
    await bridge.exited;
    expect(readdirSync(join(lab.stateDir, "locks"))).toEqual([]);
    expect(readdirSync(join(lab.stateDir, "bridges"))).toEqual([]);
  },
);

test(`${BRIDGES} bridges with ${TURNS} turns each, seed ${SEED}: every turn is answered or accounted for, every thread goes on`, {
  timeout: 60_000 + BRIDGES * TURNS * 15_000,
}, async ({ lab, processes, startServer }) => {
  const overlaps = watchThreads(lab);
  const report = await runNeighbours({ lab, startServer, bridges: BRIDGES, turns: TURNS, seed: SEED });
  const prompts = [...report.answered.values()].flat();
  const killed = Object.values(report.killed).reduce((sum, count) => sum + count, 0);
  const counts = { answered: prompts.length, busy: report.busy, killed: report.killed };
  console.log(`seed ${SEED}: ${JSON.stringify({ ...counts, threads: report.answered.size })}`);
  expect(report.unexpected).toEqual([]);
  // Before 0.150 nobody else tells: both turns run, and neither knows of the other.
  expect(overlaps).toEqual([]);

  const last = await start(lab, startServer);
  for (const [threadId, own] of report.answered) {
    const { text, structured } = await call(last, "codex-reply", { prompt: "LAST.", threadId });
    expect(structured["content"], text).toBe("answer to LAST.");
    const { userTexts = [], modelTexts = [] } = lab.standIn.requests.at(-1) ?? {};
    // In order, each once.
    expect(userTexts.filter((told) => own.includes(told))).toEqual(own);
    expect(modelTexts).toEqual(expect.arrayContaining(own.map((prompt) => `answer to ${prompt}`)));
  }
  for (const sessionId of report.killedNames) {
    const args = { prompt: "LAST.", sessionId };
    const reply = await call(last, "codex-reply", args);
    const found = reply.text.includes("SESSION_NOT_FOUND") ? await call(last, "codex", args) : reply;
    expect(found.isError, found.text).toBe(false);
  }
  last.process.stdin?.end();
  await last.exited;
  expect(processes.list()).toEqual([]);

  const files = stateFiles(lab);
  expect(files.filter((path) => path.endsWith(".tmp"))).toEqual([]);
  expect(files.filter((path) => path.includes("/runs/") || path.includes("/schemas/"))).toEqual([]);
  const isDamaged = (path: string): boolean => typeof JSON.parse(readFileSync(path, "utf8")) !== "object";
  expect(files.filter((path) => path.endsWith(".json")).filter(isDamaged)).toEqual([]);
  expect(prompts.length + report.busy + killed).toBe(BRIDGES * TURNS + 3);
});
