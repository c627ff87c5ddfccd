// `codex-bridge migrate`, the built program, on Claude Code's files in a home of the test's own.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let root: string;
let home: string;
let project: string;
let servers: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "migrate-"));
  home = join(root, "home");
  project = join(root, "project");
  servers = join(project, ".mcp.json");
  mkdirSync(join(project, ".git"), { recursive: true });
  mkdirSync(home);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value, null, 2));
};
const read = (path: string) => readFileSync(path, "utf8");
const readJson = (path: string) => JSON.parse(read(path));

function run(words: string[], env: Record<string, string> = {}): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [BIN, "migrate", ...words], {
    cwd: project,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, BRIDGE_STATE_DIR: join(root, "state"), ...env },
  });
  let out = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (out += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out })));
}

const flat = (text: string): string => text.replace(/\s+/g, " ");
const official = (extra: object = {}) => ({ type: "stdio", command: "codex", args: ["mcp-server"], ...extra });
const OURS = { command: "node", args: [BIN, "mcp-server"] };

test("a fork, a script of one's own and a server that does something else are mentioned, and nothing to change is exit code 1", async () => {
  write(servers, {
    mcpServers: {
      fork: { command: "node", args: ["/home/me/codex-fork/server.js"] },
      chat: { command: "npx", args: ["codex-claude-bridge@latest"] },
      fs: { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "/srv/codex"] },
    },
  });
  const { code, out } = await run([servers]);
  expect(code, out).toBe(1);
  expect(flat(out)).toMatch(
    /! fork: left as it is: this command does not know the server; if it is a fork or a script of yours, change the entry by hand/,
  );
  expect(flat(out)).toMatch(/! chat: left as it is: it is a chat between both agents/);
  expect(out).not.toContain("fs:");
  expect(out).toContain("Nothing was changed; see the reasons above.");
});

test("variables that mean nothing any more are named", async () => {
  const env = { CODEX_MCP_CALLBACK_URI: "x", CODEX_HOME: join(home, ".codex"), BRIDGE_LOG_LEVEL: "warn", MY_TOOL: "y" };
  const old = { command: "npx", args: ["-y", "codex-mcp-server"] };
  write(servers, { mcpServers: { a: old, other: { ...old, env } } });
  const { code, out } = await run([servers]);
  expect(code, out).toBe(0);
  const told = flat(out);
  expect(told).toContain("other: variables of the old server that have no meaning here: CODEX_MCP_CALLBACK_URI ");
  expect(readJson(servers).mcpServers.other.env).toEqual(env);
});

test("an entry whose file of this bridge is gone is pointed to this one; another copy is named, and stays", async () => {
  const gone = "/home/me/old/codex-bridge/dist/bin.js";
  const env = { BRIDGE_LOG_LEVEL: "warn" };
  const other = join(root, "older/dist/bin.js");
  write(other, "");
  write(join(root, "older/package.json"), { name: "codex-bridge", version: "0.0.9" });
  write(servers, {
    mcpServers: {
      a: { command: "node", args: [gone, "mcp-server", "-m", "gpt-5.5"], env },
      b: { command: "node", args: [other] },
      codex: { command: "node", args: ["/home/me/main/dist/bin.js"] },
    },
  });
  const before = readJson(servers).mcpServers;
  const { code, out } = await run([]);
  expect(code, out).toBe(0);
  expect(readJson(servers).mcpServers).toEqual({
    ...before,
    a: { command: "node", args: [BIN, "mcp-server", "-m", "gpt-5.5"], env },
  });
  expect(flat(out)).toContain("a: codex-bridge at a path that is gone → codex-bridge; answers");
  expect(flat(out)).toMatch(
    /b: is this bridge already, from another copy \(version 0\.0\.9\): \S+older\/dist\/bin\.js/,
  );
  expect(flat(out)).toMatch(
    /codex: left as it is: \/home\/me\/main\/dist\/bin\.js is not there\. If it was this bridge/,
  );
  await run(["--undo"]);
  expect(readJson(servers).mcpServers).toEqual(before);
});

