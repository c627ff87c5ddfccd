// 5,000 calls through one server: nothing that it holds may grow. Of 25 calls two are turns of the fake Codex and one is cancelled;
// the others are refused, decided or listed, so that 5,000 are affordable. HOSTILE_ROUNDS makes another number of rounds of 25, and
// HOSTILE_TURNS=5000 makes as many calls that are all turns, in about three minutes.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isRecord } from "../../src/domain/guards.ts";
import { until } from "../support/lab.ts";
import type { Message } from "../support/stdio-bridge.ts";
import { type Attack, attack, HANG } from "./attack.ts";

const CALLS_PER_ROUND = 25;
const ROUNDS = Number(process.env["HOSTILE_ROUNDS"] ?? 200);
/** Rounds after which all is loaded, and as many threads are known as are kept. */
const WARM_UP_ROUNDS = 20;
/** Turns, four at a time; 0 makes none. */
const TURNS = Number(process.env["HOSTILE_TURNS"] ?? 0);
const WARM_UP_TURNS = 400;
/** Fewer than the warm-up starts, so that the store is full by then. */
const MAX_SESSIONS = "10";
/** A small heap is collected often, and its young part does not grow; code that V8 compiles and drops as it likes would count as held. */
const STEADY = [
  "--max-old-space-size=48",
  "--max-semi-space-size=1",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--no-flush-bytecode",
];
/** What the heap may differ by, 16 bytes for each call: what a turn leaves shows, were it a single reference. */
const HEAP_SLACK_KIB = 72;
/** A timer that a call of each round left would be far more. */
const TIMER_SLACK = 5;
/** Pages that V8 and malloc keep: they come and go. */
const RSS_SLACK_KIB = 16_384;

interface Held {
  readonly heapKiB: number;
  readonly rssKiB: number;
  readonly timers: number;
  readonly resources: readonly string[];
  readonly listeners: Readonly<Record<string, Record<string, number>>>;
  readonly handles: number;
}

/** What the server holds once no timer of a turn is running any more. */
async function look(it: Attack): Promise<Held> {
  let held = await askHeld(it);
  await until("the last turn is settled", async () => {
    held = await askHeld(it);
    return !held.resources.includes("Timeout");
  });
  return held;
}

async function askHeld({ bridge, project }: Attack): Promise<Held> {
  const file = join(project, "resources.json");
  rmSync(file, { force: true });
  bridge.process.kill("SIGUSR2");
  await until("the server tells what it holds", () => existsSync(file));
  return { ...JSON.parse(readFileSync(file, "utf8")), handles: readdirSync(`/proc/${bridge.process.pid}/fd`).length };
}

function readThreadId({ result }: Message): unknown {
  const answer = result?.["structuredContent"];
  return isRecord(answer) ? answer["threadId"] : undefined;
}

/** 25 calls. */
async function callAround(it: Attack, round: number): Promise<void> {
  const toId = (call: number): string => `${round}.${call}`;
  it.call(toId(0), "codex", { prompt: `round ${round}` });
  const started = await it.bridge.answer(toId(0));
  const threadId = readThreadId(started);
  if (round % 2 === 0) it.call(toId(1), "codex-reply", { prompt: "more", threadId });
  else it.call(toId(1), "route_task", { task: `Optimise parser ${round}: profile it.`, mode: "run" });
  it.call(toId(2), "codex", { prompt: HANG });
  it.cancel(toId(2));
  for (let call = 3; call < CALLS_PER_ROUND; call += 1) {
    const calls = [
      ["codex", { prompt: "x", sandbx: "read-only" }],
      ["codex", { prompt: "x".repeat(10_000), cwd: `nowhere ${call}` }],
      ["codex-reply", { prompt: "x", sessionId: `nobody ${round} ${call}` }],
      ["codex-reply", { prompt: "x", threadId: "01a1fa4f-63b2-7772-b0a6-ffffffffffff" }],
      ["route_task", { task: `Prove the bound of algorithm ${round} ${call}.`, mode: "decide" }],
      ["nobody", {}],
    ] as const;
    const [name, args] = calls[call % calls.length]!;
    it.call(toId(call), name, args);
  }
  const last = await it.bridge.answer(toId(1));
  expect(started.result?.["isError"] ?? last.result?.["isError"], JSON.stringify([started, last])).toBeUndefined();
  await until("all are answered", () => it.answers(toId(CALLS_PER_ROUND - 1)).length > 0);
}

async function callAll(it: Attack, from: number, to: number): Promise<void> {
  for (let round = from; round < to; round += 1) await callAround(it, round);
}

/** Four turns at once: two of new threads, one of the thread before, one that is routed; none fails. */
async function takeTurns(it: Attack, from: number, to: number): Promise<void> {
  for (let turn = from; turn < to; turn += 4) {
    const threadId = turn === from ? undefined : readThreadId(await it.bridge.answer(turn - 4));
    it.call(turn, "codex", { prompt: `turn ${turn}` });
    it.call(turn + 1, "codex", { prompt: "x".repeat(10_000), sessionId: `name ${turn}` });
    if (threadId === undefined) it.call(turn + 2, "codex", { prompt: "the first" });
    else it.call(turn + 2, "codex-reply", { prompt: "more", threadId });
    it.call(turn + 3, "route_task", { task: `Optimise parser ${turn}: profile it.`, mode: "run" });
    for (const id of [turn, turn + 1, turn + 2, turn + 3]) {
      const answer = await it.bridge.answer(id);
      expect(answer.result?.["isError"], JSON.stringify(answer)).toBeUndefined();
    }
  }
}

function expectNoGrowth(before: Held, after: Held): void {
  process.stdout.write(`warmed up ${JSON.stringify(before)}\nat the end ${JSON.stringify(after)}\n`);
  expect(after.timers - before.timers).toBeLessThan(TIMER_SLACK);
  expect(after.resources).toEqual(before.resources);
  expect(after.listeners).toEqual(before.listeners);
  expect(after.handles).toBeLessThanOrEqual(before.handles);
  expect(after.heapKiB - before.heapKiB).toBeLessThan(HEAP_SLACK_KIB);
  expect(after.rssKiB - before.rssKiB).toBeLessThan(RSS_SLACK_KIB);
}

const OPTIONS = {
  env: { BRIDGE_MAX_SESSIONS: MAX_SESSIONS },
  nodeFlags: [...STEADY, "--expose-gc", "--require", join(import.meta.dirname, "tell-resources.cjs")],
};

test(`${ROUNDS * CALLS_PER_ROUND} calls, of which ${ROUNDS * 2} are turns`, { timeout: 1_800_000 }, () =>
  attack(async (it) => {
    await callAll(it, 0, WARM_UP_ROUNDS);
    const before = await look(it);
    await callAll(it, WARM_UP_ROUNDS, ROUNDS);
    expectNoGrowth(before, await look(it));
    expect(it.countTurns()).toBeGreaterThanOrEqual(ROUNDS * 2);
  }, OPTIONS),
);

test.runIf(TURNS > 0)(`${TURNS} calls, all of which are turns`, { timeout: 7_200_000 }, () =>
  attack(async (it) => {
    await takeTurns(it, 0, WARM_UP_TURNS);
    const before = await look(it);
    await takeTurns(it, WARM_UP_TURNS, TURNS);
    expectNoGrowth(before, await look(it));
    expect(it.countTurns()).toBe(TURNS);
  }, OPTIONS),
);
