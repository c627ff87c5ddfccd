// `codex-bridge validate`, as a process of its own; its corrections with the real Codex CLI.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, say, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

interface Run {
  readonly env: Record<string, string>;
  readonly cwd: string;
  /** Bytes for stdin; `undefined` gives it none. */
  readonly input?: string | Buffer | undefined;
}

/** Starts it. */
function start(words: string[], { env, cwd, input }: Run) {
  const child = spawn(process.execPath, [BIN, "validate", ...words], {
    env,
    cwd,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  // It may stop reading before the end.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const ended = new Promise<{ code: number | null; stdout: string; bytes: Buffer; stderr: string }>((resolve) => {
    child.on("close", (code) => {
      const bytes = Buffer.concat(out);
      resolve({ code, stdout: bytes.toString(), bytes, stderr: Buffer.concat(err).toString() });
    });
  });
  return { child, ended };
}

const run = (words: string[], options: Run) => start(words, options).ended;

/** A run without Codex. */
const check = (folder: string, words: string[], input?: string | Buffer) =>
  run(words, { env: { HOME: folder, PATH: process.env["PATH"] ?? "" }, cwd: folder, input });

const SCHEMA = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };

describe("a text that fits", () => {
  test.for<[string, string | Buffer, string[]]>([
    ["a pattern", "VERDICT: ok\nmore\n", ["--pattern", "^VERDICT: ok\n"]],
    ["a pattern up to the end, before its line break", "yes\r\n", ["--pattern", "^yes$"]],
    ["an empty pattern, being empty", "", ["--pattern", "^$"]],
    ["a schema", ' {"n": 1}\n', ["--schema", "schema.json"]],
    ["both", '{"n":12}', ["--schema", "schema.json", "--pattern", "12"]],
    ["a pattern, being long", `${"x".repeat(3_000_000)}y`, ["--pattern", "y$"]],
    ["a pattern, with a byte order mark", Buffer.from("\ufeffyes"), ["--pattern", "^yes$"]],
  ])("%s goes through unchanged", async ([, input, words], { folder }) => {
    writeFileSync(join(folder, "schema.json"), JSON.stringify(SCHEMA));
    const { code, bytes, stderr } = await check(folder, words, input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(bytes.equals(Buffer.from(input))).toBe(true);
  });
});

describe("a text that does not fit", () => {
  test.for<[string, string | Buffer | undefined, string[], RegExp]>([
    ["a pattern", "no\n", ["--pattern", "^yes$"], /stdin does not fit: it does not match \/\^yes\$\/u\.$/],
    ["one of several lines", "a\nyes\n", ["--pattern", "^yes$"], /does not match/],
    ["JSON", "{", ["--schema", "schema.json"], /it is not JSON/],
    ["JSON in a code fence", '```json\n{"n":1}\n```', ["--schema", "schema.json"], /it is not JSON/],
    [
      "JSON behind a byte order mark",
      '\ufeff{"n":1}',
      ["--schema", "schema.json"],
      /byte order mark\): it is not JSON/,
    ],
    ["a schema", '{"n":"1"}', ["--schema", "schema.json"], /answer\/n must be number/],
    ["the second of both", '{"n":1}', ["--pattern", "1", "--schema", "schema.json", "--pattern", "2"], /not match/],
    ["being empty", "", ["--schema", "schema.json"], /\(it is empty\): it is not JSON/],
    ["no stdin", undefined, ["--pattern", "x"], /\(it is empty\)/],
    ["bytes that are no text", Buffer.from([0xff, 0, 0x80]), ["--pattern", "."], /not UTF-8 text/],
  ])(
    "(%s) is exit code 1, with the reason on stderr and nothing on stdout",
    async ([, input, words, reason], { folder }) => {
      writeFileSync(join(folder, "schema.json"), JSON.stringify(SCHEMA));
      const { code, stdout, stderr } = await check(folder, words, input);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^codex-bridge: validate: [^\n]*\n$/);
      expect(stderr.trim()).toMatch(reason);
    },
  );
});

