// A program that could not be started: what the system's code means is looked at, and the Codex CLI is not blamed for a directory.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { toSpawnError } from "../../../../src/agents/codex/launch/spawn-errors.ts";
import { startProgram } from "../../../../src/process/program.ts";

const folder = mkdtempSync(join(tmpdir(), "spawn-errors-"));
mkdirSync(join(folder, "cwd"));
writeFileSync(join(folder, "not-a-program"), "text");
writeFileSync(join(folder, "no-interpreter"), "#!/nowhere/node\n", { mode: 0o755 });
writeFileSync(join(folder, "a-file"), "");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (file: string, cwd: string, args: string[] = []) => {
  const program = await startProgram({
    file,
    args,
    env: {},
    cwd,
    input: "",
    signal: new AbortController().signal,
    onLine: () => {},
    onLongLine: () => {},
  });
  const { spawnError } = await program.ended;
  if (spawnError === undefined) throw new Error("it was started");
  return toSpawnError(spawnError, file, cwd);
};

test.each<[string, string, string, string, RegExp]>([
  ["a cwd that is gone", "/bin/true", "gone", "INVALID_ARGUMENT", /^The directory .*gone is gone\.$/],
  ["a cwd that is a file", "/bin/true", "a-file", "INVALID_ARGUMENT", /is a file now/],
  ["a program that is gone", "/nowhere/codex", "cwd", "AGENT_NOT_FOUND", /does not exist any more/],
  ["a program without its bit", join(folder, "not-a-program"), "cwd", "AGENT_NOT_FOUND", /may not be run/],
  [
    "a program without its interpreter",
    join(folder, "no-interpreter"),
    "cwd",
    "AGENT_BROKEN",
    /the interpreter that it names/,
  ],
])("%s", async (_name, file, cwd, code, message) => {
  const error = await start(file, join(folder, cwd));
  expect(error).toMatchObject({ code });
  expect(error.message).toMatch(message);
});

test("arguments that are longer than the system allows", async () => {
  const error = await start(
    "/bin/true",
    join(folder, "cwd"),
    Array.from({ length: 60 }, () => "x".repeat(100_000)),
  );
  expect(error).toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("longer than this system"),
  });
  expect(error.report.nextStep).not.toContain("install");
});

test("what the machine has run out of is not the CLI's absence", () => {
  const none = Object.assign(new Error("spawn EMFILE"), { code: "EMFILE" });
  expect(toSpawnError(none, "/bin/true", folder)).toMatchObject({ code: "MACHINE_LIMIT" });
});
