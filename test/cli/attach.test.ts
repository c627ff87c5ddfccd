// `codex-bridge attach` with Codex's real terminal program, beside a bridge that works with the thread.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openTerminal, type Terminal } from "../e2e/terminal.ts";
import { findListening, readAttachEntries } from "../support/attach-client.ts";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { CLI, createLab, type Lab, until } from "../support/lab.ts";
import { countAsked, createPromptedModel, type PromptedModel } from "../support/prompted-model.ts";
import { shakeHands, startStdioBridge } from "../support/stdio-bridge.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

let lab: Lab;
let bridge: TestBridge | undefined;
let terminal: Terminal | undefined;
let model: PromptedModel;

const toEnv = (more: Record<string, string> = {}): Record<string, string> => ({
  ...lab.env,
  BRIDGE_BACKEND: "app-server",
  BRIDGE_ATTACH: "1",
  BRIDGE_THREAD_IDLE_MS: "4000",
  ...more,
});

beforeEach(async () => {
  model = createPromptedModel();
  lab = await createLab(model.respond);
});
afterEach(async () => {
  model.letGo();
  await terminal?.close();
  await bridge?.close();
  [terminal, bridge] = [undefined, undefined];
  await lab.close();
});

async function start(prompt: string, more: Record<string, string> = {}, asked = {}): Promise<string> {
  bridge ??= await startBridge({ env: toEnv(more), cwd: lab.project, onForm: () => new Promise(() => {}) });
  const { structured, text } = await bridge.call("codex", { prompt, sandbox: "read-only", ...asked });
  expect(structured, text).toBeDefined();
  return structured.threadId;
}
const reply = (threadId: string, prompt: string) => bridge?.call("codex-reply", { threadId, prompt });
const asked = (prompt: string): number => countAsked(lab, prompt);

/** Opens it as a person does. */
function attach(...words: string[]): Terminal {
  terminal = openTerminal({
    command: ["sh", "-c", 'node "$@"; echo "exit code $?"; sleep 60', "sh", BIN, "attach", ...words],
    cwd: lab.project,
    env: toEnv(),
  });
  return terminal;
}

/** Codex offers a newer model at its first start. */
async function passWelcome(shown: RegExp): Promise<void> {
  const chosen = /› 2\. Use existing model/;
  await terminal?.waitFor(new RegExp(`${shown.source}|Use existing model`));
  if (/Use existing model/.test(terminal?.readScreen() ?? "")) {
    await until("the old model is chosen", async () => {
      terminal?.type("\x1b[B");
      await new Promise((resolve) => setTimeout(resolve, 200));
      return chosen.test(terminal?.readScreen() ?? "");
    });
    terminal?.type("\r");
  }
  await terminal?.waitFor(shown);
}

