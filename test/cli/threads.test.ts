// `codex-bridge threads`, as a process of its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import { createThreadFiles } from "../../src/state/thread-files.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const toId = (number: number): string => `01a2163b-113e-77d2-97f7-${String(number).padStart(12, "0")}`;
let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "it's other"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const stateDir = () => join(root, "state");
const codexHome = () => join(root, ".codex");
const project = () => join(root, "project");

interface Rollout {
  readonly cwd?: string;
  readonly prompt?: string;
  readonly isArchived?: boolean;
}

/** Writes a rollout that was used `number` minutes ago. */
function write(number: number, { cwd = project(), prompt = `Task ${number}`, isArchived = false }: Rollout = {}): void {
  const folder = join(codexHome(), isArchived ? "archived_sessions" : "sessions/2026/11/20");
  mkdirSync(folder, { recursive: true });
  const say = (role: string, text: string) => ({ type: "message", role, content: [{ type: "input_text", text }] });
  const context = { cwd, sandbox_policy: { type: "read-only" }, approval_policy: "never", model: "gpt-5.4" };
  const lines = [
    { type: "session_meta", ordinal: 0, payload: { id: toId(number), cwd, source: "cli", originator: "codex-tui" } },
    { timestamp: "2026-11-20T10:00:00Z", type: "turn_context", payload: context },
    { type: "response_item", payload: say("user", prompt) },
    { type: "response_item", payload: say("assistant", "It is done.\nReally.") },
  ];
  const path = join(folder, `rollout-2026-11-20T10-00-00-${toId(number)}.jsonl`);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const time = Date.now() / 1_000 - 60 * number;
  utimesSync(path, time, time);
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
function run(words: string[], { cwd = "project", env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
  const own = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: stateDir(), ...env };
  return new Promise<Ran>((resolve) => {
    execFile(
      process.execPath,
      [BIN, "threads", ...words],
      { env: own, cwd: join(root, cwd) },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("lists the threads of the directory in one line each, the last used first, or as JSON", async () => {
  write(2, { prompt: "read the \x1b[2Jparser\nnow" });
  write(1);
  write(3, { cwd: join(root, "it's other") });
  const frame = {
    cwd: project(),
    sandbox: READ_ONLY,
    approvalPolicy: "never" as const,
    own: {},
    backend: "codex-exec",
  };
  const times = { turns: 1, createdAt: 1, lastUsedAt: 1 };
  createThreadFiles(stateDir()).write({ threadId: toId(1), sessionId: "mine", project: project(), frame, ...times });
  const { code, stdout } = await run([]);
  expect([code, stdout.split("\n")]).toEqual([
    0,
    [
      expect.stringMatching(new RegExp(`^${toId(1)} +1 min ago +read-only +terminal +mine +Task 1$`)),
      expect.stringMatching(new RegExp(`^${toId(2)} +2 min ago +read-only +terminal +read the \\[2Jparser now$`)),
      "codex-bridge threads ID shows one, and the command that opens it here.",
      "",
    ],
  ]);
  const all = await run(["--all", "--json"]);
  expect(JSON.parse(all.stdout)).toMatchObject([{ threadId: toId(1), open: "no" }, {}, { threadId: toId(3) }]);
  expect((await run(["--all"])).stdout).toMatch(/Task 3 {2}\/.*it's other$/m);
});

test("leaves archived threads, and what lies outside BRIDGE_ROOTS, out", async () => {
  write(1, { isArchived: true });
  write(2, { cwd: join(root, "it's other") });
  expect((await run([])).stdout).toBe("No threads of this directory; --all lists those of every one.\n");
  expect((await run(["--archived"])).stdout).toMatch(/archived +Task 1/);
  const limited = { env: { BRIDGE_ROOTS: project() } };
  expect((await run(["--all"], limited)).stdout).toBe("No threads.\n");
  expect(await run([toId(2)], limited)).toMatchObject({ code: 2, stderr: expect.stringContaining("BRIDGE_ROOTS") });
});

test("finds words, and says how much it searched and what it could not read", async () => {
  write(1, { prompt: "Fix the Parser" });
  write(2);
  writeFileSync(join(codexHome(), "sessions/2026/11/20", `rollout-2026-11-20T10-00-00-${toId(9)}.jsonl`), "damaged\n");
  const { stdout } = await run(["--search", "parser done"]);
  expect(stdout).toMatch(
    /Fix the Parser\n {4}It is done\. Really\.\n2 threads searched\. 1 damaged or unknown file could not be read\./,
  );
  expect((await run(["--search", "absent"])).stdout).toMatch(/^No threads of this directory/);
});

test("shows the end of one, and the command that opens it", async () => {
  const cwd = join(root, "it's other");
  write(1, { cwd, prompt: "Fix \x1b[31mit" });
  const { code, stdout } = await run([toId(1)]);
  expect(code).toBe(0);
  expect(stdout).toContain("read-only, gpt-5.4\nStarted by terminal, last used 1 min ago.\n");
  expect(stdout).toContain("User: Fix \\u001b[31mit\n");
  expect(stdout).toContain("Codex: It is done.\nReally.\n");
  const quoted = `'${cwd.replace("'", "'\\''")}'`;
  expect(stdout.endsWith(`To open it in a terminal:\ncodex resume ${toId(1)} -C ${quoted}\n`)).toBe(true);
  expect(JSON.parse((await run([toId(1), "--json"])).stdout)).toMatchObject({ threadId: toId(1), messages: [{}, {}] });
});

test("a bridge that keeps the thread open between two turns lets go of it, so that the command works", async () => {
  write(1);
  const { openThreads } = createMachine({ stateDir: stateDir(), cwd: project(), logger: SILENT_LOGGER });
  const asked: string[] = [];
  openThreads.onAsked((threadId) => {
    asked.push(threadId);
    openThreads.drop(threadId);
  });
  openThreads.hold(toId(1));
  expect((await run([])).stdout).toContain(toId(1));
  expect(asked).toEqual([]);
  expect((await run([toId(1)])).stdout).toContain("To open it in a terminal");
  expect(asked).toEqual([toId(1)]);
});

test("the command names what the terminal would not find by itself", async () => {
  write(1);
  write(2, { isArchived: true });
  const settings = { env: { CODEX_CONFIG_PATH: join(codexHome(), "config.toml"), CODEX_BIN: "/opt/codex" } };
  writeFileSync(join(codexHome(), "config.toml"), "");
  expect((await run([toId(1)], settings)).stdout).toContain(`\n/opt/codex resume ${toId(1)} -C ${project()}\n`);
  const elsewhere = { env: { HOME: project(), CODEX_CONFIG_PATH: join(codexHome(), "config.toml") } };
  expect((await run([toId(1)], elsewhere)).stdout).toContain(`\nCODEX_HOME=${codexHome()} codex resume ${toId(1)} -C `);
  expect((await run([toId(2)])).stdout).toMatch(
    new RegExp(`It is archived\\..*\ncodex unarchive ${toId(2)} && codex resume ${toId(2)} -C `),
  );
});

test("an unknown thread, and an id together with words, are errors", async () => {
  expect(await run([toId(1)])).toMatchObject({ code: 2, stderr: expect.stringContaining("Codex has no thread") });
  expect(await run(["mine"])).toMatchObject({ code: 2, stderr: expect.stringContaining("is not a thread id") });
  expect((await run([toId(1), "--search", "x"])).code).toBe(2);
  expect((await run(["a", "b"])).code).not.toBe(0);
});
