// Short programs with bytes in and out: the limits hold whatever the program started.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runForBytes } from "../../src/process/run-bytes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codex-bridge-bytes-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LIMITS = { timeoutMs: 300, maxBytes: 1_000, signal: new AbortController().signal };
const shell = (script: string) => ({
  file: "/bin/sh",
  args: ["-c", script],
  env: { PATH: "/usr/bin:/bin" },
  cwd: folder,
});

/** The pid that the script wrote is gone, or only a zombie that nobody has waited for. */
async function expectGone(name = "pid"): Promise<void> {
  const pid = readFileSync(join(folder, name), "utf8").trim();
  const state = () =>
    new Promise<string>((resolve) => execFile("ps", ["-o", "stat=", "-p", pid], (_error, out) => resolve(out.trim())));
  await expect.poll(state, { timeout: 2_000 }).toMatch(/^(Z.*)?$/);
}

test("gives what it printed, byte for byte", async () => {
  const output = await runForBytes({ ...shell("cat; echo no >&2; exit 3"), input: Buffer.from([0xff, 0, 10]) }, LIMITS);
  expect(output).toEqual({ exitCode: 3, stdout: Buffer.from([0xff, 0, 10]), stderr: "no\n", problem: undefined });
});

test.each([
  { what: "that waits for what it started", script: "echo a; sleep 60 & echo $! > pid; wait; echo b" },
  { what: "whose child holds its output", script: "echo a; sleep 60 & echo $! > pid" },
])("a program $what ends at the limit, with all that it started", async ({ script }) => {
  const began = performance.now();
  const { exitCode, stdout, problem } = await runForBytes(shell(script), LIMITS);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: undefined, stdout: "a\n" });
  expect(problem).toMatch(/timed out/);
  await expectGone();
});

test("a signal and too much output end the whole group too", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const limits = { ...LIMITS, timeoutMs: 60_000 };
  const stopped = await runForBytes(shell("sleep 60 & echo $! > pid"), { ...limits, signal: stop.signal });
  expect(stopped).toMatchObject({ exitCode: undefined, problem: expect.stringMatching(/cancel/) });
  await expectGone();
  const flood = await runForBytes(shell("sleep 60 & echo $! > other; while :; do echo yes; done"), limits);
  expect(flood).toMatchObject({ exitCode: undefined, problem: expect.stringMatching(/maxBuffer|output was larger/) });
  await expectGone("other");
});

test.runIf(process.platform === "linux")("one that left the group is not waited for", async () => {
  const script = "setsid sleep 5 & echo a";
  const began = performance.now();
  const { stdout } = await runForBytes(shell(script), LIMITS);
  expect(stdout.toString()).toBe("a\n");
  expect(performance.now() - began).toBeLessThan(4_000);
});