test("a byte order mark stays, and is no obstacle", async () => {
  writeFileSync(servers, `\ufeff${JSON.stringify({ mcpServers: { codex: official() } })}`);
  expect((await run([servers])).code).toBe(0);
  expect(readFileSync(servers, "utf8")).toMatch(/^\ufeff\{"mcpServers":\{"codex":\{"type":"stdio","command":"node"/);
});

test("every scope at once: shown, written with a copy, proved, the same a second time, undone", async () => {
  write(servers, { mcpServers: { codex: official({ args: ["-m", "gpt-5.5", "mcp-server"], note: "mine" }) } });
  const projects = { [project]: { history: [1], mcpServers: { local: official() } } };
  write(join(home, ".claude.json"), { mcpServers: { user: official({ command: "/opt/codex" }) }, projects });
  const before = [read(servers), read(join(home, ".claude.json"))];

  const shown = await run(["--dry-run"]);
  expect(shown.code, shown.out).toBe(0);
  expect(shown.out).toMatch(/codex: codex mcp-server → codex-bridge; answers in \d+ ms with codex, *\n? *codex-reply/);
  expect(shown.out).toContain('-      "command": "codex"');
  expect(shown.out).toContain("Nothing was written. Without --dry-run: 3 changes.");
  expect([read(servers), read(join(home, ".claude.json"))]).toEqual(before);

  const done = await run([]);
  expect(done.code, done.out).toBe(0);
  const [own, ...flags] = [BIN, "-m", "gpt-5.5", "mcp-server"];
  expect(readJson(servers)).toEqual({
    mcpServers: { codex: { type: "stdio", command: "node", args: [own, ...flags], note: "mine" } },
  });
  expect(readJson(join(home, ".claude.json"))).toEqual({
    mcpServers: { user: { type: "stdio", ...OURS, env: { CODEX_BIN: "/opt/codex" } } },
    projects: { [project]: { history: [1], mcpServers: { local: { type: "stdio", ...OURS } } } },
  });

  const again = await run([]);
  expect(again.out).toContain("Nothing to migrate here.");
  expect(again.out).toContain("codex: is this bridge already");

  const undone = await run(["--undo"]);
  expect(undone.code, undone.out).toBe(0);
  expect([read(servers), read(join(home, ".claude.json"))]).toEqual(before);
  expect((await run(["--undo"])).out).toContain("There is no migration to undo.");
});

test("one scope only; a wrong one is refused", async () => {
  write(servers, { mcpServers: { codex: official() } });
  write(join(home, ".claude.json"), { mcpServers: { user: official() } });
  await run(["--scope", "user"]);
  expect(readJson(servers).mcpServers.codex.command).toBe("codex");
  expect(readJson(join(home, ".claude.json")).mcpServers.user.command).toBe("node");
  expect(await run(["--scope", "world"])).toMatchObject({ code: 2, out: expect.stringContaining('--scope "world"') });
  expect((await run(["--scope", "user", servers])).code).toBe(2);
});

test("permission rules for the bridge are added beside those of the old server", async () => {
  write(servers, {
    mcpServers: { cx: { command: "npx", args: ["-y", "@trishchuk/codex-mcp-tool"] }, fs: { command: "fs" } },
  });
  const settings = join(project, ".claude/settings.json");
  const allow = ["mcp__cx__ask-codex", "mcp__cx__health", "Bash(ls)", "mcp__fs__ask-codex", "mcp__cx"];
  write(settings, { permissions: { allow: allow.slice(0, -1), ask: ["mcp__cx__ask-codex"] } });
  write(join(home, ".claude/settings.json"), { permissions: { allow: ["mcp__cx__ask-codex"] } });
  const { out } = await run([]);
  const ask = [
    "mcp__cx__ask-codex",
    "mcp__cx__codex",
    "mcp__cx__codex-reply",
    "mcp__cx__codex-ask",
    "mcp__cx__codex-review",
    "mcp__cx__review_panel",
    "mcp__cx__route_task",
    "mcp__cx__run_agent",
    "mcp__cx__run_collaboration",
    "mcp__cx__agent_job_control",
  ];
  expect(readJson(settings).permissions).toEqual({ allow: allow.slice(0, -1), ask });
  // What another file asks for is not allowed here.
  expect(readJson(join(home, ".claude/settings.json")).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
  expect(flat(out)).toContain("mcp__cx__codex is not added beside mcp__cx__ask-codex: the rule mcp__cx__codex in");
  expect(out).toMatch(/rule mcp__cx__health names a tool without a\s+counterpart/);
  expect(readJson(servers).mcpServers).toEqual({ cx: { command: "node", args: [BIN] }, fs: { command: "fs" } });
});

test("a rule that allows is added, and removed again; it never allows more than before, nor stands twice", async () => {
  write(servers, { mcpServers: { cx: { command: "npx", args: ["-y", "@trishchuk/codex-mcp-tool"] } } });
  const settings = join(project, ".claude/settings.json");
  write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
  await run([]);
  expect(readJson(settings).permissions.allow).toEqual([
    "mcp__cx__ask-codex",
    "mcp__cx__codex",
    "mcp__cx__codex-ask",
    "mcp__cx__agent_job",
  ]);
  await run(["--undo"]);
  expect(readJson(settings).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
  const permissions = {
    allow: [
      "mcp__cx__codex",
      "mcp__cx__codex-ask",
      "mcp__cx__agent_job",
      "mcp__cx__review-changes",
      "mcp__cx__ask-codex",
    ],
  };
  write(settings, { permissions });
  const { out } = await run([]);
  expect(readJson(settings).permissions).toEqual(permissions);
  expect(flat(out)).toContain("rule mcp__cx__review-changes names a tool without a counterpart");
});

test("where a server cannot be replaced its rules stay, and so do another project's of that name", async () => {
  const trish = { command: "npx", args: ["-y", "@trishchuk/codex-mcp-tool"] };
  write(servers, { mcpServers: { cx: trish } });
  const settings = join(project, ".claude/settings.json");
  write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
  const rules = read(settings);
  chmodSync(servers, 0o444);
  expect((await run([])).code).toBe(1);
  expect(read(settings)).toBe(rules);
  // A server of that name elsewhere is not asked for, and stays.
  chmodSync(servers, 0o644);
  const other = { allowedTools: ["mcp__cx__ask-codex"], mcpServers: { cx: trish } };
  write(join(home, ".claude.json"), { projects: { "/other": other } });
  await run(["--scope", "project"]);
  expect(readJson(servers).mcpServers.cx.command).toBe("node");
  expect(readJson(settings).permissions.deny).toEqual([
    "mcp__cx__ask-codex",
    "mcp__cx__codex",
    "mcp__cx__codex-reply",
    "mcp__cx__codex-ask",
    "mcp__cx__codex-review",
    "mcp__cx__review_panel",
    "mcp__cx__route_task",
    "mcp__cx__run_agent",
    "mcp__cx__run_collaboration",
    "mcp__cx__agent_job_control",
  ]);
  expect(readJson(join(home, ".claude.json")).projects["/other"]).toEqual(other);
});

test("a server of the same name that stays keeps its rules", async () => {
  write(servers, { mcpServers: { cx: { command: "npx", args: ["@trishchuk/codex-mcp-tool"] } } });
  write(join(home, ".claude.json"), { mcpServers: { cx: { command: "something-else" } } });
  const settings = join(home, ".claude/settings.json");
  write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
  await run([]);
  expect(readJson(settings).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
  expect(readJson(servers).mcpServers.cx.command).toBe("node");
});

test("beside an installed plugin nothing is registered; one that only this project turns on counts here alone", async () => {
  const installPath = join(root, "plugin");
  write(join(installPath, ".claude-plugin/plugin.json"), {
    name: "codex-bridge",
    mcpServers: { codex: { command: "node", args: [BIN] } },
  });
  write(join(home, ".claude/plugins/installed_plugins.json"), {
    plugins: { "codex-bridge@codex-bridge": [{ installPath }] },
  });
  const on = { enabledPlugins: { "codex-bridge@codex-bridge": true } };
  write(join(project, ".claude/settings.json"), on);
  write(servers, { mcpServers: { cx: official() } });
  write(join(home, ".claude.json"), { mcpServers: { mine: official() } });
  const { code, out } = await run([]);
  expect(code).toBe(0);
  expect(flat(out)).toContain(
    "cx: left as it is: Claude Code has the bridge as a plugin already (plugin:codex-bridge:codex). Remove this entry",
  );
  expect(readJson(servers).mcpServers.cx).toEqual(official());
  expect(readJson(join(home, ".claude.json")).mcpServers.mine).toMatchObject(OURS);
  write(join(home, ".claude/settings.json"), on);
  write(join(home, ".claude.json"), { mcpServers: { mine: official() } });
  expect((await run([])).code).toBe(1);
  expect(readJson(join(home, ".claude.json")).mcpServers.mine).toEqual(official());
});

describe("named paths", () => {
  test("a plugin, its manifest and the file that it names", async () => {
    const plugin = join(root, "plugin");
    write(join(plugin, ".claude-plugin/plugin.json"), { name: "my plug", mcpServers: "./servers.json" });
    write(join(plugin, "servers.json"), { mcpServers: { cx: { command: "npx", args: ["@cexll/codex-mcp-server"] } } });
    write(join(plugin, ".mcp.json"), { bare: official() });
    write(join(plugin, ".claude/settings.json"), { permissions: { allow: ["mcp__plugin_my_plug_cx__ask-codex"] } });
    const { code, out } = await run([plugin]);
    expect(code, out).toBe(0);
    expect(readJson(join(plugin, "servers.json")).mcpServers.cx).toEqual({ command: "node", args: [BIN] });
    expect(readJson(join(plugin, ".mcp.json")).bare.command).toBe("node");
    expect(readJson(join(plugin, ".claude/settings.json")).permissions.allow).toEqual([
      "mcp__plugin_my_plug_cx__ask-codex",
      "mcp__plugin_my_plug_cx__codex",
      "mcp__plugin_my_plug_cx__codex-ask",
      "mcp__plugin_my_plug_cx__agent_job",
    ]);
    expect(out).toMatch(/the path is one of this machine/);
  });

  test("a path that is nothing of the kind", async () => {
    expect(await run(["nowhere"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("nowhere: no registrations"),
    });
  });
});

describe("nothing is lost:", () => {
  const keeps = async (text: string, says: RegExp, code: number): Promise<void> => {
    write(servers, text);
    const result = await run([]);
    expect(result.out.replace(/\s+/g, " ")).toMatch(says);
    expect(result.code, result.out).toBe(code);
    expect(read(servers)).toBe(text);
    expect(readdirSync(project).sort()).toEqual([".git", ".mcp.json"]);
  };

  test.each([
    [
      "broken JSON",
      '{"mcpServers": {"codex": {"command": "codex", "args": ["mcp-server"]}',
      /is not valid JSON; left as it is/,
      1,
    ],
    ["an empty file", "", /is not valid JSON/, 1],
    [
      "a shell around it",
      JSON.stringify({ mcpServers: { c: { command: "sh", args: ["-c", "codex mcp-server"] } } }),
      /it starts through sh/,
      1,
    ],
    [
      "a flag that the bridge does not take",
      JSON.stringify({ mcpServers: { c: official({ args: ["--remote", "mcp-server"] }) } }),
      /option --remote/,
      1,
    ],
    [
      "args that are no texts",
      JSON.stringify({ mcpServers: { c: official({ args: ["mcp-server", 5] }) } }),
      /not all strings/,
      1,
    ],
    ["a server that does more", JSON.stringify({ mcpServers: { c: { command: "ai-cli-mcp" } } }), /other agents/, 1],
    [
      "a key that stands twice",
      '{"mcpServers": {"c": {"command": "codex", "args": ["mcp-server"]}, "c": {"command": "codex", "args": ["mcp-server"]}}}',
      /the same key twice/,
      1,
    ],
    [
      "shapes of any kind",
      JSON.stringify({ mcpServers: { a: null, b: [], c: 5, d: { command: 7 }, e: { type: "http", url: "x" } } }),
      /Nothing to migrate/,
      0,
    ],
    [
      "an env that is none",
      JSON.stringify({ mcpServers: { c: official({ env: null }) } }),
      /do not have the expected form/,
      1,
    ],
    [
      "args that are null",
      JSON.stringify({ mcpServers: { c: { command: "codex-mcp-server", args: null } } }),
      /do not have the expected form/,
      1,
    ],
    ["no object at all", "[1, 2]", /Nothing to migrate/, 0],
  ])("%s", (_name, text, says, code) => keeps(text, says, code));

  test("a file with a second name", async () => {
    write(servers, { mcpServers: { codex: official() } });
    linkSync(servers, join(root, "second.json"));
    const before = read(servers);
    expect(await run([])).toMatchObject({ code: 1, out: expect.stringContaining("hard link") });
    expect(read(servers)).toBe(before);
  });

  test("a file that is gone is no reason not to undo the others", async () => {
    const second = join(root, "b/.mcp.json");
    for (const path of [servers, second]) write(path, { mcpServers: { codex: official() } });
    await run([servers, second]);
    const migrated = read(second);
    rmSync(second);
    expect(await run(["--undo"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("is not there now; its copy"),
    });
    expect(readJson(servers).mcpServers.codex.command).toBe("codex");
    write(second, migrated);
    expect((await run(["--undo"])).code).toBe(0);
    expect(readJson(second).mcpServers.codex.command).toBe("codex");
    expect((await run(["--undo"])).out).toContain("no migration to undo");
    expect((await run(["--undo", servers])).code).toBe(2);
  });

  test("a read-only file", async () => {
    write(servers, { mcpServers: { codex: official() } });
    const before = read(servers);
    chmodSync(servers, 0o444);
    expect(await run([])).toMatchObject({
      code: 1,
      out: expect.stringContaining("left as it is: the file is read-only"),
    });
    expect(read(servers)).toBe(before);
    expect((await run(["--undo"])).out).toContain("no migration to undo");
  });

  test("comments, and a link", async () => {
    write(
      join(root, "shared.json"),
      '{\n  // ours\n  "mcpServers": { "c": { "command": "codex", "args": ["mcp-server"] } }\n}\n',
    );
    symlinkSync("../shared.json", servers);
    await run([]);
    expect(read(join(root, "shared.json"))).toBe(
      `{\n  // ours\n  "mcpServers": { "c": { "command": "node", "args": [${JSON.stringify(BIN)}, "mcp-server"] } }\n}\n`,
    );
  });

  test("a bridge that does not answer is not written", async () => {
    write(servers, { mcpServers: { codex: official() } });
    const before = read(servers);
    const { code, out } = await run([], { PATH: "/nowhere" });
    expect(code).toBe(1);
    expect(out).toMatch(/the bridge does not answer in its place/);
    expect(read(servers)).toBe(before);
  });

  test("what others changed since stays when it is undone", async () => {
    write(servers, { mcpServers: { codex: official() } });
    await run([]);
    const later = readJson(servers);
    write(servers, { mcpServers: { ...later.mcpServers, theirs: { command: "x" } }, more: 1 });
    expect((await run(["--undo"])).out).toContain("other changes stay");
    expect(readJson(servers)).toEqual({ mcpServers: { codex: official(), theirs: { command: "x" } }, more: 1 });
  });

  test("an entry that somebody changed since is theirs, and the copy is named", async () => {
    write(servers, { mcpServers: { codex: official() } });
    await run([]);
    write(servers, { mcpServers: { codex: { command: "theirs", args: [] } } });
    const { code, out } = await run(["--undo"]);
    expect(code).toBe(1);
    expect(out).toMatch(/was\s+changed\s+since,\s+and\s+stays;\s+the\s+copy:/);
    expect(readJson(servers).mcpServers.codex.command).toBe("theirs");
  });
});

test.each([0, 2])("nothing of the file is shown but what changes, indented by %i", async (indent) => {
  const secrets = ["hunter1", "hunter2", "hunter3", "hunter4", "hunter5"];
  const config = {
    mcpServers: {
      a: official({ args: ["-c", "x.token=hunter1", "mcp-server"], headers: { Authorization: "hunter2" } }),
      b: { command: "npx", args: ["-y", "codex-mcp-server", "--api-key", "hunter3", "--token=hunter4"] },
      "c\u001b[2J": official({ args: ["hunter5", "mcp-server"] }),
    },
  };
  write(servers, JSON.stringify(config, null, indent));
  const { out } = await run([]);
  expect(secrets.filter((secret) => out.includes(secret))).toEqual([]);
  expect(out).toContain("--api-key --token");
  expect(out).not.toContain("\u001b");
});

test("no secret of the file is shown, and the copy is the user's alone", async () => {
  const env = { OPENAI_API_KEY: "plain-secret-value", TOKEN: "${TOKEN}" };
  write(servers, { mcpServers: { codex: official({ env }) } });
  const { out } = await run([]);
  expect(out).not.toContain("plain-secret-value");
  expect(readJson(servers).mcpServers.codex.env).toEqual(env);
  const folder = /were: (\S+)\. codex-bridge/.exec(out.replaceAll("\n", " "))?.[1] ?? "";
  expect(existsSync(folder), out).toBe(true);
  const { mode } = statSync(join(folder, "0.backup"));
  expect(mode & 0o777).toBe(0o600);
});
