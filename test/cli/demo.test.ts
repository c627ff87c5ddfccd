// The demo as a newcomer sees it who has no Claude Code: the real Codex CLI, in a pipe and in colour, within 80 columns. The whole of it, with
// the real Claude Code, is in test/e2e/demo.test.ts.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HAS_MACHINE_CODEX } from "../support/lab.ts";

const ROOT = join(import.meta.dirname, "../..");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, words: string[], extra: Record<string, string> = {}): string {
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "", CI: "true", ...extra };
  return execFileSync(process.execPath, [resolve(ROOT, file), ...words], {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: "pipe",
  });
}

/** It takes 20 s on a quiet machine. */
const PATIENCE = { timeout: 120_000 };

test(
  "plain in a pipe, in colour where colour is forced, never wider than 80 columns but for paths; nothing is left behind",
  PATIENCE,
  () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("codex-bridge-demo-"));
    const coloured = run("dist/bin.js", ["demo"], { FORCE_COLOR: "1", CLAUDE_BIN: join(folder, "claude") });
    const plain = stripVTControlCharacters(coloured);
    expect(coloured).not.toBe(plain);
    expect(plain).toMatch(
      /✔ notes\.txt has 3 lines[\s\S]*✔ You asked me to remember PELICAN[\s\S]*↩ handed back to Claude[\s\S]*Left out: this machine has no Claude Code[\s\S]*DEPTH_EXCEEDED[\s\S]*says codex and second[\s\S]*is COMPLETE/,
    );
    for (const line of plain.split("\n")) {
      if (!line.includes("/dist/bin.js")) expect(line.length, line).toBeLessThanOrEqual(80);
    }
    expect(plain.trim().split("\n").at(-1)).toMatch(/^ {3}claude mcp add -s user codex -- node \/.*\/dist\/bin\.js$/);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("codex-bridge-demo-"))).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.skipIf(HAS_MACHINE_CODEX)("without a Codex CLI it says what to do, and ends with 1", () => {
  const elsewhere = mkdtempSync("/var/tmp/codex-bridge-test-");
  cpSync(join(ROOT, "dist-plugin/codex-bridge"), elsewhere, { recursive: true });
  try {
    run(join(elsewhere, "dist/bin.js"), ["demo"], { PATH: folder });
    expect.fail("it should have ended with 1");
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    expect(status).toBe(1);
    expect(stdout).toMatch(/✘ \[AGENT_NOT_FOUND\][\s\S]*npm install -g @openai\/codex/);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});
