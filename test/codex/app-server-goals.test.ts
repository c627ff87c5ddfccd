// A thread with a goal: the app server would start turns for it that nobody asked for, so such a thread runs as `codex exec`.
import { expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, callThenSay, say } from "../support/lab.ts";

const test = labTest.runIf(CLI.letsGoOfThreads);
const GOAL = "rewrite the project";
const setGoal = () => {
  const input = JSON.stringify({ objective: GOAL });
  return callThenSay({ type: "function_call", call_id: "1", name: "create_goal", arguments: input });
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("the model sets no goal on the app server, and no turn begins by itself", async ({ lab, startBridge }) => {
  const bridge = await startBridge({ env: { BRIDGE_BACKEND: "app-server" } });
  lab.respond(setGoal());
  expect((await bridge.call("codex", { prompt: "x" })).text).toBe("over");
  expect(String(lab.standIn.requests.at(-1)?.toolOutputs)).toContain("unsupported call");
  await pause(500);
  expect(lab.standIn.requests).toHaveLength(2);
});

test("a thread that has one goes on as codex exec, which tells the model of it", async ({ lab, startBridge }) => {
  const exec = await startBridge({ env: { BRIDGE_BACKEND: "exec" } });
  lab.respond(setGoal());
  const { threadId } = (await exec.call("codex", { prompt: "x" })).structured;
  await exec.close();
  lab.respond(say("on it"));
  const asked = lab.standIn.requests.length;
  const strict = await startBridge({ env: { BRIDGE_BACKEND: "app-server" } });
  expect((await strict.call("codex-reply", { prompt: "y", threadId })).text).toMatch(/^\[AGENT_UNSUPPORTED\].*goal/);
  await pause(500);
  expect(lab.standIn.requests).toHaveLength(asked);
  const auto = await startBridge({ env: { BRIDGE_BACKEND: "auto" } });
  expect((await auto.call("codex-reply", { prompt: "y", threadId })).text).toBe("on it");
  expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain("codex_internal_context");
  // A question leaves goals out in any case.
  expect((await auto.call("codex-ask", { prompt: "z", threadId })).text).toBe("on it");
});

test("a caller who asks for goals gets codex exec", async ({ lab, startBridge }) => {
  lab.respond(setGoal());
  const bridge = await startBridge({ env: { BRIDGE_BACKEND: "auto" } });
  const args = { prompt: "x", config: { "features.goals": true } };
  expect((await bridge.call("codex", args)).text).toBe("over");
  expect(String(lab.standIn.requests.at(-1)?.toolOutputs)).toContain(GOAL);
});
