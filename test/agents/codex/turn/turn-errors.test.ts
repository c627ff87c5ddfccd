import { expect, test } from "vitest";
import { withPatience } from "../../../../src/agents/codex/launch/questions.ts";
import type { CodexOutput } from "../../../../src/agents/codex/program/capabilities.ts";
import { createStreamState } from "../../../../src/agents/codex/turn/stream-state.ts";
import { findUnstarted } from "../../../../src/agents/codex/turn/turn-errors.ts";
import { readLine } from "../../../../src/agents/codex-exec/events.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";

const ENDED: CodexOutput = {
  ...{ exitCode: undefined, stdout: "", stderr: "", wasEnded: true },
  ...{ signal: "SIGKILL", spawnError: undefined },
};
const FRAME = { cwd: "/", sandbox: READ_ONLY, approvalPolicy: "never", config: {}, backend: "codex-exec" } as const;

test("a turn whose commands did not start, where the sandbox does not answer in time, is told as unsure", async () => {
  const state = createStreamState();
  const item = { id: "item_0", type: "command_execution", command: "ls", status: "failed", exit_code: 1 };
  const output = { aggregated_output: "bwrap: Creating new namespace failed" };
  readLine(state, JSON.stringify({ type: "item.completed", item: { ...item, ...output } }));
  const launch = { runCodex: async () => ENDED, sandboxConfig: [], env: {} };
  expect(await findUnstarted(state, FRAME, launch)).toBeUndefined();
  expect(state.warnings.join()).toContain("could not be found out in time");
});

test("a question that did not end is asked once more, with more time", async () => {
  const limits: number[] = [];
  const run = (limit: number) => async () => {
    limits.push(limit);
    return limits.length === 1 ? ENDED : { ...ENDED, wasEnded: false, exitCode: 0, stdout: "yes" };
  };
  expect((await withPatience(run)(["exec", "--help"])).stdout).toBe("yes");
  expect(limits).toEqual([5_000, 60_000]);
});
