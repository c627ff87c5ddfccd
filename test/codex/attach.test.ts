// A terminal that has the bridge's thread open beside it: the real app server, with a second client in the terminal's place.
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attachTo, findListening, readAttachEntries, runTurnIn } from "../support/attach-client.ts";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { CLI, createLab, type Lab, NATIVE_CODEX, until } from "../support/lab.ts";
import { countAsked, createPromptedModel, type PromptedModel } from "../support/prompted-model.ts";

const IDLE_MS = 300;

let lab: Lab;
let bridge: TestBridge;
let model: PromptedModel;

async function open(more: Record<string, string> = {}): Promise<TestBridge> {
  const env = { ...lab.env, BRIDGE_BACKEND: "app-server", BRIDGE_ATTACH: "1", BRIDGE_THREAD_IDLE_MS: `${IDLE_MS}` };
  return startBridge({ env: { ...env, ...more }, cwd: lab.project });
}

beforeEach(async () => {
  model = createPromptedModel();
  lab = await createLab(model.respond);
  bridge = await open();
});
afterEach(async () => {
  model.letGo();
  await bridge.close();
  await lab.close();
});

const start = async (prompt = "first"): Promise<string> =>
  (await bridge.call("codex", { prompt, sandbox: "read-only" })).structured.threadId;
const reply = (threadId: string, prompt: string, more = {}) =>
  bridge.call("codex-reply", { threadId, prompt, ...more });
const asked = (prompt: string): number => countAsked(lab, prompt);

