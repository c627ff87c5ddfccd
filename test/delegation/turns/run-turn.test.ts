import { expect, test } from "vitest";
import { createTurnRunner, type TurnRunnerOptions } from "../../../src/delegation/turns/run-turn.ts";
import { CODEX } from "../../../src/domain/agents.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import { openScriptedStage } from "../../support/scripted-backend.ts";

function open() {
  const sessions: TurnRunnerOptions["sessions"] = {
    get: () => undefined,
    listNewest: () => [],
    getByName: () => undefined,
    isStored: () => false,
    isDamaged: () => false,
    put: () => {},
    setRunning: () => {},
    size: 0,
  };
  const stage = openScriptedStage();
  const { backend } = stage;
  const runner = createTurnRunner({
    runCheck: async () => {
      throw new Error("nothing is checked here");
    },
    backend,
    sessions,
    permits: { open: () => ({ warnings: [], release: async () => {} }) },
    baseDir: "/p",
    clock: () => 1,
    logger: SILENT_LOGGER,
    redact: (text) => text,
    turnTimeoutMs: 1_000,
    silenceMs: 1_000,
    quietMs: 1_000,
    questionMs: 1_000,
    agent: CODEX,
    readDepth: () => ({ depth: 0, maxDepth: 2, chain: [] }),
  });
  const frame = { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: backend.name } as const;
  return { ...stage, runner, thread: { frame, sessionId: undefined, record: undefined } };
}

test("a call that was cancelled while it waited begins no turn", async () => {
  const { runner, thread, listRunning } = open();
  let begun = 0;
  const call = {
    report: () => {},
    canReport: false,
    canTask: false,
    signal: AbortSignal.abort(),
    onTurnStart: () => (begun += 1),
  };
  const run = runner.run({ prompt: "x" }, thread, call);
  await expect(run).rejects.toMatchObject({ report: { code: "CANCELLED" } });
  expect(begun).toBe(0);
  expect(listRunning()).toEqual([]);
});

test("a call can give its running turn further input, until the turn has ended", async () => {
  const { runner, thread } = open();
  const ending = new AbortController();
  let steer = async (_text: string): Promise<boolean> => false;
  const call = {
    report: () => {},
    canReport: false,
    canTask: false,
    signal: ending.signal,
    onSteerable: (give: typeof steer) => {
      steer = give;
    },
  };
  const run = runner.run({ prompt: "x" }, thread, call);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await steer("more")).toBe(true);
  ending.abort();
  expect((await run).kind).toBe("interrupted");
  expect(await steer("more")).toBe(false);
});
