import { expect, test } from "vitest";
import { runCommand, startProgram } from "../../src/process/program.ts";

const never = new AbortController().signal;

async function run(script: string, input = "", file = "/bin/sh") {
  const lines: string[] = [];
  const program = await startProgram({
    file,
    args: ["-c", script],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
    input,
    signal: never,
    onLine: (line) => lines.push(line),
    onLongLine: () => lines.push("(long)"),
  });
  return { lines, pid: program.pid, end: await program.ended };
}

test("lines, the half line at the end, exit code and stderr", async () => {
  const { lines, end } = await run("echo a; printf 'b\\nc'; echo oops >&2; exit 3");
  expect(lines).toEqual(["a", "b", "c"]);
  expect(end).toMatchObject({ exitCode: 3, stderr: "oops\n", spawnError: undefined });
});

test("a signal is told", async () => {
  expect((await run("kill -9 $$")).end).toMatchObject({ signal: "SIGKILL" });
});

test("input arrives whole; a program that does not read it is no failure", async () => {
  const input = "日本\u0000\n".repeat(100_000);
  expect((await run("wc -c", input)).lines[0]?.trim()).toBe(String(Buffer.byteLength(input)));
  expect((await run("exit 0", input)).end.exitCode).toBe(0);
});

test("a grandchild that holds the pipes does not keep the end away", async () => {
  const { lines, end, pid } = await run("echo start; sleep 30 & exit 0");
  expect(lines).toEqual(["start"]);
  expect(end.exitCode).toBe(0);
  process.kill(-(pid ?? 0), "SIGKILL");
});

test("a flood is read to its end", async () => {
  const { lines } = await run("yes 0123456789 | head -n 200000");
  expect(lines).toHaveLength(200_000);
});

test("what it wrote before its exit arrives whole, also where nobody gets to look for a while", async () => {
  const busy = setInterval(() => {
    for (const end = performance.now() + 250; performance.now() < end; );
  }, 1);
  try {
    const { lines, pid } = await run("seq 1 60000; sleep 30 & exit 0");
    expect(lines).toHaveLength(60_000);
    process.kill(-(pid ?? 0), "SIGKILL");
  } finally {
    clearInterval(busy);
  }
});

test("a line of 50 MB is one line", async () => {
  const { lines } = await run("head -c 50000000 /dev/zero | tr '\\0' x; echo; echo after");
  expect([lines[0]?.length, lines[1]]).toEqual([50_000_000, "after"]);
});

test("a program that is not there is told as that", async () => {
  const { end } = await run("", "", "/nowhere/program");
  expect(end.spawnError?.message).toContain("ENOENT");
});

test("a run that was ended before its spawn does not begin", async () => {
  const program = await startProgram({
    file: "/bin/sh",
    args: ["-c", "exit 1"],
    env: {},
    cwd: "/",
    input: "",
    signal: AbortSignal.abort(),
    onLine: () => {},
    onLongLine: () => {},
  });
  expect(program.pid).toBeUndefined();
  expect((await program.ended).spawnError).toBeUndefined();
});

test("a short command is ended by its time limit", async () => {
  const command = {
    file: "/bin/sh",
    args: ["-c", "echo a; exec sleep 30"],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
  };
  const output = await runCommand(command, { timeoutMs: 200, signal: never });
  expect(output).toMatchObject({ exitCode: undefined, stdout: "a" });
});

test("a short command that floods is ended, and what it printed is bounded", async () => {
  const command = { file: "/bin/sh", args: ["-c", "exec yes"], env: { PATH: process.env["PATH"] ?? "" }, cwd: "/" };
  const output = await runCommand(command, { timeoutMs: 30_000, signal: never });
  expect(output.exitCode).toBeUndefined();
  expect(output.stdout.length).toBeLessThanOrEqual(16_777_216);
});

test("a short command is ended by an abort at any moment", async () => {
  const command = {
    file: "/bin/sh",
    args: ["-c", "exec sleep 30"],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: "/",
  };
  for (let turns = 0; turns < 8; turns += 1) {
    const abort = new AbortController();
    const ended = runCommand(command, { timeoutMs: 30_000, signal: abort.signal });
    for (let at = 0; at < turns; at += 1) await Promise.resolve();
    abort.abort();
    expect((await ended).exitCode).toBeUndefined();
  }
});
