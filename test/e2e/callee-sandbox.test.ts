// The real Claude Code inside Codex's own sandbox: what the operating system refuses where Claude Code itself would refuse nothing, and how it
// comes by its session and its login.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test as base, beforeEach, describe, expect } from "vitest";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { createCalleeSandbox } from "../../src/agents/callee/callee-sandbox.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import { startProgram } from "../../src/process/program.ts";
import { NATIVE_CODEX } from "../support/lab.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";
import { findClaude, runClaude } from "./claude.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab, KEY, type OpenOptions } from "./claude-lab.ts";
import { hasOpenssl, startOauthStandIn } from "./oauth-standin.ts";

const WORKSPACE: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
const CAN_HOLD = CAN_BE_HELD && execFileSync(NATIVE_CODEX, ["--version"], { encoding: "utf8" }) >= "codex-cli 0.142";

const test = base.skipIf(!CAN_HOLD);

let claude: ClaudeLab;
const opened: AgentBackend[] = [];
beforeEach(async () => {
  claude = await createClaudeLab();
});
afterEach(async () => {
  for (const backend of opened.splice(0)) await backend.close();
  expect(claude.listAlive()).toEqual([]);
  await claude.close();
});

function open(options?: OpenOptions): AgentBackend {
  const backend = claude.open(options);
  opened.push(backend);
  return backend;
}

const run = (backend: AgentBackend, prompt: string, change?: TurnChange) =>
  backend.startTurn(toTurnRequest(claude.lab, prompt, change)).outcome;

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A Claude Code that permits itself everything, in the sandbox of a frame; the model has it run one command. */
async function runWide(command: string, sandbox: SandboxPolicy): Promise<void> {
  const { lab, model } = claude;
  claude.respond(({ toolResult }) =>
    toolResult === undefined ? { tool: "Bash", input: { command, description: "x" } } : { text: "over" },
  );
  const own = join(lab.stateDir, "callees/claude-code/wide");
  const [config, tmpdir] = [join(own, "config"), join(own, "tmp")];
  for (const folder of [config, tmpdir]) mkdirSync(folder, { recursive: true });
  const { wrap } = createCalleeSandbox({
    ...{ env: {}, codexBin: NATIVE_CODEX, stateDir: lab.stateDir, clock: Date.now },
    guarded: [lab.codexHome, join(claude.home, ".claude")],
  });
  const env = {
    ...{
      HOME: claude.home,
      PATH: process.env["PATH"] ?? "",
      ANTHROPIC_BASE_URL: model.baseUrl,
      ANTHROPIC_API_KEY: KEY,
    },
    ...{ IS_SANDBOX: "1", CLAUDE_CONFIG_DIR: config, CLAUDE_CODE_TMPDIR: tmpdir, DISABLE_AUTOUPDATER: "1" },
  };
  const args = ["-p", "try", "--permission-mode", "bypassPermissions", "--output-format", "json"];
  const program = { file: findClaude(), args, env, cwd: lab.project };
  const lines: string[] = [];
  const held = wrap(program, { sandbox, ownFolders: [own], tmpdir });
  const { ended } = await startProgram({
    ...held,
    ...{ input: "", signal: new AbortController().signal, onLongLine: () => {} },
    onLine: (line) => lines.push(line),
  });
  expect(held.findRefusal(await ended)).toBeUndefined();
  expect(JSON.parse(lines.join("\n"))).toMatchObject({ is_error: false, result: "over" });
}

describe("a Claude Code in its widest mode", () => {
  test.each([
    ["read-only", READ_ONLY],
    ["workspace-write", WORKSPACE],
  ])("writes only what %s lets it, at once, from the background and after its turn", async (mode, sandbox) => {
    const { project, outside, codexHome, stateDir } = claude.lab;
    const settings = join(claude.home, ".claude");
    mkdirSync(settings);
    writeFileSync(join(settings, "settings.json"), "{}");
    const folders = [project, outside, claude.home, settings, codexHome, stateDir, "/tmp"];
    const command = `for d in ${folders.join(" ")}; do
      touch $d/try-now
      (sleep 0.3; touch $d/try-later) &
      setsid sh -c 'while kill -0 $2; do sleep 0.1; done; sleep 1; touch $1/try-after' sh $d $PPID > /dev/null 2>&1 < /dev/null &
    done; echo '{"hooks":{}}' > ${settings}/settings.json; echo '{}' > ${claude.home}/.claude.json; sleep 0.6`;
    await runWide(command, sandbox);
    await settle(2_000);
    const written = folders.flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (name.startsWith("try-") ? [join(folder, name)] : [])),
    );
    expect(written.sort()).toEqual(
      mode === "read-only" ? [] : ["try-later", "try-now"].map((name) => join(project, name)),
    );
    expect(readFileSync(join(settings, "settings.json"), "utf8")).toBe("{}");
    expect(existsSync(join(claude.home, ".claude.json"))).toBe(false);
  });
});

test("a turn leaves nothing in the user's settings, and the bridge finds its thread again", async () => {
  const backend = open();
  const outcome = await run(backend, "remember", { sandbox: WORKSPACE });
  expect(outcome).toMatchObject({ kind: "completed", report: { warnings: [] } });
  expect(readdirSync(claude.home)).toEqual([]);
  const { threadId = "" } = outcome.report;
  const found = await open().findThread(threadId);
  expect(found).toMatchObject({ kind: "found", frame: { cwd: claude.lab.project } });
  // As long as its process is kept, Codex protects these with empty folders.
  expect(readdirSync(claude.lab.project).filter((name) => !/^\.(?:agents|aws|codex|git)$/.test(name))).toEqual([]);
  await backend.close();
  expect(readdirSync(claude.lab.project)).toEqual([]);
});

