// `codex-bridge statusline`, as a process of its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createReceiptFiles } from "../../src/state/receipt-files.ts";
import { createUsageFiles } from "../../src/state/usage-files.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other", "codex"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function run(words: string[], input: string | undefined, env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const settings = { BRIDGE_STATE_DIR: join(root, "state"), CODEX_HOME: join(root, "codex") };
    const options = {
      env: { HOME: root, PATH: process.env["PATH"] ?? "", ...settings, ...env },
      cwd: join(root, "other"),
    };
    const child = execFile(process.execPath, [BIN, "statusline", ...words], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    // It stops reading what is too long.
    child.stdin?.on("error", () => {});
    // Without input stdin stays open, as that of a client that hangs.
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** What `ps` says of the process that the script named; nothing, or a zombie, once it has ended. */
function readState(): Promise<string> {
  const pid = readFileSync(join(root, "other/pid"), "utf8").trim();
  return new Promise((resolve) => execFile("ps", ["-o", "stat=", "-p", pid], (_error, out) => resolve(out.trim())));
}
const GONE = /^(Z.*)?$/;

const told = (): string => JSON.stringify({ workspace: { project_dir: join(root, "project") } });

/** A receipt and limits, as a bridge of the project leaves them. */
function writeFacts(): void {
  createReceiptFiles(join(root, "state")).write({
    ...{
      id: "rc-00000001",
      project: join(root, "project"),
      createdAt: Date.now(),
      durationMs: 1,
      outcome: "completed",
    },
    ...{ agent: "Codex", backend: "codex-exec", cwd: join(root, "project"), sandbox: { mode: "workspace-write" } },
    ...{ commands: [], files: [{ path: "a", kind: "update", added: 3, deleted: 1 }], notCovered: [], warnings: [] },
  });
  const windows = [{ usedPercent: 50, minutes: 300, resetsAt: Math.floor(Date.now() / 1_000) + 86_400 }];
  createUsageFiles(join(root, "state")).keep({ account: join(root, "codex"), toldAt: Date.now(), windows });
}

test("speaks of the project that Claude Code names, and is silent where nothing is known", async () => {
  writeFacts();
  const { code, stdout, stderr } = await run([], told());
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^codex · 5h 50% ↻\S+ \d+ \d\d:\d\d · 1 file \+3 -1, just now\n$/);
  const { stdout: elsewhere } = await run([], JSON.stringify({ workspace: { project_dir: join(root, "other") } }));
  expect(elsewhere).toMatch(/^codex · 5h 50% ↻\S+ \d+ \d\d:\d\d\n$/);
  expect((await run([], told(), { BRIDGE_STATE_DIR: join(root, "none") })).stdout).toBe("");
});

test("shows the command that was there before, with the same input, whatever it does", async () => {
  writeFacts();
  const { stdout } = await run(["--wrap", "printf '\\033[31mold\\033[0m '; wc -c"], told());
  const [first, second] = stdout.split("\n");
  expect(first).toMatch(new RegExp(`^\u001b\\[31mold\u001b\\[0m \\s*${told().length}$`));
  expect(second).toMatch(/^codex · /);
  expect((await run(["--wrap", "exit 3"], told())).stdout).toMatch(/^codex · /);
  expect((await run(["--wrap", "yes"], told())).stdout).toContain("codex · ");
  expect((await run(["--wrap", "printf kept"], told(), { BRIDGE_STATE_DIR: join(root, "none") })).stdout).toBe("kept");
});

test.each(["sleep 60 & echo $! > pid; echo old; wait", "sleep 60 & echo $! > pid; echo old"])(
  "a command that does not end in time is ended with all that it started: %s",
  async (script) => {
    writeFacts();
    const began = performance.now();
    expect((await run(["--wrap", script], told())).stdout).toMatch(/^old\ncodex · /);
    expect(performance.now() - began).toBeLessThan(20_000);
    await expect.poll(readState).toMatch(GONE);
  },
  30_000,
);

test("ended by Claude Code, it takes the other command with it", async () => {
  const script = "echo $$ > pid; sleep 60; :";
  const child = execFile(process.execPath, [BIN, "statusline", "--wrap", script], { cwd: join(root, "other") });
  child.stdin?.end(told());
  await vi.waitFor(() => expect(readFileSync(join(root, "other/pid"), "utf8")).toMatch(/\d\n/), 10_000);
  const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
  child.kill("SIGTERM");
  expect(await ended).toBe("SIGTERM");
  await expect.poll(readState).toMatch(GONE);
}, 30_000);

test("is silent in every trouble", async () => {
  writeFileSync(join(root, "file"), "");
  const troubles = [
    run([], "{not json"),
    run([], JSON.stringify({ workspace: { project_dir: join(root, "gone") } })),
    run([], told(), { BRIDGE_MAX_TURNS: "many" }),
    run([], told(), { BRIDGE_STATE_DIR: join(root, "file") }),
    run([], undefined),
    run([], "x".repeat(2_000_000)),
  ];
  for (const { code, stdout, stderr } of await Promise.all(troubles)) {
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
  }
});