describe.runIf(CLI.letsGoOfThreads)("a thread that terminals can open", () => {
  test("is told of with its socket, in folders of the user alone, and both go with the bridge", async () => {
    const threadId = await start();
    const [entry] = readAttachEntries(lab);
    expect(findListening(lab)).not.toEqual([]);
    expect(entry).toMatchObject({ threadId });
    const socket = entry?.socket ?? "";
    const real = readlinkSync(socket);
    for (const folder of [dirname(socket), dirname(real)]) expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await bridge.close();
    expect([existsSync(socket), existsSync(real), existsSync(`${real}.lock`)]).toEqual([false, false, false]);
    expect(readdirSync(dirname(socket))).toEqual([]);
    expect(readAttachEntries(lab)).toEqual([]);
    expect(findListening(lab)).toEqual([]);
  });

  test("stays loaded while a terminal has it open, and says how many turns the user ran", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    await runTurnIn(terminal, threadId, "mine");
    await new Promise((resolve) => setTimeout(resolve, 3 * IDLE_MS));
    await runTurnIn(terminal, threadId, "mine again");
    const { structured } = await reply(threadId, "second");
    expect(structured).toMatchObject({ threadId, content: "answer to second" });
    expect(structured["warnings"]).toEqual([expect.stringContaining("The user ran 2 turns in this thread")]);
    const closed = terminal.heard.filter(({ method }) => method === "thread/closed");
    expect(closed.filter(({ params }) => params?.["threadId"] === threadId)).toEqual([]);
    expect((await reply(threadId, "third")).structured["warnings"]).toBeUndefined();
    terminal.close();
    await until("the thread is let go of", () => readAttachEntries(lab).length === 0);
    expect((await reply(threadId, "fourth")).structured.content).toBe("answer to fourth");
  });

  test("takes no prompt while the user's own turn runs, and gives it none", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    const running = runTurnIn(terminal, threadId, "hold mine");
    await until("the user's turn runs", () => asked("hold mine") === 1);
    const refused = await reply(threadId, "second");
    expect(refused).toMatchObject({ isError: true });
    expect(refused.text).toContain("SESSION_BUSY");
    expect(refused.text).toContain("running a turn of their own");
    model.letGo();
    await running;
    expect(asked("second")).toBe(0);
    expect((await reply(threadId, "third")).structured.content).toBe("answer to third");
    terminal.close();
  });

  test("tells what the user adds to a turn, and that the user interrupted one", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    const turn = reply(threadId, "hold second");
    await until("it runs", () => asked("hold second") === 1);
    // What Codex's terminal sends while a turn runs.
    await terminal.request("turn/start", { threadId, input: [{ type: "text", text: "and this" }] });
    model.letGo();
    const { structured } = await turn;
    // Up to 0.160 the model answers the first message too.
    expect(structured.content).toContain("answer to and this");
    expect(structured["warnings"]).toEqual(["The user added a message to this turn in a terminal."]);

    const stopped = reply(threadId, "hold third");
    await until("it runs", () => asked("hold third") === 1);
    const turnId = terminal.heard.findLast(({ method }) => method === "turn/started")?.params?.["turn"];
    await terminal.request("turn/interrupt", { threadId, turnId: Object(turnId).id });
    const { isError, text: why } = await stopped;
    expect(isError).toBe(true);
    expect(why).toContain("STOPPED_BY_USER");
    expect(why).toContain("The user interrupted this turn in a terminal.");
    expect(why).toContain(threadId);
    expect((await reply(threadId, "fourth")).structured.content).toBe("answer to fourth");
    terminal.close();
  });

  test("has the bridge's own limits again after the user has widened it", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    const file = join(lab.outside, "x");
    const full = { sandboxPolicy: { type: "dangerFullAccess" }, approvalPolicy: "never" };
    await runTurnIn(terminal, threadId, `run touch ${file}1`, full);
    expect(existsSync(`${file}1`)).toBe(true);
    const { structured } = await reply(threadId, `run touch ${file}2`);
    expect(structured).toMatchObject({ sandbox: "read-only" });
    expect(existsSync(`${file}2`)).toBe(false);
    terminal.close();
  });

  test("leaves the approvals of the user's turns to the user", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    const asking = { sandboxPolicy: { type: "readOnly" }, approvalPolicy: "untrusted" };
    const running = runTurnIn(terminal, threadId, "run touch /nowhere/x", asking);
    const find = () => terminal.heard.find(({ method }) => method === "item/commandExecution/requestApproval");
    await until("Codex asks", () => find() !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 3 * IDLE_MS));
    expect(terminal.heard.some(({ method }) => method === "serverRequest/resolved")).toBe(false);
    terminal.answer(find()?.["id"], { decision: "accept" });
    await running;
    expect(lab.standIn.requests.at(-1)?.toolOutputs.at(-1)).toContain("cannot touch");
    terminal.close();
  });

  test("is busy for a turn that it would have to be loaded anew for, until the terminal is closed", async () => {
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    lab.writeConfig({ tables: "[tui]\nscreen_reader_detection_done = true\n" });
    const told = await reply(threadId, "second");
    expect(told.structured.content).toBe("answer to second");
    expect(told.structured["warnings"]).toEqual([expect.stringContaining("Codex's config or login has changed")]);
    const refused = await reply(threadId, "third", { model: "gpt-5.1" });
    expect(refused.text).toContain("SESSION_BUSY");
    expect(refused.text).toContain("The user has this thread open in a terminal");
    await runTurnIn(terminal, threadId, "still there");
    terminal.close();
  });

  test("leaves its server to a thread that the user has begun there, until that is closed", async () => {
    await bridge.close();
    bridge = await open({ BRIDGE_APP_SERVER_IDLE_MS: "300" });
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    const { thread } = await terminal.request("thread/start", { cwd: lab.project, sandbox: "read-only" });
    await terminal.request("thread/unsubscribe", { threadId });
    await until("the bridge has let go of its thread", () => readAttachEntries(lab).length === 0);
    const running = runTurnIn(terminal, Object(thread).id, "hold mine");
    await until("the user's turn runs", () => asked("hold mine") === 1);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(findListening(lab)).not.toEqual([]);
    model.letGo();
    await running;
    terminal.close();
    await until("the server has ended", () => findListening(lab).length === 0);
  });

  test("is out of reach of commands in every sandbox, with network too", async () => {
    await start();
    const socket = readAttachEntries(lab)[0]?.socket ?? "";
    const connect = `const s = require('net').connect(process.argv[1]); s.on('connect', () => { console.log('CONN' + 'ECTED'); process.exit(); }); s.on('error', (e) => console.log('REFUSED ' + e.code));`;
    const script = join(lab.project, "connect.cjs");
    writeFileSync(script, connect.replace("argv[1]", "argv[2]"));
    for (const path of [socket, readlinkSync(socket)]) {
      const prompt = `run ${process.execPath} ${script} ${path}`;
      for (const sandbox of ["read-only", "workspace-write"]) {
        await bridge.call("codex", { prompt, sandbox });
        expect(lab.standIn.requests.at(-1)?.toolOutputs.at(-1)).toMatch(/REFUSED E/);
      }
      lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
      await bridge.call("codex", { prompt, sandbox: "workspace-write" });
      expect(lab.standIn.requests.at(-1)?.toolOutputs.at(-1)).toMatch(/REFUSED E/);
      lab.writeConfig();
    }
    const [whys] = [readAttachEntries(lab).flatMap(({ why }) => why ?? [])];
    expect(whys).toContain("its commands have network access");
  });

  test("is none with full access, with network access, or where a rule lets commands out: the record says why", async () => {
    await bridge.close();
    bridge = await open({ BRIDGE_MAX_SANDBOX: "danger-full-access" });
    await bridge.call("codex", { prompt: "x", sandbox: "danger-full-access" });
    expect(readAttachEntries(lab)).toMatchObject([{ why: "it has full access" }]);
    await until("it is let go of", () => readAttachEntries(lab).length === 0);
    mkdirSync(join(lab.codexHome, "rules"));
    writeFileSync(join(lab.codexHome, "rules/a.rules"), 'prefix_rule(pattern=["touch"], decision="allow")\n');
    await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    expect(readAttachEntries(lab)).toMatchObject([
      { why: "a command rule of Codex's lets commands out of its sandbox" },
    ]);
    expect(findListening(lab)).toEqual([]);
  });

  test("is none where the model may start subagents, also once they are turned on later", async () => {
    const tables = "[agents]\nmax_threads = 6\n";
    lab.writeConfig({ tables });
    const alone = await start();
    expect(readAttachEntries(lab)).toMatchObject([{ threadId: alone, why: "the model may start subagents in it" }]);
    expect(findListening(lab)).toEqual([]);
    lab.writeConfig();
    const threadId = await start();
    const terminal = await attachTo(lab, threadId);
    lab.writeConfig({ tables });
    expect((await reply(threadId, "second")).text).toContain("The user has this thread open in a terminal");
    await runTurnIn(terminal, threadId, "still there");
    terminal.close();
    await until("the thread is let go of", () => readAttachEntries(lab).every((entry) => entry.threadId !== threadId));
    expect((await reply(threadId, "third")).structured.content).toBe("answer to third");
    const entry = readAttachEntries(lab).find((told) => told.threadId === threadId);
    expect(entry?.why).toBe("the model may start subagents in it");
  });
});

