// `codex-bridge init --only codex`, the built program: the registration of the bridge in Codex, with the real Codex.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "smol-toml";
import { afterEach, beforeEach, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const CODEX = join(import.meta.dirname, "../../node_modules/.bin/codex");
let root: string;
let config: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "init-codex-"));
  for (const name of ["home/.codex", "project/.git", "bin"]) mkdirSync(join(root, name), { recursive: true });
  config = join(root, "home/.codex/config.toml");
  // Whether Claude Code is there is all that counts here.
  writeFileSync(join(root, "bin/claude"), "#!/bin/sh\necho '2.1.329 (Claude Code)'\n");
  chmodSync(join(root, "bin/claude"), 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (): string => readFileSync(config, "utf8");
const toEnv = (more: Record<string, string> = {}) => ({
  PATH: `${join(root, "bin")}:/usr/local/bin:/usr/bin:/bin`,
  HOME: join(root, "home"),
  CODEX_BIN: CODEX,
  BRIDGE_STATE_DIR: join(root, "state"),
  ...more,
});

function run(
  words: readonly string[],
  more: Record<string, string> = {},
): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [BIN, "init", ...words], {
    cwd: join(root, "project"),
    stdio: ["ignore", "pipe", "pipe"],
    env: toEnv(more),
  });
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (out += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out: out.replace(/\s+/g, " ") })));
}

const codex = (...words: string[]): string =>
  execFileSync(CODEX, words, { env: toEnv(), cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const TEXT = '# my own\nmodel = "x" # comment\n\n[mcp_servers.other]\ncommand = "true"\n# last\n';
const ADD = ["--yes", "--only", "codex", "--skip", "doctor"];

test("adds an entry that Codex takes, shown first; a second run changes nothing; undo gives every byte back", async () => {
  writeFileSync(config, TEXT);
  const shown = await run(["--dry-run", "--only", "codex"]);
  expect(shown.out).toContain("+[mcp_servers.codex-bridge]");
  expect(read()).toBe(TEXT);
  const { code, out } = await run(ADD);
  expect(code, out).toBe(0);
  expect(out).toContain("codex plugin add cc@codex-bridge");
  expect(read().startsWith(TEXT)).toBe(true);
  expect(parse(read())).toMatchObject({
    mcp_servers: {
      "codex-bridge": {
        command: "node",
        args: [BIN, "serve", "--role", "codex"],
        env_vars: expect.arrayContaining([
          ...["BRIDGE_DEPTH", "BRIDGE_CHAIN", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_USE_BEDROCK"],
          ...["AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "CLAUDE_CODE_USE_VERTEX", "GOOGLE_APPLICATION_CREDENTIALS"],
        ]),
        default_tools_approval_mode: "approve",
      },
    },
  });
  const listed: { name: string }[] = JSON.parse(codex("mcp", "list", "--json"));
  expect(listed.map(({ name }) => name).toSorted()).toEqual(["codex-bridge", "other"]);
  const written = read();
  expect((await run(ADD)).out).toContain('registered as "codex-bridge"');
  expect(read()).toBe(written);
  await run(["--undo"]);
  expect(read()).toBe(TEXT);
});

test("where Codex has written the file anew since, undo takes the entry out and leaves the rest", async () => {
  await run(ADD);
  codex("mcp", "add", "mine", "--", "true");
  const { code, out } = await run(["--undo"]);
  expect(code, out).toBe(0);
  expect(parse(read())).toEqual({ mcp_servers: { mine: { command: "true" } } });
});

test.each([
  ["an own key", (text: string) => text.replace("tool_timeout_sec = 660", "tool_timeout_sec = 900")],
  ["a table below it", (text: string) => `${text}\n[mcp_servers.codex-bridge.env]\nA = "b"\n`],
])("an entry with %s stays on undo, and is named", async (_, change) => {
  writeFileSync(config, TEXT);
  await run(ADD);
  writeFileSync(config, change(read()));
  const { code, out } = await run(["--undo"]);
  expect(code).toBe(1);
  expect(out).toContain("mcp_servers.codex-bridge was changed since, and stays");
});

test.each([
  ['[mcp_servers.codex-bridge]\ncommand = "other"\n', '"codex-bridge" is another server there'],
  [
    `[mcp_servers.cx]\ncommand = "node"\nargs = ["${BIN}"]\n`,
    'has the bridge as "cx", which offers tools for Claude Code',
  ],
  [`[mcp_servers.cx]\ncommand = "node"\nargs = ["${BIN}", "serve", "--role", "any"]\n`, 'registered as "cx"'],
  ['mcp_servers = { a = { command = "b" } }\n', "register the bridge yourself"],
  ["nonsense", "is not TOML"],
])("%s is left as it is", async (text, words) => {
  writeFileSync(config, text);
  const { out } = await run(ADD);
  expect(out).toContain(words);
  expect(read()).toBe(text);
});

test("without Claude Code, or without Codex, it says so and writes nothing", async () => {
  rmSync(join(root, "bin/claude"));
  expect((await run(ADD, { PATH: "/usr/bin:/bin" })).out).toContain("Claude Code is not installed");
  expect((await run(ADD, { CODEX_BIN: join(root, "none") })).out).toContain("without the Codex CLI");
  expect(existsSync(config)).toBe(false);
});
