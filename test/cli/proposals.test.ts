// `codex-bridge proposals`, as a process of its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProposalFiles, type Proposal } from "../../src/state/proposal-files.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(number: number, parts: Partial<Proposal> = {}): void {
  const at = Date.now() - number * 60_000;
  const [id, tree] = [`pr-0000000${number}`, "0".repeat(40)];
  createProposalFiles(join(root, "state")).write({
    ...{ id, project: join(root, "project"), createdAt: at, updatedAt: at, state: "open", title: "Fix\u001b[31m it" },
    ...{ top: join(root, "project"), commonDir: join(root, "project/.git"), worktree: "/w", cwd: "/w" },
    ...{ branch: `codex/fix-${id}`, baseTree: tree, tree, diffStat: "2 files changed, 3 insertions(+)" },
    ...parts,
  });
}

function run(words: string[]) {
  const env = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: join(root, "state") };
  return new Promise<string>((resolve) => {
    execFile(process.execPath, [BIN, "proposals", ...words], { env, cwd: join(root, "project") }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

test("lists the open proposals of the directory, the newest first", async () => {
  expect(await run([])).toBe("No open proposals of this directory; --all lists those of every one.\n");
  write(3);
  write(2, { state: "landed" });
  write(1, { project: join(root, "other") });
  expect((await run([])).split("\n")).toEqual([
    expect.stringMatching(/^pr-00000003 +3 min ago {2}2 files changed, 3 insertions\(\+\) {2}Fix.*it$/),
    "  branch codex/fix-pr-00000003, worktree /w",
    "",
  ]);
  expect(await run([])).not.toContain("\u001b");
  expect((await run(["--all"])).match(/^pr-/gm)).toHaveLength(2);
  expect(JSON.parse(await run(["--json"]))).toMatchObject([{ id: "pr-00000003" }]);
});
