// `codex-bridge receipts`, as a process of its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createReceiptFiles, type Receipt } from "../../src/state/receipt-files.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const toId = (number: number): string => `rc-0000000${number}`;

/** Writes a receipt of `number` minutes ago. */
function write(number: number, parts: Partial<Receipt> = {}): void {
  const state = { mode: "100644", oid: "0".repeat(40) };
  createReceiptFiles(join(root, "state")).write({
    ...{ id: toId(number), project: join(root, "project"), createdAt: Date.now() - number * 60_000, durationMs: 1_500 },
    ...{ outcome: "completed", agent: "Codex", backend: "codex-exec", threadId: "t-1", cwd: join(root, "project") },
    sandbox: { mode: "workspace-write" },
    usage: { inputTokens: 600, outputTokens: 120 },
    commands: [
      { command: "npm test", exitCode: 1, durationMs: 2_300 },
      { command: "touch /x", wasRefused: true },
    ],
    top: join(root, "project"),
    files: [
      { path: "a.txt", kind: "update", before: state, after: state, added: 3, deleted: 1 },
      { path: "b\u001b[31m.txt", kind: "rename", from: "c.txt", before: state, after: state, added: 0, deleted: 0 },
      { path: "big.bin", kind: "update" },
      { path: "new.bin", kind: "add" },
    ],
    notCovered: ["inner/"],
    warnings: [],
    ...parts,
  });
}

function run(words: string[], cwd = "project") {
  const env = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: join(root, "state") };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [BIN, "receipts", ...words], { env, cwd: join(root, cwd) }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("lists the receipts of the directory, the newest first", async () => {
  expect((await run([])).stdout).toBe("No receipts of this directory; --all lists those of every one.\n");
  write(2);
  write(1, { undoes: toId(2), outcome: "failed" });
  write(3, { project: join(root, "other"), unknown: "it took too long", files: [] });
  const { stdout, code } = await run([]);
  expect(code).toBe(0);
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(
      /^rc-00000001 {2}failed .*4 files changed, 3 insertions\(\+\), 1 deletion\(-\) {2}undo of rc-00000002 {2}t-1$/,
    ),
    expect.stringMatching(/^rc-00000002 {2}completed .*2 min ago/),
    "",
  ]);
  expect((await run(["--all"])).stdout).toMatch(/rc-00000003 .*changes not known/);
  expect(JSON.parse((await run(["--json"])).stdout)).toHaveLength(2);
});

test("prints one: its files, what cannot be restored, its commands", async () => {
  write(1);
  for (const words of [[toId(1)], ["--last"]]) {
    const { stdout, code } = await run(words);
    expect(code).toBe(0);
    expect(stdout).toContain("workspace-write, 1.5 s, 720 tokens\nM a.txt  +3 -1\n");
    expect(stdout).toMatch(
      /R c\.txt → b.*\.txt {2}\+0 -0\nM big\.bin {2}cannot be restored\nA new.bin {2}undo leaves it\nnot looked into: inner\/\n/,
    );
    expect(stdout).not.toContain("\u001b[31m.txt");
    expect(stdout).toContain("$ npm test  (exit 1, 2.3 s)\n$ touch /x  (refused by the sandbox)\n");
  }
  expect(JSON.parse((await run(["--last", "--json"])).stdout)).toMatchObject({ id: toId(1) });
});

test("prints the checks of one, with the end of what they printed", async () => {
  const long = Array.from({ length: 30 }, (_, at) => `line ${at}`).join("\n");
  write(1, {
    checks: [
      { command: "npm test", at: 1, durationMs: 1_200, exitCode: 1, output: `${long}\n\u001b[31mred` },
      { command: "make", at: 2, durationMs: 600_000, timedOut: true, output: "", changed: ["/a"], moreChanged: 2 },
    ],
  });
  const { stdout } = await run(["--last"]);
  expect(stdout).toContain("check: npm test  (exit 1, 1.2 s)\n    11 lines before are in --json\n    line 11\n");
  expect(stdout).toContain(
    "    line 29\n    \\u001b[31mred\ncheck: make  (its time was up, 600.0 s, changed 3 files)\n",
  );
});

test.each([
  [["rc-nothere0"], "There is no receipt"],
  [["../../x"], "There is no receipt"],
  [["--last"], "No turn of this directory"],
  [["rc-nothere0", "--last"], "not both"],
  [["a", "b"], "it takes one id"],
])("%j says what is wrong", async (words, said) => {
  const { code, stderr } = await run(words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
});