describe.runIf(CLI.letsGoOfThreads)("a socket that cannot be had", () => {
  const expectRefusal = async (reason: RegExp): Promise<void> => {
    const { structured } = await bridge.call("codex", { prompt: "first", sandbox: "read-only" });
    expect(structured).toMatchObject({ content: "answer to first" });
    expect(structured["warnings"]).toEqual([expect.stringMatching(reason)]);
    expect(readAttachEntries(lab)).toMatchObject([{ why: expect.stringMatching(reason) }]);
    // Told once.
    expect((await reply(structured.threadId, "second")).structured["warnings"]).toBeUndefined();
    expect(findListening(lab)).toEqual([]);
  };

  test("since its path is too long: turns run without it, and the result says so once", async () => {
    await bridge.close();
    const stateDir = join(lab.root, "s".repeat(90));
    lab = { ...lab, stateDir };
    bridge = await open({ BRIDGE_STATE_DIR: stateDir });
    await expectRefusal(/the path of its socket is too long/);
  });

  test("since others can reach its folder", async () => {
    const folder = join(lab.stateDir, "attach");
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    await expectRefusal(/other users can reach .*attach/);
  });

  test("since this Codex cannot listen", async () => {
    await bridge.close();
    const old = join(lab.root, "codex-old");
    const refuse = "echo \"error: unexpected argument '--listen' found\" >&2; exit 2";
    const script = `#!/bin/sh\nfor a; do if [ "$a" = --listen ]; then ${refuse}; fi; done\nexec ${NATIVE_CODEX} "$@"\n`;
    writeFileSync(old, script, { mode: 0o755 });
    bridge = await open({ CODEX_BIN: old });
    await expectRefusal(/does not have an option that the bridge needs/);
  });
});
