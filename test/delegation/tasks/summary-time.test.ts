// What a summary before an attempt takes of its task's time, and what is told of a context that went nowhere.
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CallContext, StartRequest, TurnEnd } from "../../../src/delegation/requests.ts";
import { createTaskRunner } from "../../../src/delegation/tasks/run-task.ts";
import { reportError } from "../../../src/domain/errors.ts";
import { createRouter } from "../../../src/routing/route.ts";
import { readRules } from "../../../src/rules/rules-reader.ts";

const FILLER = Array.from({ length: 2_000 }, (_, at) => `Remark ${at} says little about day ${at}.`).join("\n");
const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
const shipped = readRules(join(import.meta.dirname, "../../../delegation-rules.json"));
const PROBLEM = "[WAIT_TIMED_OUT] No turn slot was free within 30 s";

async function run(error = reportError("INVALID_ARGUMENT", "Enough was seen."), hasBegun = false) {
  let now = 1_000;
  const sent: StartRequest[] = [];
  const { routing_config: config } = shipped;
  const rules = {
    ...shipped,
    routing_config: { ...config, context_window: { ...config.context_window, summarizer: "codex" as const } },
  };
  const route = createRouter(rules);
  const tasks = createTaskRunner({
    ...{ baseDir: "/p", agentName: "Codex", defaultMode: "run", maxSandbox: undefined, turnTimeoutMs: 600_000 },
    ...{ clock: () => now, redact: (text) => text, isOpenWorktree: () => false },
    readRules: () => ({
      rules,
      route: (facts) => ({ ...route(facts), agent: "codex_cli", contextStrategy: "compressed" }),
      problem: undefined,
    }),
    history: { read: () => [], append: () => {}, clear: () => {} },
    delegation: {
      start: async (request): Promise<TurnEnd> => {
        sent.push(request);
        return { kind: "refused", error, startedAt: hasBegun ? now : undefined, waitedMs: 0 };
      },
      reply: () => Promise.reject(new Error("no thread is known")),
    },
    summarize: async () => {
      now += 30_000;
      return { problem: PROBLEM };
    },
  });
  const task = { task: "Run the failing test suite and fix it", context: FILLER, cwd: "/p", timeoutMs: 20_000 };
  return { sent, result: await tasks.run(task, call) };
}

test("a summary is not taken from the time of its task", async () => {
  const { sent, result } = await run();
  expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([20_000]);
  expect(result.end.outcome).toBe("failed");
});

test("only a context that an agent got is told as cut", async () => {
  const words = `The context was cut by the bridge itself: the summary of Codex could not be used (${PROBLEM}).`;
  const spared = reportError("USAGE_LIMIT", "Codex was passed over.", { details: { isNearlyUsed: true } });
  expect((await run(spared)).result.decision.warnings).not.toContain(words);
  expect((await run(reportError("TURN_FAILED", "odd"), true)).result.decision.warnings).toContain(words);
});