test("a session of the user's is continued in a copy, and stays as it is", async () => {
  claude.respond(() => ({ text: "one" }));
  const place = { home: claude.home, cwd: claude.lab.project, messagesBaseUrl: claude.model.baseUrl };
  const { events } = await runClaude({ ...place, prompt: "the user's words", server: undefined }).ended;
  const threadId = String(events.at(-1)?.["session_id"]);
  const sessions = join(claude.home, ".claude/projects");
  const path = join(sessions, readdirSync(sessions)[0] ?? "", `${threadId}.jsonl`);
  const before = readFileSync(path, "utf8");
  const backend = open();
  claude.respond(() => ({ text: "two" }));
  expect(await run(backend, "go on", { threadId })).toMatchObject({ kind: "completed", report: { content: "two" } });
  expect(JSON.stringify(claude.model.requests.at(-1)?.body.messages)).toContain("the user's words");
  expect(readFileSync(path, "utf8")).toBe(before);
  const query = { most: 10, withArchived: false, isWanted: () => true, signal: new AbortController().signal };
  expect((await backend.listThreads(query)).threads).toMatchObject([{ threadId }]);
  expect(await backend.readConversation(threadId, 1_000)).toHaveLength(4);
  // Without a sandbox it goes on where it is.
  expect(await run(backend, "and on", { threadId, sandbox: FULL_ACCESS })).toMatchObject({ kind: "completed" });
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("where there is no sandbox the turn only reads, and says so", async () => {
  const { project } = claude.lab;
  const backend = open({ codexBin: join(claude.lab.root, "no-codex") });
  const known = ["Bash", "Edit", "Write", "Read", "Grep", "Glob"];
  claude.respond(({ toolNames }) => ({ text: known.filter((name) => toolNames.includes(name)).join(" ") }));
  const { report } = await run(backend, "try", { sandbox: WORKSPACE });
  expect(report).toMatchObject({ content: "Read Grep Glob", sandbox: READ_ONLY });
  expect(report.warnings).toEqual([
    expect.stringMatching(/^Claude Code had tools for reading alone, although the thread may write: .*no Codex CLI/),
  ]);
  expect((await run(backend, "try")).report.warnings).toEqual([
    expect.stringMatching(/^Claude Code was kept read-only by its tools alone/),
  ]);
  expect((await run(backend, "try", { sandbox: FULL_ACCESS })).report.warnings).toEqual([]);
  expect(readdirSync(project)).toEqual([]);
});

describe("its login", () => {
  const store = (expiresAt: number): string => {
    const path = join(claude.home, ".claude/.credentials.json");
    mkdirSync(join(claude.home, ".claude"), { recursive: true });
    const tokens = { accessToken: "sk-ant-oat01-old", refreshToken: "spent-once", scopes: ["user:inference"] };
    writeFileSync(path, JSON.stringify({ claudeAiOauth: { ...tokens, expiresAt, subscriptionType: "max" } }));
    return path;
  };
  const listCredentials = () => claude.model.requests.map(({ credential }) => credential);

  base.skipIf(!CAN_HOLD || !hasOpenssl())(
    "that expires is renewed outside of the sandbox, once, also for a kept process",
    async () => {
      const oauth = await startOauthStandIn(join(claude.lab.root, "oauth"), "sk-ant-oat01-new");
      const backend = open({ env: { ...oauth.env, ANTHROPIC_API_KEY: undefined } });
      const path = store(Date.now() + 3_600_000);
      const { threadId } = (await run(backend, "first")).report;
      store(Date.now() + 60_000);
      expect((await run(backend, "second", { threadId })).report).toMatchObject({ threadId, warnings: [] });
      await run(backend, "third", { threadId });
      oauth.close();
      expect(oauth.refreshed).toEqual(["spent-once"]);
      expect(listCredentials()).toEqual(["sk-ant-oat01-old", "sk-ant-oat01-new", "sk-ant-oat01-new"]);
      expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ claudeAiOauth: { refreshToken: "refreshed" } });
    },
  );

  test("that cannot be renewed is told as that, and its refresh token is kept", async () => {
    const nowhere = { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "127.0.0.1" };
    const backend = open({ env: { ...nowhere, ANTHROPIC_API_KEY: undefined } });
    const path = store(1_000);
    const before = readFileSync(path, "utf8");
    claude.respond(() => ({ status: 401, message: "OAuth token has expired" }));
    expect(await run(backend, "x")).toMatchObject({ kind: "failed", error: { code: "AGENT_UNAUTHENTICATED" } });
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("by a key in the user's .claude.json is brought along", async () => {
    writeFileSync(join(claude.home, ".claude.json"), JSON.stringify({ primaryApiKey: "sk-ant-api03-console" }));
    const backend = open({ env: { ANTHROPIC_API_KEY: undefined } });
    expect((await run(backend, "x")).kind).toBe("completed");
    expect(listCredentials()).toEqual(["sk-ant-api03-console"]);
  });
});