describe("wrong use, and what cannot be known, is exit code 2:", () => {
  test.for<[string, string[], RegExp, Buffer?]>([
    ["nothing to check by", [], /needs --pattern or --schema/],
    ["a pattern that is none", ["--pattern", "("], /--pattern cannot be used: .*Unterminated group/],
    ["a pattern nested too deep", ["--pattern", "(".repeat(400) + ")".repeat(400)], /nest 400 deep/],
    ["a schema file that is not there", ["--schema", "none.json"], /--schema none\.json cannot be read: ENOENT/],
    ["a folder for a schema", ["--schema", "folder"], /--schema folder cannot be read/],
    ["a schema file that is no JSON", ["--schema", "bad.json"], /--schema bad\.json: it is not JSON/],
    ["a schema file that is a list", ["--schema", "list.json"], /it is not a JSON object/],
    ["a schema that is none", ["--schema", "odd.json"], /--schema cannot be used/],
    ["another corrector", ["--pattern", "x", "--correct", "gemini"], /--correct takes one word: codex or claude/],
    ["an unknown option", ["--patern", "x"], /Did you mean --pattern/],
    ["a check without end", ["--pattern", "^(a+)+$"], /not known whether stdin fits: .*too long/, evil()],
    ["50 MB", ["--pattern", "x"], /longer than 12000000 bytes/, Buffer.alloc(50_000_000, "a")],
    ["too many characters", ["--pattern", "x"], /at most 4000000 are checked/, Buffer.alloc(4_000_001, "a")],
  ])("%s", async ([, words, reason, input], { folder }) => {
    mkdirSync(join(folder, "folder"));
    writeFileSync(join(folder, "bad.json"), "{");
    writeFileSync(join(folder, "list.json"), "[]");
    writeFileSync(join(folder, "odd.json"), '{"type":"nonsense"}');
    const { code, stdout, stderr } = await check(folder, words, input ?? Buffer.from("text"));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
  });
});

test("a terminal for stdin is wrong use", async ({ folder }) => {
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "" };
  const words = ["-qec", `"${process.execPath}" "${BIN}" validate --pattern x`, "/dev/null"];
  const { status, stdout } = spawnSync("script", words, { env, cwd: folder, encoding: "utf8", timeout: 20_000 });
  expect(stdout).toMatch(/it reads the text from stdin/);
  expect(status).toBe(2);
});

function evil(): Buffer {
  return Buffer.from(`${"a".repeat(40)}!`);
}

test("a reader that stops early is no error", async ({ folder }) => {
  const input = Buffer.alloc(3_000_000, "a");
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "" };
  const { child, ended } = start(["--pattern", "a"], { env, cwd: folder, input });
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
});

/** In a shell, with the program as `validate`. */
function inShell(folder: string, script: string) {
  writeFileSync(join(folder, "schema.json"), JSON.stringify(SCHEMA));
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "" };
  const whole = `validate() { "${process.execPath}" "${BIN}" validate "$@"; }; ${script}`;
  return spawnSync("bash", ["-c", whole], { env, cwd: folder, encoding: "utf8", timeout: 20_000 });
}

test("a folder for stdin is wrong use", ({ folder }) => {
  expect(inShell(folder, "validate --pattern ^ </")).toMatchObject({
    ...{ status: 2, stdout: "" },
    stderr: expect.stringContaining("stdin is a folder"),
  });
});

test("the schema may come from a pipe", ({ folder }) => {
  const { status, stdout } = inShell(folder, `echo '{"n":1}' | validate --schema <(cat schema.json)`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '{"n":1}\n' });
});

