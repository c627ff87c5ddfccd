// What a person's terminal gets from files that somebody else wrote: nothing that it would obey, and no line that is not ours.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toCodexConfig } from "../../src/setup/demo/responses-standin.ts";
import { createLab, type Lab } from "../support/lab.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "dist/bin.js");
/** Clears the screen, sets a title, goes up a line, turns the direction, hides; then a line as `doctor` prints it. */
const EVIL = "\x1b[2J\x1b]0;owned\x07\x1b[1A\x9b8m\r\u202e\u200bx\n✔ forged        all is well";

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.close());

function run(words: string[], env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const own = { HOME: lab.root, PATH: process.env["PATH"] ?? "", FORCE_COLOR: "1", ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...words], { env: own, cwd: lab.project }, (_error, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
}

/** Takes our own colours away; then nothing may be left that a terminal obeys. */
function expectHarmless({ stdout, stderr }: { stdout: string; stderr: string }): void {
  const plain = `${stdout}${stderr}`.replace(/\x1b\[(?:1|22|3[1236]|39|90)m/g, "");
  expect(plain).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Zl}/u);
  expect(plain).not.toMatch(/^\s*✔ forged/m);
  expect(plain).toContain("\\u001b");
}

const toToml = (text: string): string => JSON.stringify(text).replaceAll("\x9b", "\\u009b");
const write = (path: string, value: unknown): void => writeFileSync(path, JSON.stringify(value));

test.each<[string, () => Record<string, string> | undefined]>([
  [
    "a server's name",
    () => write(join(lab.project, ".mcp.json"), { mcpServers: { [EVIL]: { command: "codex-bridge" } } }) as undefined,
  ],
  [
    "a command and its arguments",
    () =>
      write(join(lab.root, ".claude.json"), {
        mcpServers: { a: { command: `${EVIL}/codex-bridge`, args: [EVIL] } },
      }) as undefined,
  ],
  [
    "an old server",
    () =>
      write(join(lab.project, ".mcp.json"), {
        mcpServers: { [EVIL]: { command: "codex", args: ["mcp-server"] } },
      }) as undefined,
  ],
  ["CODEX_BIN", () => ({ ...lab.env, CODEX_BIN: `/nowhere/${EVIL}` })],
  ["a setting", () => ({ ...lab.env, BRIDGE_MAX_SANDBOX: EVIL })],
  [
    "an MCP server's name in config.toml",
    () => {
      lab.writeConfig({ tables: `[mcp_servers.${toToml(EVIL)}]\ncommand = "true"\n` });
      return lab.env;
    },
  ],
  [
    "a provider's name in config.toml",
    () => {
      const name = toToml(EVIL);
      const config = toCodexConfig("http://127.0.0.1:9").replaceAll(/"standin"|standin(?=\])/g, name);
      writeFileSync(join(lab.codexHome, "config.toml"), config.replace("STANDIN_KEY", "NOT_SET"));
      return lab.env;
    },
  ],
  [
    "what Codex says of itself",
    () => {
      const path = join(lab.root, "codex");
      writeFileSync(path, `#!/bin/sh\nprintf '%s' '${EVIL}' >&2; exit 1\n`, { mode: 0o755 });
      return { ...lab.env, CODEX_BIN: path };
    },
  ],
  [
    "a rules file",
    () => {
      const path = join(lab.root, `rules${EVIL.replaceAll("/", "")}.json`);
      write(path, { routing_config: { [EVIL]: 1 } });
      return { ...lab.env, DELEGATION_RULES: path };
    },
  ],
])("doctor, with %s", async (_name, arrange) => {
  const env = arrange() ?? lab.env;
  expectHarmless(await run(["doctor"], env));
  const { stdout } = await run(["doctor", "--json"], env);
  expect(stdout).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}|\p{Zl}/u);
  expect(JSON.stringify(JSON.parse(stdout))).toContain("\\u001b");
});

test("route, with a rules file and with tasks", async () => {
  const rules = JSON.parse(readFileSync(join(ROOT, "delegation-rules.json"), "utf8"));
  rules.routing_config.routing_rules = [
    {
      ...rules.routing_config.routing_rules[0],
      rule_id: EVIL,
      conditions: { keywords: [`fix`, EVIL], task_type: [EVIL] },
    },
  ];
  const path = join(lab.root, "rules.json");
  write(path, rules);
  const env = { DELEGATION_RULES: path };
  expectHarmless(await run(["route", "fix it", "--type", EVIL], env));
  const tasks = join(lab.root, "tasks.jsonl");
  writeFileSync(tasks, JSON.stringify({ task: `nothing ${EVIL}`, agent: "codex_cli" }));
  expectHarmless(await run(["route", "--eval", tasks], env));
  expectHarmless(await run(["route", "x"], { DELEGATION_RULES: `/nowhere${EVIL}` }));
});

test("migrate, with names in files, and words that are wrong", async () => {
  const folder = join(lab.project, `dir${EVIL.replaceAll("/", "")}`);
  mkdirSync(folder);
  write(join(folder, ".mcp.json"), {
    mcpServers: { [EVIL]: { command: "npx", args: ["-y", "codex-mcp-server", EVIL] } },
  });
  expectHarmless(await run(["migrate", "--dry-run", folder]));
  expectHarmless(await run([EVIL]));
  expectHarmless(await run(["route", `--${EVIL}`]));
});

test("nothing but the one writer prints, and styles are its own", () => {
  const allowed = [
    "src/cli/output.ts",
    "src/cli/serve.ts",
    "src/cli/run-jobs.ts",
    "src/bin.ts",
    "src/logging/pino-logger.ts",
  ];
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).map((path) => `src/${path}`);
  const others = files.filter((path) => path.endsWith(".ts") && !allowed.includes(path));
  const printing = others.filter((path) =>
    /process\.std(?:out|err)\b|styleText|writeSync\([12]\b|\\x1b\[(?!\[)/.test(readFileSync(join(ROOT, path), "utf8")),
  );
  expect(printing).toEqual([]);
});
