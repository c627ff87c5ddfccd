// What can go wrong around a warm app server, as a call meets it: it ends, somebody else holds the thread, nobody answers its questions.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect } from "vitest";
import { createProcessTable } from "../../src/process/process-table.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, holdThenSay, type Lab, NATIVE_CODEX, runThenSay, say, until } from "../support/lab.ts";

const test = labTest.override("bridgeOptions", () => ({ env: { BRIDGE_BACKEND: "auto" } })).runIf(CLI.letsGoOfThreads);

/** The app servers of this lab. */
function findServers(lab: Lab): number[] {
  const table = createProcessTable("linux");
  return table
    .list()
    .filter(({ pid }) => table.environment(pid)?.includes(`CODEX_HOME=${lab.codexHome}`) === true)
    .filter(({ pid }) => table.commandLine(pid).startsWith(`${NATIVE_CODEX} -c `))
    .map(({ pid }) => pid);
}

const kill = (lab: Lab): void => {
  for (const pid of findServers(lab)) process.kill(pid, "SIGKILL");
};

describe("a server that is killed", () => {
  test("in two turns ends both with their threads, which go on", async ({ lab, bridge }) => {
    const ready = await bridge.call("codex", { prompt: "x" });
    lab.respond(() => ({ ending: "hang" }));
    const asked = lab.standIn.requests.length;
    const turns = [
      bridge.call("codex", { prompt: "y" }),
      bridge.call("codex-reply", { prompt: "y", threadId: ready.structured.threadId }),
    ];
    await until("the model is asked twice", () => lab.standIn.requests.length >= asked + 2);
    kill(lab);
    lab.respond(say("on"));
    for (const turn of turns) {
      const { text, structured } = await turn;
      expect(text).toMatch(/^\[AGENT_EXITED\].*SIGKILL/);
      const reply = await bridge.call("codex-reply", { prompt: "z", threadId: structured.threadId });
      expect(reply.text).toBe("on");
    }
  });

  test("between turns costs nobody anything", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    kill(lab);
    await until("it has ended", () => findServers(lab).length === 0);
    // The bridge hears of it a moment later, on a busy machine much later.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    lab.respond(say("on"));
    const replies = [bridge.call("codex-reply", { prompt: "y", threadId }), bridge.call("codex", { prompt: "z" })];
    for (const reply of replies) expect((await reply).text).toBe("on");
    expect(findServers(lab)).toHaveLength(1);
  });
});

/** Another app server, as Codex's own daemon is one, with a thread loaded. */
async function openElsewhere(lab: Lab, threadId: string): Promise<ChildProcess> {
  const env = { HOME: lab.root, PATH: process.env["PATH"] ?? "", CODEX_HOME: lab.codexHome, STANDIN_KEY: "x" };
  const other = spawn(NATIVE_CODEX, ["app-server"], { env, cwd: lab.project, stdio: ["pipe", "pipe", "ignore"] });
  const answers: number[] = [];
  createInterface({ input: other.stdout }).on("line", (line) => answers.push(Number(JSON.parse(line).id)));
  const ask = async (id: number, method: string, params: object): Promise<void> => {
    other.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    await until(`${method} is answered`, () => answers.includes(id));
  };
  await ask(1, "initialize", { clientInfo: { name: "other", version: "1" } });
  await ask(2, "thread/resume", { threadId });
  return other;
}

test("a thread that another app server holds is busy, and goes on afterwards", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
  await bridge.restart();
  const other = await openElsewhere(lab, threadId);
  const busy = await bridge.call("codex-reply", { prompt: "y", threadId });
  expect(busy.text).toMatch(/^\[SESSION_BUSY\] Another program has this thread open/);
  // A new thread of the same bridge is none of its business.
  expect((await bridge.call("codex", { prompt: "z" })).text).toBe("hello");
  other.stdin?.end();
  await until("it has ended", () => other.exitCode !== null);
  expect((await bridge.call("codex-reply", { prompt: "y", threadId })).text).toBe("hello");
});

describe("a question", () => {
  const args = { prompt: "x", "approval-policy": "untrusted", sandbox: "workspace-write" };
  const asked = (lab: Lab): string => {
    lab.respond(runThenSay("touch made"));
    return join(lab.project, "made");
  };

  test("that nobody answers is declined in time, and the turn goes on", async ({ lab, startBridge }) => {
    const path = asked(lab);
    const env = { BRIDGE_BACKEND: "auto", BRIDGE_QUESTION_MS: "1000" };
    const bridge = await startBridge({ env, onForm: () => new Promise<ElicitResult>(() => {}) });
    const result = await bridge.call("codex", args);
    expect([result.isError, existsSync(path)], result.text).toEqual([false, false]);
    expect(String(result.structured["warnings"])).toMatch(/declined, since/);
  });

  test("that is answered after its turn has ended does nothing", async ({ lab, startBridge }) => {
    const path = asked(lab);
    let answer: (result: ElicitResult) => void = () => {};
    const stop = new AbortController();
    const bridge = await startBridge({
      env: { BRIDGE_BACKEND: "auto" },
      onForm: () =>
        new Promise<ElicitResult>((resolve) => {
          answer = resolve;
          stop.abort();
        }),
    });
    await expect(bridge.call("codex", { ...args, sessionId: "mine" }, { signal: stop.signal })).rejects.toThrow();
    const { respond, goOn } = holdThenSay("on");
    lab.respond(respond);
    answer({ action: "accept", content: { decision: "once" } });
    goOn();
    await until("the thread goes on", async () => {
      const { text } = await bridge.call("codex-reply", { prompt: "x", sessionId: "mine" });
      return text === "on";
    });
    expect(existsSync(path)).toBe(false);
  });
});
