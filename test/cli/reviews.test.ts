// `codex-bridge reviews`, as a process of its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createReviewFiles, type Review } from "../../src/state/review-files.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
  for (const name of ["project", "other"]) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes a review of `number` minutes ago. */
function write(number: number, parts: Partial<Review> = {}): void {
  createReviewFiles(join(root, "state")).write({
    ...{ id: `rv-0000000${number}`, project: join(root, "project"), createdAt: Date.now() - number * 60_000 },
    ...{ durationMs: 1_500, what: "uncommitted changes", cwd: join(root, "project"), target: { kind: "uncommitted" } },
    ...{ verdict: "request changes", isIncomplete: false, summary: "Two things.", agent: "Codex" },
    findings: [
      {
        ...{
          id: "F1",
          severity: "P1",
          file: "a.ts",
          startLine: 3,
          endLine: 3,
          title: "Wrong sign",
          body: "It subtracts.",
        },
        ...{ confidence: 0.9, evidence: "  return a - b;", isVerified: true },
      },
      {
        id: "F2",
        severity: "P3",
        title: "Odd \u001b[31m",
        body: "x",
        confidence: 0.2,
        isVerified: false,
        why: "no quote",
      },
    ],
    settled: [{ id: "F9", title: "Old", why: "mended" }],
    state: { kind: "tree", tree: "0" },
    leftOut: [{ path: "big.bin", reason: "it is no text" }],
    passes: [{ threadId: "t-1", files: ["a.ts"] }],
    warnings: [],
    ...parts,
  });
}

function run(words: string[]) {
  const env = { HOME: root, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: join(root, "state") };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [BIN, "reviews", ...words],
      { env, cwd: join(root, "project") },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("lists the reviews of the directory, the newest first", async () => {
  expect((await run([])).stdout).toBe("No reviews of this directory; --all lists those of every one.\n");
  write(2);
  write(1, { verdict: "approve", findings: [] });
  write(3, { project: join(root, "other") });
  expect((await run([])).stdout.split("\n")).toEqual([
    expect.stringMatching(/^rv-00000001 {2}approve .*0 findings {2}uncommitted changes$/),
    expect.stringMatching(/^rv-00000002 {2}request changes .*2 findings/),
    "",
  ]);
  expect((await run(["--all"])).stdout).toContain("rv-00000003");
});

test("prints one with its findings, harmless for a terminal", async () => {
  write(1);
  const { stdout, code } = await run(["--last"]);
  expect(code).toBe(0);
  expect(stdout).toContain("F1 P1 a.ts:3 Wrong sign\n   >   return a - b;\n   It subtracts.\n");
  expect(stdout).toContain("F2 P3 Odd \\u001b[31m\n   unverified: no quote\n");
  expect(stdout).toContain("settled F9 Old: mended\nleft out: big.bin: it is no text\nthread t-1\n");
  expect(JSON.parse((await run(["rv-00000001", "--json"])).stdout)).toMatchObject({ id: "rv-00000001" });
});

test("an id that is not there is an error", async () => {
  const { code, stderr } = await run(["rv-nothere0"]);
  expect(code).toBe(2);
  expect(stderr).toContain("There is no review");
});
