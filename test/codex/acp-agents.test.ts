// An agent of BRIDGE_AGENTS through the tools of a bridge: a scripted one, held by the real Codex's sandbox.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import type { Lab } from "../support/lab.ts";

const PROGRAM = join(import.meta.dirname, "../support/scripted-acp-agent.mjs");

/** The setting that has the agent. Its script says what it answers. */
function addAgent({ root }: Lab, script: object): Record<string, string> {
  const path = join(root, "script.json");
  writeFileSync(path, JSON.stringify(script));
  const agent = { name: "scripted", command: [process.execPath, PROGRAM], env: { LAB_ACP: path } };
  return { BRIDGE_AGENTS: JSON.stringify(agent), BRIDGE_MAX_SANDBOX: "danger-full-access" };
}

const asked = { agent: "scripted", background: false, sandbox: "danger-full-access" };

test("run_agent starts a thread of it and goes on with it", async ({ lab, startBridge }) => {
  const bridge = await startBridge({ env: addAgent(lab, { does: "answer", text: "I am here" }) });
  const first = await bridge.call("run_agent", { ...asked, prompt: "Do it", title: "A task" });
  expect(first.text).toBe("I am here");
  const { threadId } = first.structured;
  const second = await bridge.call("run_agent", { ...asked, prompt: "And?", threadId });
  expect(second.structured).toMatchObject({ content: "I am here", threadId });
});

test("what it cannot be told is refused by name", async ({ lab, startBridge }) => {
  const bridge = await startBridge({ env: addAgent(lab, { does: "answer", text: "I am here" }) });
  const refused = await bridge.call("run_agent", { ...asked, prompt: "Do it", effort: "high" });
  expect(refused.text).toMatch(/^\[INVALID_ARGUMENT\] The protocol of scripted cannot set a reasoning effort/);
});
