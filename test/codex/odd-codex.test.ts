// What the real CLI cannot be made to do: a fake that prints what it is told. Only here, and in the wrapper tests, a fake stands in.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { type Lab, RUNS_EVERY_TURN } from "../support/lab.ts";

const ID = "01a1fa4f-63b2-7772-b0a6-be473084c496";
const STARTED = `{"type":"thread.started","thread_id":"${ID}"}`;
const DONE = '{"type":"turn.completed","usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":2}}';
const said = (text: string) =>
  JSON.stringify({ type: "item.completed", item: { id: "i", type: "agent_message", text } });

// The fake speaks `codex exec` only; a fake app server is in test/support/scripted-app-server.ts.
const test = labTest
  .override("bridgeOptions", ({ lab }) => ({ env: { CODEX_BIN: join(lab.root, "fake-codex") } }))
  .runIf(RUNS_EVERY_TURN);

function fake(lab: Lab, script: string): void {
  const probes = 'case "$*" in *--help*) echo --json --ephemeral; exit 0;; *"mcp list"*) exit 0;; esac';
  writeFileSync(join(lab.root, "fake-codex"), `#!/bin/sh\n${probes}\ncat >/dev/null\n${script}\n`, { mode: 0o755 });
}
const print = (...lines: string[]) => `cat <<'EOF'\n${lines.join("\n")}\nEOF`;

test("a turn without a thread id is answered, and said not to go on", async ({ lab, bridge }) => {
  fake(lab, print(said("hi"), DONE));
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result).toMatchObject({ isError: false, text: "hi", structured: { threadId: "" } });
  expect(String(result.structured["warnings"])).toContain("THREAD_ID_MISSING");
});

test("an exit code after a completed turn does not make it a failure", async ({ lab, bridge }) => {
  fake(lab, `${print(STARTED, said("hi"), DONE)}\necho 'Error: disk full' >&2; echo later >&2; exit 9`);
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result).toMatchObject({ isError: false, text: "hi", structured: { threadId: ID } });
  expect(String(result.structured["warnings"])).toMatch(/finished the turn, but then exited with code 9.*disk full/);
});

test("a CLI that is done and does not exit is ended, and its answer kept", async ({ lab, bridge }) => {
  fake(lab, `${print(STARTED, said("hi"), DONE)}\ntrap '' TERM INT\nsleep 60`);
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result).toMatchObject({ isError: false, text: "hi" });
  expect(result.structured).not.toHaveProperty("leftRunning");
});

test("a resume that begins another thread is stopped and told, not continued", async ({ lab, bridge }) => {
  fake(lab, print(STARTED, said("one"), DONE));
  await bridge.call("codex", { prompt: "x" });
  const other = "01a1fa4f-63b2-7772-b0a6-000000000000";
  fake(lab, `${print(`{"type":"thread.started","thread_id":"${other}"}`)}\ntouch ${lab.outside}/began\nsleep 60`);
  const result = await bridge.call("codex-reply", { prompt: "y", threadId: ID });
  expect(result.text).toMatch(/^\[THREAD_NOT_FOUND\].*began a new one, which was stopped/);
  expect(result.text).not.toContain(other);
  expect(existsSync(join(lab.stateDir, "threads", `${other}.json`))).toBe(false);
});

test("an event of 50 MB, a flood of events and half a line are read", async ({ lab, bridge }) => {
  const start =
    '{"type":"item.completed","item":{"id":"a","type":"command_execution","status":"completed","aggregated_output":"';
  fake(
    lab,
    `${print(STARTED)}
printf '%s' '${start}'; head -c 50000000 /dev/zero | tr '\\0' x; printf '"}}\\n'
yes '{"type":"item.updated","item":{"id":"t","type":"todo_list","items":[]}}' | head -n 50000
${print(said("hi"), DONE)}
printf '{"half'`,
  );
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result).toMatchObject({ isError: false, text: "hi", structured: { commands: { count: 1, failed: 0 } } });
});

test("structuredContent of an upstream MCP result names the thread too", async ({ lab, bridge }) => {
  fake(
    lab,
    print(
      `{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"threadId":"${ID}","content":"x"}}}`,
      said("hi"),
      DONE,
    ),
  );
  expect((await bridge.call("codex", { prompt: "x" })).structured.threadId).toBe(ID);
});

test("the frame is on disk as soon as the thread has an id, privately", async ({ lab, bridge }) => {
  mkdirSync(join(lab.project, "sub"));
  fake(
    lab,
    `${print(STARTED)}\nsleep 1\ncp ${lab.stateDir}/threads/${ID}.json ${lab.outside}/seen.json\n${print(said("hi"), DONE)}`,
  );
  await bridge.call("codex", { prompt: "x", cwd: "sub", sandbox: "workspace-write", sessionId: "s" });
  expect(JSON.parse(readFileSync(join(lab.outside, "seen.json"), "utf8"))).toMatchObject({
    threadId: ID,
    sessionId: "s",
    frame: { cwd: join(lab.project, "sub"), sandbox: { mode: "workspace-write", networkAccess: false } },
  });
});
