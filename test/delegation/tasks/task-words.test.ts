// The words of a routed task name the agent that the backend is, whichever that is.
import { join } from "node:path";
import { expect, test } from "vitest";
import { askWhatNow } from "../../../src/delegation/tasks/ask-what-now.ts";
import { instructAfter } from "../../../src/delegation/tasks/task-prompts.ts";
import { describeNarrowSandbox } from "../../../src/delegation/tasks/task-sandbox.ts";
import { describeCause, summarizeFailures } from "../../../src/delegation/tasks/task-summary.ts";
import { reportError } from "../../../src/domain/errors.ts";
import type { Attempt } from "../../../src/domain/task.ts";
import { createRulesReader } from "../../../src/rules/rules-reader.ts";

const agentName = "Arthur";
const task = "Run the failing test suite and fix it";
const failed: Attempt = {
  ...{ agent: "codex_cli", outcome: "failed", code: "TURN_FAILED", step: 0, threadId: "t-1" },
  ...{ startedAt: 0, endedAt: 1_000 },
};

test("in its failures, its cause and the hand-back", () => {
  const cause = describeCause(reportError("TURN_FAILED", "It failed.", { agentText: "odd" }), {
    agentName,
    redact: (text) => text,
  });
  expect(cause).toBe('It failed. Arthur said: "odd"');
  expect(summarizeFailures(agentName, task, [failed, failed])).toMatch(/^Arthur failed 2 times/);
  const attempts = [failed];
  const instructions = instructAfter({ agentName, task, reason: "r", step: undefined, strategy: "full", attempts });
  expect(instructions).toContain("Arthur's thread: t-1. ");
  expect(instructions).toContain("Arthur may have changed files already");
  expect(instructions).not.toContain("Codex");
});

test("a hand-back tells what lies in a worktree from what may lie in the user's files, and no check that passed", () => {
  const place = { proposal: "pr-1", cwd: "/w/pr-1" };
  const check = { command: "make", at: 0, exitCode: 0, durationMs: 1, output: "" };
  const tell = (attempts: Attempt[]) =>
    instructAfter({
      agentName,
      task,
      reason: "r",
      step: undefined,
      strategy: "full",
      attempts,
      check,
      places: [place],
    });
  const there = { ...failed, place };
  expect(tell([there])).toContain("What Arthur changed is proposal pr-1 in /w/pr-1, not in your files");
  expect(tell([there, failed])).toMatch(/is proposal pr-1 in .* It may have changed your files too/);
  expect(tell([there])).not.toContain("make");
});

test("in the question to the user", async () => {
  const titles: string[] = [];
  const call = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
  const choice = await askWhatNow(
    {
      ...call,
      askUser: async ({ choices }) => {
        titles.push(...choices.map(({ title }) => title));
        return { kind: "chosen", id: "retry" };
      },
    },
    { summary: "It failed.", agentName, timeoutMs: 1_000 },
  );
  expect(choice).toBe("retry");
  expect(titles).toEqual(["Let Arthur try again", "Let Claude do it", "Stop"]);
});

test("in the warning that nothing was changed", () => {
  const { rules, route } = createRulesReader(join(import.meta.dirname, "../../../delegation-rules.json"))();
  const request = { task };
  const ran = { request, decision: route(request), rules, agentName };
  expect(describeNarrowSandbox(ran, "read-only").join()).toContain("so Arthur changed no file");
});
