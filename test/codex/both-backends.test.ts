// A thread moves between `codex exec` and the app server, as after a change of the default between two releases: nothing of its frame is lost.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay } from "../support/lab.ts";

const test = labTest.runIf(CLI.letsGoOfThreads);

const lastBody = (lab: Lab): string => JSON.stringify(lab.standIn.requests.at(-1)?.body);

const PAIRS: [string, string][] = [
  ["exec", "auto"],
  ["auto", "exec"],
  ["exec", "app-server"],
  ["app-server", "exec"],
];

const FRAME = {
  sandbox: "workspace-write",
  model: "gpt-5.4",
  "developer-instructions": "Say PELICAN.",
  "base-instructions": "You are a HERON.",
  config: { model_reasoning_effort: "high" },
};

test.for(PAIRS)("started on %s it goes on on %s, and back, in its frame", async ([first, second], { lab, bridge }) => {
  const writableRoots = { sandbox_workspace_write: { writable_roots: [lab.outside] } };
  await bridge.restart({ env: { BRIDGE_BACKEND: first, BRIDGE_ROOTS: lab.root } });
  const config = { ...FRAME.config, ...writableRoots };
  const started = await bridge.call("codex", { ...FRAME, config, prompt: "remember OSPREY", sessionId: "mine" });
  const { threadId } = started.structured;
  for (const [turn, backend] of [second, first, second].entries()) {
    await bridge.restart({ env: { BRIDGE_BACKEND: backend, BRIDGE_ROOTS: lab.root } });
    const [inside, beyond] = [join(lab.outside, `made-${turn}`), join(lab.root, `made-${turn}`)];
    lab.respond(runThenSay(`touch ${inside}; touch ${beyond}; echo done`));
    const reply = await bridge.call("codex-reply", { prompt: "go on", sessionId: "mine" });
    expect(reply.isError, reply.text).toBe(false);
    const sandbox = `workspace-write, also ${lab.outside}`;
    const { model } = FRAME;
    expect(reply.structured).toMatchObject({ threadId, sandbox, model, reasoningEffort: "high", cwd: lab.project });
    for (const word of ["OSPREY", "PELICAN", "HERON", '"effort":"high"']) expect(lastBody(lab)).toContain(word);
    expect([existsSync(inside), existsSync(beyond)]).toEqual([true, false]);
  }
});

test.for(PAIRS)("narrowed on %s it is narrow on %s", async ([first, second], { lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_BACKEND: first } });
  const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
  await bridge.call("codex-reply", { prompt: "y", threadId, sandbox: "read-only" });
  await bridge.restart({ env: { BRIDGE_BACKEND: second } });
  lab.respond(runThenSay(`touch ${lab.project}/made; echo done`));
  expect((await bridge.call("codex-reply", { prompt: "z", threadId })).structured["sandbox"]).toBe("read-only");
  expect(existsSync(join(lab.project, "made"))).toBe(false);
  const wider = await bridge.call("codex-reply", { prompt: "z", threadId, sandbox: "workspace-write" });
  expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
});

test("two bridges with different backends take turns on one thread", async ({ lab, startBridge }) => {
  const [one, two] = [
    await startBridge({ env: { BRIDGE_BACKEND: "auto" } }),
    await startBridge({ env: { BRIDGE_BACKEND: "exec" } }),
  ];
  const { threadId } = (await one.call("codex", { prompt: "turn 0" })).structured;
  for (let turn = 1; turn < 5; turn += 1) {
    const bridge = turn % 2 === 1 ? two : one;
    const reply = await bridge.call("codex-reply", { prompt: `turn ${turn}`, threadId });
    expect(reply.isError, reply.text).toBe(false);
    expect(lastBody(lab)).toContain(`turn ${turn - 1}`);
  }
});
