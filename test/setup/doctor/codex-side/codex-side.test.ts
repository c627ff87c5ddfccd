// What `doctor` says of the bridge in Codex, with the real Codex's list and the built server; Claude Code is a script that answers as the
// real one does (test/e2e/codex-skills.test.ts has the real one).
import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { RunCodex } from "../../../../src/agents/codex/program/capabilities.ts";
import { loadSettings } from "../../../../src/settings/load.ts";
import type { Finding } from "../../../../src/setup/doctor/check.ts";
import { checkSideAfter } from "../../../../src/setup/doctor/codex-side/codex-side.ts";
import { CODEX_ENV_VARS } from "../../../../src/setup/files/codex-entry.ts";
import { HAS_PLUGINS, installPlugin, runCodex } from "../../../support/codex-plugin.ts";
import { test } from "../../../support/fixture.ts";
import { type Lab, NATIVE_CODEX } from "../../../support/lab.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const BIN = join(ROOT, "dist/bin.js");
const PLUGIN = "cc@codex-bridge";
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
const GONE = "/nowhere/codex-bridge/dist/bin.js";
const LOGGED_IN = { loggedIn: true, authMethod: "api_key", apiProvider: "firstParty" };

type Checks = Record<"codex-entry" | "codex-server" | "claude", Finding>;

/** A Claude Code that says of itself what the real one says. */
function installClaude(lab: Lab, status: object | string = LOGGED_IN): void {
  const folder = join(lab.root, "bin");
  mkdirSync(folder, { recursive: true });
  const said = typeof status === "string" ? status : JSON.stringify(status);
  const script = `#!/bin/sh\n[ "$1" = --version ] && echo '2.1.329 (Claude Code)' && exit\ntouch "\${CLAUDE_CONFIG_DIR:-$HOME}/first-start"\necho '${said}'; exit 1\n`;
  writeFileSync(join(folder, "claude"), script);
  chmodSync(join(folder, "claude"), 0o755);
}

/** Has Codex list what it has, and judges that; no server is started. */
async function checkEntry(lab: Lab, env: Record<string, string> = {}, listed?: string): Promise<Finding> {
  return start(lab, env, () => new Promise(() => {}), listed)["codex-entry"]();
}

/** The same, with everything that follows. */
async function check(lab: Lab, env: Record<string, string> = {}): Promise<Checks> {
  const checks = Object.entries(start(lab, env, async () => {}));
  const entries = checks.map(async ([id, ask]) => [id, await ask()] as const);
  return Object.fromEntries(await Promise.all(entries)) as Checks;
}

function start(lab: Lab, env: Record<string, string>, idle: () => Promise<void>, listed?: string) {
  const own = {
    ...{ HOME: lab.root, CODEX_HOME: lab.codexHome, BRIDGE_STATE_DIR: lab.stateDir },
    ...{ PATH: `${join(lab.root, "bin")}:${process.env["PATH"]}`, ...env },
  };
  const run: RunCodex = (args) =>
    new Promise((resolve) => {
      execFile(NATIVE_CODEX, [...args], { env: own, cwd: lab.project }, (error, stdout, stderr) => {
        const output = { stdout: args[0] === "mcp" ? (listed ?? stdout) : stdout, stderr };
        resolve({
          ...output,
          exitCode: error === null ? 0 : 1,
          wasEnded: false,
          signal: undefined,
          spawnError: undefined,
        });
      });
    });
  const load = (environment: NodeJS.ProcessEnv) => loadSettings({ env: environment, cwd: lab.project });
  const codexHome = lab.codexHome;
  const side = { env: own, cwd: lab.project, ownPath: BIN, version: VERSION, load, codexHome, run };
  return checkSideAfter({}, () => ({ ...side, idle }));
}