test.runIf(process.platform === "linux")("output that cannot be written is exit code 2", ({ folder }) => {
  const full = inShell(folder, "echo yes | validate --pattern yes >/dev/full");
  expect(full).toMatchObject({ status: 2, stderr: expect.stringMatching(/could not be written whole: ENOSPC\./) });
  const cut = inShell(folder, "trap '' XFSZ; yes a | head -c 3000000 >in; ulimit -f 8; validate --pattern a <in >out");
  expect(cut).toMatchObject({ status: 2, stderr: expect.stringMatching(/could not be written whole: EFBIG\./) });
});

describe("--correct codex", () => {
  const correct = (lab: Lab, words: string[], input: string) =>
    run([...words, "--correct", "codex"], { env: lab.env, cwd: lab.project, input });

  test("gives the corrected text of one read-only turn", async ({ lab }) => {
    lab.respond(say('```json\n{"n":1}\n```'));
    writeFileSync(join(lab.project, "schema.json"), JSON.stringify(SCHEMA));
    const { code, stdout, stderr } = await correct(lab, ["--schema", "schema.json"], "n is one\n");
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"n":1}\n', stderr: "" });
    expect(lab.standIn.requests).toHaveLength(1);
    expect(lab.standIn.requests[0]?.userTexts.at(-1)).toMatch(/it is not JSON.*"required":\["n"\].*n is one\n$/s);
    expect(JSON.stringify(lab.standIn.requests[0]?.body)).toContain("read-only");
  });

  test("gives a long one whole", async ({ lab }) => {
    const long = "yes ".repeat(30_000);
    lab.respond(say(long));
    const { code, stdout } = await correct(lab, ["--pattern", "^(?:yes ){9}"], "no");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${long}\n` });
  });

  test("asks nobody where the text fits", async ({ lab }) => {
    expect(await correct(lab, ["--pattern", "yes"], "yes")).toMatchObject({ code: 0, stdout: "yes" });
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is exit code 1 where the correction does not fit either", async ({ lab }) => {
    lab.respond(say("still no"));
    const { code, stdout, stderr } = await correct(lab, ["--pattern", "^yes$"], "no");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/Codex's correction does not fit: it does not match/);
    expect(lab.standIn.requests).toHaveLength(1);
  });

  test("is exit code 1 with both reasons where no correction came", async ({ lab }) => {
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    lab.respond(() => ({ error: { status: 400, body: { error: { message: "odd" } } } }));
    const { code, stdout, stderr } = await correct(lab, ["--pattern", "^yes$"], "no");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/stdin does not fit: .*Codex did not correct it: \[/);
  });

  test("names Claude Code where that was to correct it, and is not here", async ({ lab }) => {
    const env = { ...lab.env, CLAUDE_BIN: join(lab.root, "none") };
    const words = ["--pattern", "^yes$", "--correct", "claude"];
    const { code, stdout, stderr } = await run(words, { env, cwd: lab.project, input: "no" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/stdin does not fit: .*Claude Code did not correct it: \[AGENT_/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is no correction where a secret was taken out of it", async ({ lab }) => {
    const env = { ...lab.env, MY_TOKEN: "hunter2hunter2hunter2" };
    const words = ["--pattern", "^yes", "--correct", "codex"];
    for (const input of ["no", "no [redacted]"]) {
      lab.respond(say(`yes ${input.slice(3)} hunter2hunter2hunter2`));
      const { code, stdout, stderr } = await run(words, { env, cwd: lab.project, input });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/looks like a secret/);
    }
  });

  test("ends at a signal, with everything that it started", async ({ lab, processes }) => {
    lab.respond(() => new Promise(() => {}));
    const [name = "", value = ""] = processes.mark.split("=");
    const env = { ...lab.env, [name]: value };
    const words = ["--pattern", "^yes$", "--correct", "codex"];
    const { child, ended } = start(words, { env, cwd: lab.project, input: "no" });
    await until("the turn", () => lab.standIn.requests.length > 0);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stdout: "" });
    expect(findMarked(processes.mark)).toEqual([]);
  });
});
