// The command line of the program itself, as a person types it.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";

const NAMES = COMMANDS.filter(({ isInternal }) => isInternal !== true).map((command) => command.name);
const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "dist/bin.js");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(words: string[], options: { env?: Record<string, string>; shell?: string } = {}): Promise<Ran> {
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "", ...options.env };
  const [file, args] =
    options.shell === undefined ? [process.execPath, [BIN, ...words]] : ["/bin/bash", ["-c", options.shell]];
  return new Promise((resolve) => {
    const child = execFile(file, args, { env, cwd: folder, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end();
  });
}

describe("help", () => {
  test.each([[["--help"]], [["-h"]], [["help"]]])("%j lists every command", async (words) => {
    const { code, stdout } = await run(words);
    expect(code).toBe(0);
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test.each(NAMES)("%s says what it takes, in 80 columns", async (name) => {
    const own = await run([name, "--help"]);
    expect(own).toEqual(await run(["help", name]));
    expect(own.code).toBe(0);
    expect(own.stdout).toMatch(new RegExp(`^Usage: codex-bridge ${name}`));
    for (const line of own.stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("--version is one line", async () => {
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test("an error that knows its own next step says it instead of the way to the help", async () => {
  const { code, stderr } = await run(["memory", "import", "/nowhere"]);
  expect(stderr).toMatch(/^codex-bridge: memory: [^\n]*\/nowhere[^\n]* Name files or folders\.\n$/);
  expect(code).toBe(2);
});

test.each<[string[], RegExp]>([
  [["doctr"], /Unknown command "doctr"\. Did you mean doctor\?/],
  [["--hlp"], /Did you mean help\?/],
  [["xyz"], new RegExp(`Commands: ${NAMES.join(", ")}\\.`)],
  [["help", "rout"], /Did you mean route\?/],
  [["doctor", "--jsn"], /Unknown option '--jsn'\. Did you mean --json\?/],
  [["route", "--context-token", "5", "x"], /Did you mean --context-tokens\?/],
  [["route", "--zzz"], /Unknown option '--zzz'\. Run codex-bridge route --help/],
  [["route"], /needs a task or --eval/],
  [["route", "--eval"], /argument missing/],
  [["route", "x", "--eval", "y"], /not both/],
  [["route", "--eval", "/nowhere"], /cannot be read/],
  [["route", "--context-tokens", "", "x"], /--context-tokens: must be a whole number/],
  [["route", "--context-tokens", "1.5", "x"], /must be a whole number/],
  [["route", "--complexity", "2", "x"], /from 0 to 1/],
  [["route", "--files", "maybe", "x"], /--files/],
  [["demo", "live"], /Unexpected argument 'live'/],
  [["serve", "-m", "x"], /Unknown option/],
  [["mcp-server", "-c", "novalue"], /-c "novalue" is not KEY=VALUE/],
  [["-x", "mcp-server"], /Unknown option '-x'/],
])("%j is refused with the way out, exit code 2, nothing on stdout", async (words, message) => {
  const { code, stdout, stderr } = await run(words);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/Run codex-bridge ([\w-]+ )?--help\.\n$/);
  expect([code, stdout]).toEqual([2, ""]);
});

describe("route", () => {
  const task = (text: string, agent = "codex_cli") => JSON.stringify({ task: text, agent });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test("says who, why, and what else was near", async () => {
    const { stdout } = await run(["route", "Don't", "explain,", "fix", "the", "failing", "test"]);
    expect(stdout).toMatch(
      /^codex_cli \(context: minimal, sandbox: workspace-write\) by rule execution_required\n {2}because keywords: /,
    );
    expect(stdout).toContain("* execution_required (priority 85) applies");
  });

  test("--json is the decision", async () => {
    const { stdout } = await run(["route", "--json", "--context-tokens", "200000", "look at it"]);
    expect(JSON.parse(stdout)).toMatchObject({
      agent: "codex_cli",
      ruleId: "large_context",
      contextStrategy: "compressed",
    });
  });

  test("--eval judges, and names the misses", async () => {
    const path = write("tasks.jsonl", `\ufeff${task("fix the test")}\n\n${task("explain the test")}\n`);
    expect((await run(["route", "--eval", path])).stdout).toMatch(
      /^1 of 2 right \(50\.0 %\)\ncodex_cli .*codex_cli 1, claude_code 1\n[\s\S]*miss: wanted codex_cli, got claude_code .*explain the test\n$/,
    );
    expect((await run(["route", "--eval", write("empty.jsonl", "\n")])).stderr).toMatch(/contains no task/);
    expect((await run(["route", "--eval", write("bad.jsonl", `${task("x")}\n{`)])).stderr).toMatch(/line 2 is not/);
  });

  test("prints all of a long answer into a slow pipe, and does not mind one that closes", async () => {
    const path = write("many.jsonl", `${task("explain it")}\n`.repeat(3_000));
    const slow = `'${process.execPath}' '${BIN}' route --eval '${path}' | (sleep 0.5; wc -l); echo "\${PIPESTATUS[0]}"`;
    expect((await run([], { shell: slow })).stdout.trim().split(/\s+/)).toEqual(["3003", "0"]);
    const closed = `'${process.execPath}' '${BIN}' route --eval '${path}' | head -1`;
    const { stdout, stderr } = await run([], { shell: closed });
    expect(stdout).toContain("0 of 3000 right");
    expect(stderr).toBe("");
  });

  test("reads DELEGATION_RULES as the server does", async () => {
    const unset = await run(["route", "fix it"], { env: { DELEGATION_RULES: "" } });
    expect(unset.code).toBe(0);
    const literal = await run(["route", "fix it"], { env: { DELEGATION_RULES: "${DELEGATION_RULES}" } });
    expect(literal).toMatchObject({ code: 2, stderr: expect.stringContaining("was not expanded") });
    write("r.json", "{");
    expect((await run(["route", "fix it"], { env: { DELEGATION_RULES: "~/r.json" } })).stderr).toMatch(
      /r\.json: line 1/,
    );
  });
});