/** Registers the bridge as `init` does; `keys` come last and win. */
function register(
  lab: Lab,
  keys: Readonly<Record<string, unknown>> = {},
  name = "codex-bridge",
  config?: string,
): void {
  const entry = {
    ...{ command: process.execPath, args: [BIN, "serve", "--role", "codex"], env_vars: CODEX_ENV_VARS },
    ...{ tool_timeout_sec: 660, default_tools_approval_mode: "approve", ...keys },
  };
  const lines = Object.entries(entry).filter(([, value]) => value !== undefined);
  const text = lines.map(([key, value]) => `${key} = ${toToml(value)}`).join("\n");
  const table = `[mcp_servers.${name}]\n${text}\n`;
  if (config === undefined) lab.writeConfig({ tables: table });
  else writeFileSync(join(lab.codexHome, "config.toml"), `${config}\n${table}`);
}

const toToml = (value: unknown): string =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? `{ ${Object.entries(value)
        .map(([key, each]) => `${key} = ${toToml(each)}`)
        .join(", ")} }`
    : JSON.stringify(value);

test("nothing in Codex is no failure, and the command that registers the bridge is named", async ({ lab }) => {
  const checks = await check(lab);
  expect(Object.values(checks).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(checks["codex-entry"].found).toContain(`node ${BIN} init --only codex`);
});

test("the entry of init starts with the environment that Codex gives it, and finds Claude Code with its login", async ({
  lab,
}) => {
  installClaude(lab);
  register(lab);
  const checks = await check(lab, { ANTHROPIC_API_KEY: "dummy", OTHER_VARIABLE: "x" });
  // How fast it is depends on what else the machine does.
  expect(checks["codex-server"].status).not.toBe("failed");
  expect(checks["codex-entry"]).toMatchObject({ status: "ok" });
  expect(checks.claude, checks.claude.found).toMatchObject({ status: "ok" });
  expect(checks["codex-entry"].found).toBe(
    `"codex-bridge" (${join(lab.codexHome, "config.toml")}): role codex, approval mode approve, 660 s for a call`,
  );
  expect(checks["codex-server"].found).toMatch(/^"codex-bridge" answers Codex in \d+ ms with claude, claude-reply, /);
  expect(checks.claude.found).toMatch(/^Claude Code 2\.1\.329 at .*\/bin\/claude has a login \(api_key\)/);
});

test("the memory's own server is no bridge: nothing of Claude is asked of it, and it is none too many", async ({
  lab,
}) => {
  const keys = { args: [BIN, "memory-server"], env_vars: undefined, default_tools_approval_mode: undefined };
  register(lab, keys, "memory");
  const alone = await check(lab);
  expect(alone["codex-entry"], alone["codex-entry"].found).toMatchObject({ status: "warning" });
  expect(alone["codex-entry"].found).toMatch(
    /^not registered in Codex; .*; "memory" \(.*\): the shared memory alone; /,
  );
  expect(alone["codex-entry"].found).toContain(
    "it does not get BRIDGE_STATE_DIR, which is set here, so it has another",
  );
  expect(alone["codex-entry"].advice).toBe('Add to `env_vars` of the entry: "BRIDGE_STATE_DIR".');
  expect(alone["codex-server"].found).toMatch(/^"memory" answers Codex in \d+ ms with store_knowledge, /);
  expect(alone.claude).toMatchObject({ status: "ok", found: "none: Codex starts no bridge" });

  register(lab, { ...keys, env_vars: ["BRIDGE_STATE_DIR"] }, "memory");
  register(lab, {}, "codex-bridge", lab.readConfig());
  expect(await checkEntry(lab)).toMatchObject({
    status: "ok",
    found: expect.stringMatching(/^"codex-bridge" [^;]*; "memory" [^;]*: the shared memory alone$/),
  });
  // Codex is meant to have a bridge there, and nothing of it was looked at.
  register(lab, { ...keys, env_vars: ["BRIDGE_STATE_DIR"] }, "memory");
  register(lab, { args: [GONE, "serve", "--role", "codex"] }, "codex-bridge", lab.readConfig());
  expect(await start(lab, {}, async () => {}).claude()).toMatchObject({
    status: "skipped",
    found: expect.stringContaining("codex-entry has nothing to start"),
  });
  register(lab, { ...keys, args: [GONE, "memory-server", "--read-only"] }, "memory");
  expect(await checkEntry(lab)).toMatchObject({
    status: "failed",
    found: expect.stringContaining("/nowhere/codex-bridge/dist/bin.js is not there"),
    advice: expect.stringMatching(/codex mcp remove memory && codex mcp add memory -- .* memory-server --read-only`/),
  });
});

describe.runIf(HAS_PLUGINS)("the plugin", () => {
  test("starts from the copy of Codex, and needs no entry", async ({ lab }) => {
    installClaude(lab);
    installPlugin(lab, join(ROOT, "dist-plugin"), PLUGIN);
    const checks = await check(lab);
    expect(checks["codex-server"].found).toMatch(/answers Codex in .* with claude, /);
    expect(checks.claude).toMatchObject({ status: "ok" });
    expect(checks["codex-entry"].found).toBe(
      '"codex-bridge" of the plugin cc@codex-bridge: role codex, approval mode auto, 660 s for a call',
    );
  });

  test("beside an entry of the same name it is one bridge, beside one of another name it is two", async ({ lab }) => {
    installClaude(lab);
    installPlugin(lab, join(ROOT, "dist-plugin"), PLUGIN);
    const config = lab.readConfig();
    register(lab, {}, "codex-bridge", config);
    expect(await checkEntry(lab)).toMatchObject({ status: "ok" });
    register(lab, {}, "claude", config);
    expect(await checkEntry(lab)).toMatchObject({
      status: "warning",
      found: expect.stringMatching(/Codex starts the bridge twice, as "cl.*" and as "co/),
      advice: "Both offer the same tools. Remove one: `codex mcp remove claude`.",
    });
  });

  test("its copy may be gone, or an entry that is off may take its place", async ({ lab }) => {
    installPlugin(lab, join(ROOT, "dist-plugin"), PLUGIN);
    register(lab, { enabled: false }, "codex-bridge", lab.readConfig());
    expect(await checkEntry(lab)).toMatchObject({
      status: "warning",
      found: expect.stringContaining("takes the place of the server of cc@codex-bridge"),
    });
    runCodex(lab, "mcp", "remove", "codex-bridge");
    rmSync(join(lab.codexHome, "plugins/cache"), { recursive: true });
    const gone = await check(lab);
    expect(gone["codex-entry"]).toMatchObject({
      status: "failed",
      advice: expect.stringContaining("codex plugin add"),
    });
    expect(gone["codex-server"]).toMatchObject({ status: "skipped" });
  });
});

test.runIf(HAS_PLUGINS)("a copy of another version is named, with what makes it new", async ({ lab }) => {
  const old = join(lab.root, "old");
  cpSync(join(ROOT, "dist-plugin"), old, { recursive: true });
  for (const name of [".codex-plugin/plugin.json", "package.json"]) {
    const file = join(old, "codex-bridge", name);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version: "0.0.9" }));
  }
  installPlugin(lab, old, PLUGIN);
  const entry = await checkEntry(lab);
  expect(entry).toMatchObject({ status: "warning", found: expect.stringContaining("which is version 0.0.9") });
  const commands = /Install it again: `(.*)`/.exec(entry.advice ?? "")?.[1]?.split(" && ") ?? [];
  expect(commands).toHaveLength(3);
  for (const command of commands) runCodex(lab, ...command.split(" ").slice(1));
  // Its server names the copy by its version.
  const { found } = await checkEntry(lab);
  expect(found).not.toContain("0.0.9");
});

test.each<[string, Record<string, unknown>, "warning" | "failed", RegExp, RegExp]>([
  [
    "a path that is gone",
    { args: [GONE, "serve"] },
    "failed",
    /bin\.js is not there/,
    /codex mcp remove codex-bridge && /,
  ],
  [
    "no role",
    { args: [BIN, "serve"] },
    "warning",
    /tools for Claude Code/,
    /give `args` of the entry "--role", "codex"/i,
  ],
  ["no command", { args: [BIN] }, "warning", /tools for Claude Code/, /"serve", "--role", "codex"/],
  ["questions", { default_tools_approval_mode: "prompt" }, "warning", /`codex exec` refuses it/, /set it to "approve"/],
  ["questions for one", { tools: { claude: { approval_mode: "prompt" } } }, "warning", /of claude/, /Remove that key/],
  ["a hidden tool", { disabled_tools: ["claude"] }, "warning", /hides the tool claude/, /disabled_tools/],
  ["an early end", { tool_timeout_sec: 60 }, "warning", /up after 60 s, .* after 240 s/, /tool_timeout_sec = 660/],
  ["no jobs", { env: { BRIDGE_JOB_AFTER_MS: "0" } }, "warning", /never goes on/, /BRIDGE_JOB_AFTER_MS above 0/],
  ["a wrong setting", { env: { BRIDGE_MAX_TURNS: "x" } }, "failed", /BRIDGE_MAX_TURNS/, /`env` of the entry/],
  [
    "no names",
    { env_vars: undefined },
    "warning",
    /get BRIDGE_DEPTH and BRIDGE_CHAIN/,
    /"BRIDGE_DEPTH", "BRIDGE_CHAIN"/,
  ],
  ["a lost key", { env_vars: ["BRIDGE_DEPTH", "BRIDGE_CHAIN"] }, "warning", /ANTHROPIC_API_KEY.*set here/, /env_vars/],
])("%s", async (_, keys, status, says, advice) => {
  const { createLab } = await import("../../../support/lab.ts");
  const lab = await createLab();
  try {
    register(lab, keys);
    const entry = await checkEntry(lab, { ANTHROPIC_API_KEY: "dummy" });
    expect(entry, JSON.stringify(entry)).toMatchObject({ status });
    expect(entry.found).toMatch(says);
    expect(entry.advice).toMatch(advice);
  } finally {
    await lab.close();
  }
});

test.each<[string, object | string | undefined, string, RegExp]>([
  ["no Claude Code", undefined, "failed", /finds no Claude Code/],
  ["no login", { ...LOGGED_IN, loggedIn: false, authMethod: "none" }, "failed", /has no login, as "codex-bridge"/],
  ["an old one", "error: unknown command", "warning", /does not say whether it has a login/],
])("%s is said", async (_, status, wanted, says) => {
  const { createLab } = await import("../../../support/lab.ts");
  const lab = await createLab();
  try {
    if (status !== undefined) installClaude(lab, status);
    register(lab);
    const env: Record<string, string> = status === undefined ? { PATH: "/usr/bin:/bin" } : {};
    const claude = await start(lab, env, () => new Promise(() => {})).claude();
    expect(claude.status, JSON.stringify(claude)).toBe(wanted);
    expect(claude.found).toMatch(says);
    expect(claude.advice).toBeDefined();
    // Claude Code writes into its folder when it is started for the first time.
    expect(existsSync(join(lab.root, "first-start"))).toBe(false);
  } finally {
    await lab.close();
  }
});

test("a server that does not answer, and one that takes its time, are told", async ({ lab }) => {
  const silent = join(lab.root, "codex-bridge");
  writeFileSync(silent, "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  register(lab, { command: silent, args: ["serve", "--role", "codex"], startup_timeout_sec: 1 });
  expect((await check(lab))["codex-server"]).toMatchObject({
    status: "failed",
    found: expect.stringContaining("no handshake within 1 s"),
    advice: expect.stringContaining("Run it yourself"),
  });
  writeFileSync(silent, `#!/bin/sh\nsleep 1.1\nexec ${process.execPath} ${BIN} "$@"\n`, { mode: 0o755 });
  register(lab, { command: silent, args: ["serve", "--role", "codex"] });
  expect((await check(lab))["codex-server"]).toMatchObject({
    status: "warning",
    advice: expect.stringContaining("required = true"),
  });
  register(lab, { command: silent, args: ["serve", "--role", "codex"], required: true });
  expect((await check(lab))["codex-server"]).toMatchObject({ status: "ok" });
});

test("a list that cannot be read is not the same as none", async ({ lab }) => {
  expect(await checkEntry(lab, {}, "nonsense")).toMatchObject({ status: "warning" });
});
