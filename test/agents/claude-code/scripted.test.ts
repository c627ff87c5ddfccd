// What the real Claude Code cannot be made to do: a program in its place that breaks every rule.
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClaudeCodeBackend } from "../../../src/agents/claude-code/backend.ts";
import { createMachine } from "../../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { redactSecrets } from "../../../src/domain/redact.ts";
import { prepareStateFolder } from "../../../src/state/state-folder.ts";
import { findMarked } from "../../support/stdio-bridge.ts";
import { toTurnRequest } from "../../support/turn-request.ts";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "scripted-claude-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a turn with a program of this text; `hello` in it prints what Claude Code says first. */
async function runScript(text: string, change = {}) {
  const bin = join(folder, "claude");
  const hello = `
    const at = process.argv.indexOf("--session-id");
    const say = (line) => console.log(JSON.stringify(line));
    const hello = (more) => say({ type: "system", subtype: "init", session_id: process.argv[at + 1], cwd: process.cwd(),
      tools: ["Read", "Grep", "Glob"], mcp_servers: [], permissionMode: "dontAsk", ...more });
    const wait = () => setInterval(() => {}, 1000);
    process.stdin.resume();`;
  writeFileSync(bin, `#!${process.execPath}\n${hello}\n${text}\n`);
  chmodSync(bin, 0o755);
  const stateDir = join(folder, "state");
  prepareStateFolder(stateDir);
  const backend = createClaudeCodeBackend({
    ...createMachine({ stateDir, cwd: folder, logger: SILENT_LOGGER }),
    claudeBin: bin,
    env: { PATH: process.env["PATH"], LAB_SCRIPTED: folder },
    envPass: [],
    home: folder,
    ...{ stateDir, codexBin: join(folder, "no-codex"), codexHome: join(folder, "codex-home") },
    idleMs: 60_000,
    readChildDepth: () => 1,
    clock: Date.now,
    newId: () => String(Math.random()),
    redact: redactSecrets,
    logger: SILENT_LOGGER,
  });
  try {
    return await backend.startTurn(toTurnRequest({ project: folder }, "x", change)).outcome;
  } finally {
    await backend.close();
    expect(findMarked(`LAB_SCRIPTED=${folder}`)).toEqual([]);
  }
}

test("one that has more tools than it was given is ended before its turn goes on", async () => {
  const trace = join(folder, "went-on");
  const text = `hello({ tools: ["Read", "Bash"] }); setTimeout(() => require("fs").writeFileSync(${JSON.stringify(trace)}, ""), 2000); wait();`;
  const outcome = await runScript(text);
  expect(outcome).toMatchObject({ kind: "failed", error: { code: "SANDBOX_NOT_HELD" } });
  expect(existsSync(trace)).toBe(false);
});

const ANSWER = 'say({ type: "assistant", message: { model: "m", content: [{ type: "text", text: "done" }] } });';
const SUCCESS = 'say({ type: "result", is_error: false, result: "done" }); wait();';
test.each([
  ["a success", SUCCESS],
  ["an answer", `${ANSWER} wait();`],
  ["a greeting without a session, and a success", `hello({ session_id: undefined }); ${ANSWER} ${SUCCESS}`],
])("one that says %s before what it is able to do is not held to its limits", async (_, text) => {
  expect(await runScript(text)).toMatchObject({ kind: "failed", error: { code: "SANDBOX_NOT_HELD" } });
});

test("one that fails before it says what it is able to do tells why", async () => {
  const text = 'say({ type: "result", is_error: true, errors: ["No conversation found with session ID"] }); wait();';
  expect(await runScript(text)).toMatchObject({ kind: "failed", error: { code: "THREAD_NOT_FOUND" } });
});

test.each([
  ["exits with 0 and says nothing", "process.exit(0)", "AGENT_EXITED"],
  ["exits in its turn", "hello(); process.exit(3)", "AGENT_EXITED"],
  [
    "stops in the middle of a line",
    'hello(); process.stdout.write(\'{"type":"result","is_er\'); process.exit(0)',
    "AGENT_EXITED",
  ],
  ["says only what cannot be read", 'console.log("Welcome!"); process.exit(0)', "PROTOCOL_ERROR"],
  ["works on another session", 'hello({ session_id: "other" }); wait();', "PROTOCOL_ERROR"],
  ["does not know a flag", 'console.error("error: unknown option --restricted"); process.exit(1)', "AGENT_UNSUPPORTED"],
  [
    "answers by itself",
    'hello(); say({ type: "result", is_error: false, result: "not here", model_usage_since_last_result: {} }); wait();',
    "TURN_FAILED",
  ],
  ["ends its turn without saying how", 'hello(); say({ type: "result", subtype: "success" }); wait();', "TURN_FAILED"],
])("one that %s fails its turn", async (_, text, code) => {
  expect(await runScript(text)).toMatchObject({ kind: "failed", error: { code } });
});

test("one that heeds neither an interrupt nor a signal is ended", async () => {
  const text = 'for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => {}); hello(); wait();';
  const outcome = await runScript(text, { deadlineMs: 1_000 });
  expect(outcome).toMatchObject({ kind: "failed", isTimeUp: true, error: { code: "TURN_TIMED_OUT" } });
});