const run = (...words: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile("node", [BIN, "attach", ...words], { cwd: lab.project, env: toEnv() }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

describe.runIf(CLI.letsGoOfThreads)("attach", () => {
  test("shows the thread in Codex's terminal: both sides work on it in turn, and what the user does is told", async () => {
    const threadId = await start("the first prompt");
    const { type, waitFor, readScreen } = attach();
    await passWelcome(/answer to the first prompt[\s\S]*Ask Codex/);

    const ours = reply(threadId, "hold the second");
    await waitFor(/› hold the second[\s\S]*Working/);
    await until("it runs", () => asked("hold the second") === 1);
    model.letGo();
    expect((await ours)?.structured.content).toBe("answer to hold the second");
    await waitFor(/answer to hold the second/);

    type("a prompt of mine");
    await waitFor(/› a prompt of mine/);
    type("\r");
    await waitFor(/answer to a prompt of mine/);
    // Longer than the bridge keeps an idle thread.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const next = await reply(threadId, "the third");
    expect(next?.structured).toMatchObject({ content: "answer to the third" });
    expect(next?.structured["warnings"]).toContainEqual(expect.stringContaining("The user ran a turn in this thread"));
    await waitFor(/answer to the third/);

    const stopped = reply(threadId, "hold the fourth");
    await until("it runs", () => asked("hold the fourth") === 1);
    await waitFor(/› hold the fourth[\s\S]*esc to interrupt/);
    type("\x1b");
    expect((await stopped)?.text).toContain("The user interrupted this turn in a terminal.");

    type("\x03");
    await waitFor(/again to quit|exit code/);
    if (!/exit code/.test(readScreen())) type("\x03");
    await waitFor(/exit code 0/);
    await until("the thread is let go of", () => readAttachEntries(lab).length === 0);
    expect((await reply(threadId, "the fifth"))?.structured.content).toBe("answer to the fifth");
  }, 90_000);

  test("an approval that the user gives there is taken, and the form in Claude Code is withdrawn", async () => {
    const threadId = await start("hello", {}, { "approval-policy": "untrusted" });
    const { type, waitFor } = attach(threadId);
    await passWelcome(/answer to hello[\s\S]*Ask Codex/);
    const turn = reply(threadId, "run touch /nowhere/made");
    await waitFor(/Would you like to run the following command/);
    type("y");
    expect((await turn)?.structured).toMatchObject({ content: expect.stringContaining("answer to run touch") });
    expect(readFileSync(join(lab.codexHome, "config.toml"), "utf8")).not.toContain("trust_level");
  }, 60_000);

  test("finds nothing of a bridge that was killed: its server ends, and the next bridge removes what is left", async () => {
    const killed = startStdioBridge({ env: toEnv(), cwd: lab.project });
    await shakeHands(killed);
    killed.call(2, "codex", { prompt: "hello", sandbox: "read-only" });
    await killed.answer(2);
    const socket = readAttachEntries(lab)[0]?.socket ?? "";
    const real = readlinkSync(socket);
    expect(findListening(lab)).not.toEqual([]);
    killed.process.kill("SIGKILL");
    await until("its server has ended", () => findListening(lab).length === 0, 5_000);
    await until("its socket is gone", () => !existsSync(real) && !existsSync(socket), 5_000);
    expect((await run()).stdout).toContain("No thread of this directory is open for a terminal.");
    const next = startStdioBridge({ env: toEnv(), cwd: lab.project });
    await shakeHands(next);
    next.call(2, "codex", { prompt: "again", sandbox: "danger-full-access" });
    await next.answer(2);
    await until("its record is gone", () => readAttachEntries(lab).every(({ socket: left }) => left !== socket));
    next.process.stdin?.end();
    await next.exited;
  }, 60_000);

  test("lists several threads and opens none; says why one cannot be opened, and what to do where none is", async () => {
    const none = await run();
    expect(none.code).toBe(1);
    expect(none.stdout).toContain("No thread of this directory is open for a terminal.");
    expect(none.stdout).toContain("BRIDGE_ATTACH=1");
    const idle = { BRIDGE_THREAD_IDLE_MS: "60000", BRIDGE_MAX_SANDBOX: "danger-full-access" };
    const first = await start("one", idle);
    const second = await start("two", idle);
    const full = await start("three", idle, { sandbox: "danger-full-access" });
    const several = await run();
    expect(several.code).toBe(1);
    expect(several.stdout).toContain("Several threads are open here. Name one: codex-bridge attach ID");
    for (const id of [first, second]) expect(several.stdout).toContain(id);
    const closed = await run(full);
    expect(closed).toMatchObject({ code: 1 });
    expect(closed.stdout).toContain("no terminal can open it meanwhile, since it has full access.");
    await bridge?.close();
    const gone = await run(first);
    expect(gone.code).toBe(1);
    expect(gone.stdout).toContain("No bridge has this thread open for a terminal.");
    expect(gone.stdout).toContain(`resume ${first}`);
    expect((await run("nonsense")).code).not.toBe(0);
  }, 60_000);
});
