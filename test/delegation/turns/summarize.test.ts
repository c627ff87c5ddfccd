// The turn of a summary: what it waits for, when it is not begun, and what it is counted as.
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { createTurnQueue } from "../../../src/delegation/threads/turn-queue.ts";
import type { DelegationOptions } from "../../../src/delegation/turns/delegation-parts.ts";
import { createSummarizer } from "../../../src/delegation/turns/summarize.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import type { TurnRequest } from "../../../src/domain/turn.ts";
import type { FoundChain, StoredChain } from "../../../src/state/chain-files.ts";

const CWD = tmpdir();
const CONTEXT = "The orders are rounded twice. ".repeat(200);
const USAGE = { inputTokens: 1_500, cachedInputTokens: 0, outputTokens: 20, reasoningOutputTokens: 0 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Scene {
  readonly budget?: { readonly calls?: number; readonly tokens?: number };
  readonly usedPercent?: number;
  readonly answer?: string;
}

function open({ budget = {}, usedPercent = 10, answer = "Round once." }: Scene = {}) {
  const begun: TurnRequest[] = [];
  const chains = new Map<string, StoredChain>();
  const slots = createTurnQueue(1);
  const backend = {
    ...{ name: "b", agent: "Codex", capabilities: {} },
    checkConfig: () => ({ own: {} }),
    readDefaults: async () => ({}),
    startTurn: (request: TurnRequest) => {
      begun.push(request);
      const report = { content: answer, usage: USAGE, warnings: [], changes: [], refusedCommands: [], leftRunning: [] };
      return { outcome: Promise.resolve({ kind: "completed", report }), interrupt: () => {} };
    },
  };
  const options = {
    ...{ backend, baseDir: CWD, clock: Date.now, logger: SILENT_LOGGER, quietMs: 1_000, silenceMs: 90_000 },
    ...{ relayAt: 95, readUsage: () => [{ usedPercent, minutes: 300, resetsAt: Date.now() / 1_000 + 3_600 }] },
    ...{ agent: { id: "codex" }, readDepth: () => ({ depth: 0, maxDepth: 3, chain: [] }) },
    ...{ limits: { roots: [] }, areas: { home: CWD }, findCallerLimit: async () => undefined },
    redact: (text: string) => text.replaceAll("sk-secret", "***"),
    chain: {
      files: {
        change: async (id: string, act: (found: FoundChain) => StoredChain | undefined) => {
          const known = chains.get(id);
          const next = act(known === undefined ? { kind: "absent" } : { kind: "record", chain: known });
          if (next !== undefined) chains.set(id, next);
        },
      },
      budget: { calls: budget.calls, tokens: budget.tokens },
      newId: () => "ch-1",
    },
  } as unknown as DelegationOptions;
  const ending = new AbortController();
  const call: CallContext = { signal: ending.signal, report: () => {}, canReport: false, canTask: false };
  const summarize = createSummarizer({ options, takeSlot: ({ signal }) => slots.acquire(signal, () => {}) });
  const run = () => summarize({ text: CONTEXT, task: "Fix it.", maxCharacters: 600, model: undefined, cwd: CWD }, call);
  return { run, begun, chains, slots, ending };
}

const holdSlot = ({ slots }: ReturnType<typeof open>) => slots.acquire(new AbortController().signal, () => {});

test("a wait for a free slot and the turn have one minute together", async () => {
  const scene = open();
  const release = await holdSlot(scene);
  const summary = scene.run();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(scene.begun).toEqual([]);
  release();
  expect(await summary).toEqual({ text: "Round once." });
  expect(scene.begun).toMatchObject([{ deadlineMs: 40_000, silenceMs: 40_000, readsOnly: true, isEphemeral: true }]);
  expect(scene.slots.size).toBe(0);
});

test("it is not waited for without limit, and a cancelled call ends the wait", async () => {
  const scene = open();
  await holdSlot(scene);
  const summary = scene.run();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await summary).toEqual({ problem: "[WAIT_TIMED_OUT] No turn slot was free within 30 s" });
  const cancelled = scene.run();
  await vi.advanceTimersByTimeAsync(1_000);
  scene.ending.abort();
  expect(await cancelled).toMatchObject({ problem: expect.stringMatching(/^\[CANCELLED\]/) });
  expect([scene.begun, scene.slots.size, vi.getTimerCount()]).toEqual([[], 1, 0]);
});

test("near the usage limit nothing is spent on it", async () => {
  const scene = open({ usedPercent: 96 });
  expect(await scene.run()).toMatchObject({
    problem: expect.stringMatching(/^\[USAGE_LIMIT\] Codex was passed over \(BRIDGE_RELAY_AT\): 96 % of .*[^.]$/),
  });
  expect(scene.begun).toEqual([]);
});

test("its turn and its tokens are counted in the chain", async () => {
  const scene = open({ budget: { calls: 2, tokens: 10_000 } });
  expect(await scene.run()).toEqual({ text: "Round once." });
  expect(scene.begun).toMatchObject([{ chain: { id: "ch-1", depth: 1 } }]);
  expect([...scene.chains.values()]).toMatchObject([{ calls: 1, tokens: 1_520 }]);
});

test.for([
  ["the turn", { calls: 1 }, "0 of 1 turns and 0 tokens"],
  ["the tokens", { tokens: 1_000 }, "0 turns and 0 of 1000 tokens"],
] as const)("it does not use up %s that its task needs", async ([, budget, used]) => {
  const scene = open({ budget });
  expect(await scene.run()).toEqual({
    problem: `[BUDGET_EXCEEDED] The budget of this chain of agents has too little left: ${used}`,
  });
  expect([scene.begun, scene.slots.size]).toEqual([[], 0]);
});

test("secrets do not stand in it", async () => {
  expect(await open({ answer: "The key is sk-secret." }).run()).toEqual({ text: "The key is ***." });
});
