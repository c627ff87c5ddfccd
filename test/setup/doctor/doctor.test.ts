// `doctor` with the built server and the real Codex CLI: every warning and every failure is provoked once.
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readEntryFlags } from "../../../src/cli/codex-flags.ts";
import { toAreas } from "../../../src/cli/doctor.ts";
import { refuseWriting } from "../../../src/delegation/threads/writable-areas.ts";
import { connectClient } from "../../../src/mcp/client.ts";
import { readListing } from "../../../src/mcp/listing.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { createProcessTable } from "../../../src/process/process-table.ts";
import { loadSettings } from "../../../src/settings/load.ts";
import { type Check, findWorst } from "../../../src/setup/doctor/check.ts";
import { runDoctor } from "../../../src/setup/doctor/doctor.ts";
import { TOOL_NAMES } from "../../../src/setup/doctor/permission-checks.ts";
import { CLI, createLab, HAS_MACHINE_CODEX, type Lab, NATIVE_CODEX, say } from "../../support/lab.ts";

const ROOT = join(import.meta.dirname, "../../..");
const BIN = join(ROOT, "dist/bin.js");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
let lab: Lab;

beforeEach(async () => {
  lab = await createLab(say("OK"));
  register({});
});
afterEach(() => lab.close());

/** Registers the bridge for the lab's project, with the lab's environment in its entry. */
function register(extra: Record<string, unknown>, env: Record<string, string> = {}): void {
  const entry = { type: "stdio", command: process.execPath, args: [BIN], env: { ...lab.env, ...env }, ...extra };
  writeFileSync(join(lab.root, ".claude.json"), JSON.stringify({ mcpServers: { codex: entry } }));
}

interface Run {
  /** Ids of the checks to make, for speed; all of them if absent. */
  readonly only?: readonly string[];
  readonly isTurn?: boolean;
  readonly isFix?: boolean;
  readonly env?: Record<string, string>;
}

async function doctor({ only, isTurn = false, isFix = false, env = {} }: Run = {}): Promise<Record<string, Check>> {
  const cwd = lab.project;
  const checks = await runDoctor({
    env: { HOME: lab.root, PATH: process.env["PATH"] ?? "", ...env },
    cwd,
    ownPath: BIN,
    shippedRules: join(ROOT, "delegation-rules.json"),
    version: VERSION,
    isTurn,
    isFix,
    only,
    readFlags: readEntryFlags,
    refuseWriting: (settings, merged) => refuseWriting(cwd, toAreas(settings, merged)),
    load: (merged) => loadSettings({ env: merged, cwd }),
  });
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

/** One check, with what it depends on. */
async function check(id: string, run: Run = {}): Promise<Check> {
  const { [id]: found } = await doctor({ ...run, only: [id] });
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
}

test("all is well, in the order in which one would fix things, with one real turn", async () => {
  const checks = await doctor({ isTurn: true });
  expect(findWorst(Object.values(checks)), JSON.stringify(checks, null, 2)).toBe("ok");
  expect(Object.keys(checks)).toEqual([
    ...["node", "settings", "codex", "codex-home", "credential", "certificates", "sandbox", "codex-rules", "sockets"],
    ...[
      "directory",
      "rules",
      "state",
      "memory",
      "leftovers",
      "worktrees",
      "runners",
      "registration",
      "permissions",
      "codex-mcp",
      "codex-hooks",
      "agents",
      "server",
      "turn",
      "codex-entry",
      "codex-server",
      "claude",
    ],
  ]);
  expect(checks["settings"]?.found).toMatch(/^all valid; \d background jobs at once, kept for 7 days$/);
  expect(checks["codex"]?.found).toMatch(/^codex 0\.\d+\.\d+ at \//);
  expect(checks["credential"]?.found).toContain("provider key");
  expect(checks["memory"]?.found).toMatch(/^on this machine \(.+\): nothing yet$/);
  expect(checks["registration"]?.found).toContain('"codex" in user scope');
  expect(checks["server"]?.found).toContain("codex, codex-reply, ");
  expect(checks["turn"]?.found).toContain('"OK"');
  expect(lab.standIn.requests).toHaveLength(1);
});

test("checks that are named are made with what they depend on, and reported alone; one that there is not is named", async () => {
  expect(Object.keys(await doctor({ only: ["server", "codex-rules"] }))).toEqual(["codex-rules", "server"]);
  // Never asked whether the sandbox works.
  expect(existsSync(join(lab.stateDir, "sandbox-probe"))).toBe(false);
  register({}, { CODEX_BIN: "/nowhere/codex" });
  expect(await doctor({ only: ["credential"] })).toEqual({
    credential: { id: "credential", status: "skipped", found: "not checked: codex failed" },
  });
  const { status, stderr } = spawnSync(process.execPath, [BIN, "doctor", "--only", "server,none"], {
    cwd: lab.project,
    env: lab.env,
    encoding: "utf8",
  });
  expect(stderr).toMatch(/there is no check "none"; the checks are node, settings, /);
  expect(status).toBe(2);
});

/** One thing that is wrong, and what its check says then. */
interface Case {
  readonly id: string;
  readonly status: "warning" | "failed";
  readonly says: RegExp;
  readonly advice: RegExp;
  readonly arrange: () => unknown;
}

const rules = (change: (config: any) => void): string => {
  const file = JSON.parse(readFileSync(join(ROOT, "delegation-rules.json"), "utf8"));
  change(file.routing_config);
  const path = join(lab.root, "rules.json");
  writeFileSync(path, JSON.stringify(file));
  return path;
};
const fakeCodex = (script: string): string => {
  const path = join(lab.root, "fake-codex");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
};

test.each<[string, Case]>([
  [
    "a wrong setting",
    {
      id: "settings",
      status: "failed",
      says: /BRIDGE_MAX_TURNS="many"/,
      advice: /env/,
      arrange: () => register({}, { BRIDGE_MAX_TURNS: "many" }),
    },
  ],
  [
    "a limit that nobody expanded",
    {
      id: "settings",
      status: "failed",
      says: /BRIDGE_ROOTS=.*\$\{CLAUDE_PROJECT_DIR\} was not expanded/,
      advice: /env/,
      arrange: () => register({}, { BRIDGE_ROOTS: "${CLAUDE_PROJECT_DIR}/src" }),
    },
  ],
  [
    "a key that nobody expanded",
    {
      id: "settings",
      status: "warning",
      says: /CODEX_API_KEY was not expanded/,
      advice: /empty default/,
      arrange: () => register({}, { CODEX_API_KEY: "${NOT_SET_ANYWHERE}" }),
    },
  ],
  [
    "no Codex",
    {
      id: "codex",
      status: "failed",
      says: /was not found/,
      advice: /^Install the Codex CLI .* or set CODEX_BIN/,
      arrange: () => register({}, { CODEX_BIN: "/nowhere/codex" }),
    },
  ],
  [
    "a Codex that is too old",
    {
      id: "codex",
      status: "failed",
      says: /codex 0\.40\.0/,
      advice: /0\.50 or newer/,
      arrange: () => register({}, { CODEX_BIN: fakeCodex("echo codex-cli 0.40.0") }),
    },
  ],
  [
    "a program that is no Codex",
    {
      id: "codex",
      status: "failed",
      says: /does not print its version \(exit code 3\): what\?/,
      advice: /CODEX_BIN/,
      arrange: () => register({}, { CODEX_BIN: fakeCodex("echo 'what?' >&2; exit 3") }),
    },
  ],
  [
    "npm's wrapper without its program",
    {
      id: "codex",
      status: "warning",
      says: /npm's wrapper/,
      advice: /Install @openai\/codex again/,
      arrange: () => {
        const folder = join(lab.root, "pkg", "bin");
        mkdirSync(folder, { recursive: true });
        writeFileSync(
          join(folder, "codex.js"),
          `#!/bin/sh\n[ "$1" = --version ] || exec '${NATIVE_CODEX}' "$@"\necho codex-cli 0.169.0\n`,
          { mode: 0o755 },
        );
        register({}, { CODEX_BIN: join(folder, "codex.js") });
      },
    },
  ],
  [
    "a home of Codex that is not there",
    {
      id: "codex-home",
      status: "failed",
      says: /does not exist/,
      advice: /Correct CODEX_HOME/,
      arrange: () => register({}, { CODEX_HOME: join(lab.root, "gone") }),
    },
  ],
  [
    "no default home of Codex, which `codex login` makes",
    {
      id: "codex-home",
      status: "warning",
      says: /does not exist/,
      advice: /codex login/,
      arrange: () => register({}, { CODEX_HOME: join(lab.root, ".codex") }),
    },
  ],
  [
    "a config.toml that is no TOML",
    {
      id: "codex-home",
      status: "failed",
      says: /config\.toml cannot be read/,
      advice: /Correct .*config\.toml/,
      arrange: () => writeFileSync(join(lab.codexHome, "config.toml"), "a = ["),
    },
  ],
  [
    "a config.toml that Codex refuses",
    {
      id: "codex-home",
      status: "failed",
      says: /Codex says: .*config/i,
      advice: /Correct .*config\.toml/,
      arrange: () => lab.writeConfig({ top: "model_context_window = true" }),
    },
  ],
  [
    "a home that is a file",
    {
      id: "codex-home",
      status: "failed",
      says: /cannot be read and written/,
      advice: /owner or mode/,
      arrange: () => {
        rmSync(lab.codexHome, { recursive: true });
        writeFileSync(lab.codexHome, "");
      },
    },
  ],
  [
    "no credential",
    {
      id: "credential",
      status: "failed",
      says: /no login and no API key/,
      advice: /^Run `codex login`, or set CODEX_API_KEY/,
      arrange: () => writeFileSync(join(lab.codexHome, "config.toml"), ""),
    },
  ],
  [
    "certificates that only Node is told of",
    {
      id: "certificates",
      status: "warning",
      says: /^NODE_EXTRA_CA_CERTS is set, which Codex does not read$/,
      advice: /set SSL_CERT_FILE .*: \/company\.pem/,
      arrange: () => register({}, { NODE_EXTRA_CA_CERTS: "/company.pem" }),
    },
  ],
  [
    "a certificate variable that names no file",
    {
      id: "certificates",
      status: "warning",
      says: /^SSL_CERT_FILE=\/nowhere\.pem names no file with certificates/,
      advice: /Correct SSL_CERT_FILE/,
      arrange: () => register({}, { SSL_CERT_FILE: "/nowhere.pem", NODE_EXTRA_CA_CERTS: "/company.pem" }),
    },
  ],
  [
    "a sandbox that cannot start",
    {
      id: "sandbox",
      status: "failed",
      says: /cannot start: .*namespace/i,
      advice: /user namespaces/,
      arrange: () => {
        const inner = `echo 0 > /proc/sys/user/max_user_namespaces; exec '${NATIVE_CODEX}' "$@"`;
        register(
          {},
          { CODEX_BIN: fakeCodex(`exec unshare -Ur /bin/sh -c '${inner.replaceAll("'", "'\\''")}' sh "$@"`) },
        );
      },
    },
  ],
  [
    "a sandbox that starts for reading only",
    {
      id: "sandbox",
      status: "warning",
      says: /not for turns that write in this directory: .*(no-folder|Not a directory)/,
      advice: /writable root of config\.toml/,
      arrange: () => {
        writeFileSync(join(lab.outside, "no-folder"), "");
        lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${lab.outside}/no-folder"]\n` });
      },
    },
  ],
  [
    "a sandbox that does not hold",
    {
      id: "sandbox",
      status: "failed",
      says: /could write/,
      advice: /update the Codex CLI/,
      arrange: () =>
        register(
          {},
          {
            CODEX_BIN: fakeCodex(
              '[ "$1" = --version ] && { echo codex-cli 0.169.0; exit; }; while [ "$1" != -- ] && [ $# -gt 0 ]; do shift; done; shift; exec "$@"',
            ),
          },
        ),
    },
  ],
  [
    "a broken rules file",
    {
      id: "rules",
      status: "failed",
      says: /routing_config\.version/,
      advice: /RULES_INVALID/,
      arrange: () => register({}, { DELEGATION_RULES: rules((config) => delete config.version) }),
    },
  ],
  [
    "a rule whose timeout is too short",
    {
      id: "rules",
      status: "warning",
      says: /timeout below 120000 counts as 120000: hands_on/,
      advice: /Raise the timeout/,
      arrange: () =>
        register(
          {},
          {
            DELEGATION_RULES: rules((config) => {
              config.routing_rules.at(-1).action.timeout = 5_000;
            }),
          },
        ),
    },
  ],
  [
    "a state folder that others may read",
    {
      id: "state",
      status: "warning",
      says: /other users can read it \(mode 755\)/,
      advice: /doctor --fix/,
      arrange: () => {
        mkdirSync(lab.stateDir);
        chmodSync(lab.stateDir, 0o755);
      },
    },
  ],
  [
    "a state folder that is a file",
    {
      id: "state",
      status: "failed",
      says: /^The state folder .* cannot be made \(EEXIST\)\.$/,
      advice: /^Every call is refused until this is fixed\. Set BRIDGE_STATE_DIR/,
      arrange: () => writeFileSync(lab.stateDir, ""),
    },
  ],
  [
    "a memory that is damaged",
    {
      id: "memory",
      status: "warning",
      says: /^The memory .*memory\.db is damaged\.$/,
      advice: /memory import/,
      arrange: () => {
        mkdirSync(join(lab.stateDir, "memory"), { recursive: true, mode: 0o700 });
        chmodSync(lab.stateDir, 0o700);
        writeFileSync(join(lab.stateDir, "memory/memory.db"), "no database at all ".repeat(100));
      },
    },
  ],
  [
    "a memory that opens, and is damaged further on",
    {
      id: "memory",
      status: "warning",
      says: /^The memory .*memory\.db is damaged\.$/,
      advice: /memory import/,
      arrange: async () => {
        const path = join(lab.stateDir, "memory/memory.db");
        mkdirSync(join(lab.stateDir, "memory"), { recursive: true, mode: 0o700 });
        chmodSync(lab.stateDir, 0o700);
        const memory = createSqliteMemory({ path, clock: Date.now, newId: () => "m-1" });
        await memory.countUnsent();
        await memory.close();
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(255, bytes.length - 8_192));
      },
    },
  ],
  [
    "a team memory whose server is away",
    {
      id: "memory",
      status: "warning",
      says: /^The team memory on 127\.0\.0\.1:1\/team cannot be reached \(ECONNREFUSED\)\. Meanwhile each machine uses its own\.; outbox empty/,
      advice: /BRIDGE_MEMORY_URL/,
      arrange: () => register({}, { BRIDGE_MEMORY_URL: "postgres://bridge:pond-4471@127.0.0.1:1/team" }),
    },
  ],
  [
    "no registration",
    {
      id: "registration",
      status: "warning",
      says: /not registered/,
      advice:
        /^To register it for all projects, run `node .*bin\.js init`\. To install the plugin instead, .* run `claude plugin install .*`\.$/,
      arrange: () => {
        rmSync(join(lab.root, ".claude.json"));
        return { env: lab.env };
      },
    },
  ],
  [
    "a registration of the server that was removed",
    {
      id: "registration",
      status: "warning",
      says: /"old" .*still starts `codex mcp-server`/,
      advice: /migrate` repairs it/,
      arrange: () => {
        const entry = { command: "codex", args: ["mcp-server"] };
        writeFileSync(join(lab.root, ".claude.json"), JSON.stringify({ mcpServers: { old: entry } }));
        return { env: lab.env };
      },
    },
  ],
  [
    "an entry with a timeout",
    {
      id: "registration",
      status: "warning",
      says: /timeout 60000 ms caps every call/,
      advice: /Remove `timeout`/,
      arrange: () => register({ timeout: 60_000 }),
    },
  ],
  [
    "an entry whose program is gone",
    {
      id: "registration",
      status: "failed",
      says: /codex-bridge is not there/,
      advice: /claude mcp remove codex -s user && claude mcp add -s user codex -- node/,
      arrange: () => register({ command: "/nowhere/codex-bridge", args: [] }),
    },
  ],
  [
    "an entry that waits for approval",
    {
      id: "registration",
      status: "warning",
      says: /in project scope .*not approved yet/,
      advice: /Use this MCP server/,
      arrange: () => moveToProject(),
    },
  ],
  [
    "an entry that is disabled",
    {
      id: "registration",
      status: "warning",
      says: /disabled in this project/,
      advice: /\/mcp/,
      arrange: () => {
        moveToProject();
        mkdirSync(join(lab.project, ".claude"));
        writeFileSync(join(lab.project, ".claude/settings.local.json"), '{"disabledMcpjsonServers":["codex"]}');
      },
    },
  ],
  [
    "two entries of the bridge",
    {
      id: "registration",
      status: "warning",
      says: /^"codex" in user scope [^;]*; and again as "second" in user scope (?!.*second)/,
      advice: /claude mcp remove second -s user/,
      arrange: () => {
        const { mcpServers } = JSON.parse(readFileSync(join(lab.root, ".claude.json"), "utf8"));
        const both = { mcpServers: { ...mcpServers, second: mcpServers.codex } };
        writeFileSync(join(lab.root, ".claude.json"), JSON.stringify(both));
      },
    },
  ],
  [
    "a file of Claude Code's that is no JSON",
    {
      id: "registration",
      status: "warning",
      says: /\.mcp\.json is not JSON/,
      advice: /Correct it/,
      arrange: () => writeFileSync(join(lab.project, ".mcp.json"), "{"),
    },
  ],
  [
    "MCP servers that Codex cannot list",
    {
      id: "codex-mcp",
      status: "warning",
      says: /does not list them/,
      advice: /outside Codex's sandbox/,
      arrange: () => register({}, { CODEX_BIN: fakeCodex("echo codex-cli 0.50.0; [ $1 != mcp ]") }),
    },
  ],
  [
    "a server that does not answer",
    {
      id: "server",
      status: "failed",
      says: /no handshake/,
      advice: /Run it yourself to see why: .*codex-bridge/,
      arrange: () => {
        const path = join(lab.root, "codex-bridge");
        writeFileSync(path, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
        register({ command: path, args: [] });
      },
    },
  ],
  [
    "a turn that fails",
    {
      id: "turn",
      status: "failed",
      says: /\[AGENT_UNAUTHENTICATED\]/,
      advice: /doctor --turn again/,
      arrange: () => {
        lab.respond(() => ({ error: { status: 401, body: { error: { message: "no" } } } }));
        lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
        return { isTurn: true };
      },
    },
  ],
])("%s", async (_name, { id, status, says, advice, arrange }) => {
  const run = (arrange() ?? {}) as Run;
  expect(await check(id, run)).toMatchObject({
    status,
    found: expect.stringMatching(says),
    advice: expect.stringMatching(advice),
  });
});

function moveToProject(): void {
  const user = join(lab.root, ".claude.json");
  writeFileSync(join(lab.project, ".mcp.json"), readFileSync(user, "utf8"));
  rmSync(user);
}

describe("the entries", () => {
  const write = (servers: Record<string, unknown>, local: Record<string, unknown> = {}): void =>
    writeFileSync(
      join(lab.root, ".claude.json"),
      JSON.stringify({ mcpServers: servers, projects: { [lab.project]: { mcpServers: local } } }),
    );
  const good = () => ({ command: process.execPath, args: [BIN], env: lab.env });

  test.each<[string, string]>([
    ["a checkout that was moved", "/gone/codex-bridge/dist/bin.js"],
    ["one of another folder's name", "/gone/tools/dist/bin.js"],
  ])("%s: known as the bridge, with the two commands that work", async (_name, path) => {
    write({ codex: { command: "node", args: [path], env: lab.env } });
    const checks = await doctor({ env: lab.env, only: ["registration", "server"] });
    expect(checks["registration"]).toMatchObject({
      status: "failed",
      found: expect.stringContaining(`${path} is not there`),
      advice: expect.stringMatching(
        /: `claude mcp remove codex -s user && claude mcp add -s user codex -- node \/.*\/dist\/bin\.js`\. Or correct the path in .*\.claude\.json, which keeps its env\.$/,
      ),
    });
    expect(checks["server"]).toMatchObject({ status: "skipped", found: "not checked: registration failed" });
  });

  test("a checkout whose dist/ is gone", async () => {
    mkdirSync(join(lab.root, "copy"));
    writeFileSync(join(lab.root, "copy/package.json"), '{"name": "codex-bridge"}');
    write({ helper: { command: "node", args: [join(lab.root, "copy/dist/bin.js")] } });
    expect(await check("registration", { env: lab.env })).toMatchObject({
      status: "failed",
      advice: expect.stringMatching(/remove helper -s user && claude mcp add -s user helper/),
    });
  });

  test("a relative path is looked for where claude starts", async () => {
    symlinkSync(join(ROOT, "dist"), join(lab.project, "dist"));
    writeFileSync(join(lab.project, "package.json"), '{"name":"codex-bridge"}');
    write({ codex: { command: process.execPath, args: ["dist/bin.js"], env: lab.env } });
    expect((await check("registration")).status).toBe("ok");
    rmSync(join(lab.project, "dist"));
    expect(await check("registration", { env: lab.env })).toMatchObject({
      status: "failed",
      found: expect.stringContaining("dist/bin.js is not there"),
    });
  });

  test("a dead local entry before a good one: removing it is enough", async () => {
    write({ codex: good() }, { codex: { command: "node", args: ["/gone/codex-bridge/dist/bin.js"] } });
    expect(await check("registration", { env: lab.env })).toMatchObject({
      status: "failed",
      found: expect.stringContaining("in local scope"),
      advice: expect.stringMatching(
        /^Run `claude mcp remove codex -s local`\. Then the entry in user scope .* applies\.$/,
      ),
    });
  });

  test("another server that hides the bridge by its name", async () => {
    write({ codex: good() }, { codex: { command: "something" } });
    expect(await check("registration", { env: lab.env })).toMatchObject({
      status: "warning",
      found: expect.stringMatching(/"codex" in local scope .* is another server, and hides the bridge in user scope/),
      advice: expect.stringContaining("claude mcp remove codex -s local"),
    });
  });

  test("every entry is judged, not only the first; the one that is there is started", async () => {
    write({
      a: { command: "node", args: ["/gone/codex-bridge/dist/bin.js"] },
      b: { ...good(), timeout: 5_000 },
      c: good(),
    });
    const checks = await doctor({ only: ["registration", "server"] });
    expect(checks["registration"]?.status).toBe("failed");
    expect(checks["registration"]?.found).toMatch(
      /"a" .*is not there; and again as "b" .*timeout 5000.*; and again as "c"/,
    );
    expect(checks["registration"]?.advice).toMatch(
      /remove a -s user.*Remove `timeout`.*remove b -s user.*remove c -s user/,
    );
    expect(checks["server"]?.status).toBe("ok");
  });

  test("the memory's own server is no second bridge, and none at all by itself", async () => {
    const byterover = { ...good(), args: [BIN, "memory-server", "--names", "byterover"] };
    write({ byterover, codex: good() });
    expect(await check("registration")).toMatchObject({
      status: "ok",
      found: expect.stringMatching(/^"codex" in user scope [^;]*; "byterover" in user scope [^;]*memory-server[^;]*$/),
    });
    write({ byterover });
    expect((await check("registration")).found).toMatch(/^not registered in Claude Code.*; "byterover" in user scope/);
    write({ byterover: { ...byterover, args: ["/gone/codex-bridge/dist/bin.js", ...byterover.args.slice(1)] } });
    expect(await check("registration")).toMatchObject({
      status: "failed",
      advice: expect.stringMatching(
        /mcp remove byterover -s user && claude mcp add .* memory-server --names byterover`/,
      ),
    });
  });

  test("an installed plugin: its server alone, dropped for another entry, beside another one, and without its program", async () => {
    const plugin = join(lab.root, "market/codex-bridge");
    const program = join(plugin, "dist/bin.js");
    const put = (file: string, value: object): void => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(value));
    };
    put(join(plugin, ".claude-plugin/plugin.json"), { name: "codex-bridge" });
    put(join(plugin, ".mcp.json"), {
      mcpServers: { codex: { command: "node", args: ["${CLAUDE_PLUGIN_ROOT}/dist/bin.js"] } },
    });
    put(join(plugin, "package.json"), { name: "codex-bridge" });
    put(join(lab.root, "market/.claude-plugin/marketplace.json"), {
      plugins: [{ name: "codex-bridge", source: "./codex-bridge" }],
    });
    const known = { source: { source: "directory" }, installLocation: join(lab.root, "market") };
    put(join(lab.root, ".claude/plugins/known_marketplaces.json"), { market: known });
    put(join(lab.root, ".claude/settings.json"), { enabledPlugins: { "codex-bridge@market": true } });
    symlinkSync(join(ROOT, "dist"), join(plugin, "dist"));
    const judge = async () => await check("registration", { env: lab.env });

    write({});
    expect(await judge()).toMatchObject({
      status: "ok",
      found: expect.stringContaining('"plugin:codex-bridge:codex" of an installed plugin'),
    });
    write({ mine: { command: "node", args: [program] } });
    expect(await judge()).toMatchObject({
      status: "warning",
      found: expect.stringContaining('drops "plugin:codex-bridge:codex" of an installed plugin, since "mine" has'),
      advice: "Remove the other one: `claude mcp remove mine -s user`.",
    });
    write({ mine: good() });
    expect(await judge()).toMatchObject({
      status: "warning",
      found: expect.stringContaining('and again as "plugin:codex-bridge:codex"'),
      advice: "Both entries offer the same tools. Remove the other one: `claude mcp remove mine -s user`.",
    });
    rmSync(join(plugin, "dist"));
    write({});
    expect(await judge()).toMatchObject({
      status: "failed",
      found: expect.stringContaining(`${program} is not there`),
      advice: expect.stringMatching(/^Its plugin is not whole: build it again\. Install it from where it is now: /),
    });
    rmSync(join(lab.root, "market"), { recursive: true });
    expect(await judge()).toMatchObject({
      status: "failed",
      found: `the plugin codex-bridge@market is on, but ${plugin} is not there`,
      advice: expect.stringMatching(
        /uninstall codex-bridge`, then .* marketplace remove .* then `claude plugin install/,
      ),
    });
  });

  test("settings that Claude Code ignores are named: for comments, cut off, of another kind", async () => {
    write({ codex: good() });
    const put = (name: string, text: string): string => {
      const file = join(lab.project, ".claude", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    };
    const commented = put("settings.json", '{\n  // mine\n  "model": "opus",\n}\n');
    const half = put("settings.local.json", '{ "permissions": { "deny": ["mcp__codex"');
    const { status, found, advice } = await check("registration", { env: lab.env });
    expect(status).toBe("warning");
    expect(found).toContain(
      `${commented} has comments or a comma at the end of a list, so Claude Code ignores all of it`,
    );
    expect(found).toContain(`${half} is not JSON`);
    expect(advice).toBe("Take them out of that file. Correct it, since Claude Code reads it too.");
    put("settings.local.json", "[]");
    expect((await check("registration", { env: lab.env })).found).toContain(`${half} is JSON, but no object`);
  });

  test("a name that a shell would read is quoted, and a byte order mark is no fault", async () => {
    write({ "a; touch x": { command: "node", args: ["/gone/codex-bridge/dist/bin.js"] } });
    writeFileSync(join(lab.project, ".mcp.json"), '\ufeff{"mcpServers":{}}');
    const { found, advice } = await check("registration", { env: lab.env });
    expect(advice).toContain("claude mcp remove 'a; touch x' -s user && ");
    expect(found).not.toContain("JSON");
  });
});

describe("a working directory that a turn may not write in", () => {
  test.each<[string, (place: string) => Record<string, string>, RegExp]>([
    ["the state folder", (place) => ({ BRIDGE_STATE_DIR: join(place, "state") }), /contains the bridge's state folder/],
    ["Codex's home", (place) => ({ CODEX_HOME: join(place, ".codex") }), /contains Codex's home/],
  ])("since it holds %s: said in the words of the refusal", async (_name, toEnv, says) => {
    cpSync(lab.codexHome, join(lab.project, ".codex"), { recursive: true });
    register({}, toEnv(lab.project));
    const directory = await check("directory");
    expect(directory).toMatchObject({ status: "warning", found: expect.stringMatching(says) });
    expect(directory.advice).toMatch(/^Name another directory.*You can also move/);
    const env = { ...lab.env, ...toEnv(lab.project) };
    const client = await connectClient({ command: process.execPath, args: [BIN], env, cwd: lab.project }, "test");
    const { text } = await client.call("codex", { prompt: "x", sandbox: "workspace-write" }, () => {});
    await client.close();
    expect(text).toContain(directory.found.replace("turns that write are refused here: ", "[SANDBOX_DENIED] "));
  });
});

test("the user's default home of Codex is not made, and no scratch folder is left", async () => {
  const { CODEX_HOME: _home, ...env } = lab.env;
  rmSync(join(lab.root, ".claude.json"));
  // Its own: others make and remove such folders in the machine's meanwhile.
  const tmp = join(lab.root, "tmp");
  mkdirSync(tmp);
  vi.stubEnv("TMPDIR", tmp);
  const only = ["codex-home", "codex-mcp"];
  const checks = await doctor({ env: { ...env, HOME: lab.root }, only }).finally(() => vi.unstubAllEnvs());
  expect(checks["codex-home"]).toMatchObject({ status: "warning", found: expect.stringContaining("does not exist") });
  expect(checks["codex-mcp"]?.status).toBe("ok");
  expect(existsSync(join(lab.root, ".codex"))).toBe(false);
  expect(readdirSync(tmp).filter((name) => name.startsWith("codex-bridge-doctor-"))).toEqual([]);
});

test("a folder for temporary files that is not there costs one check, not all", async () => {
  const { CODEX_HOME: _home, ...env } = lab.env;
  rmSync(join(lab.root, ".claude.json"));
  vi.stubEnv("TMPDIR", join(lab.root, "nowhere"));
  const checks = await doctor({ env: { ...env, HOME: lab.root } }).finally(() => vi.unstubAllEnvs());
  expect(checks["node"]?.status).toBe("ok");
  expect(checks["codex"]).toBeDefined();
});

describe("permission rules of a project that is not trusted in Claude Code", () => {
  const allow = (file: string): void => {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify({ permissions: { allow: ["mcp__codex"] } }));
  };
  const setTrust = (isTrusted: boolean): void => {
    const file = join(lab.root, ".claude.json");
    const content = JSON.parse(readFileSync(file, "utf8"));
    const projects = {
      [lab.project]: { hasTrustDialogAccepted: isTrusted },
      [lab.root]: { hasTrustDialogAccepted: true },
    };
    writeFileSync(file, JSON.stringify({ ...content, projects }));
  };

  test("allow rules of its settings.json wait for the trust, with the way to give it", async () => {
    allow(join(lab.project, ".claude/settings.json"));
    setTrust(false);
    expect(await check("permissions")).toMatchObject({
      status: "warning",
      found: expect.stringMatching(
        /^ignored until .*project is trusted in Claude Code: mcp__codex \(.*settings\.json\)$/,
      ),
      advice: expect.stringMatching(
        /^Start claude there once .*If no dialog appears, set projects\["\/.*"\]\.hasTrustDialogAccepted to true in \/.*\.claude\.json\.$/,
      ),
    });
    setTrust(true);
    expect(await check("permissions")).toMatchObject({ status: "ok", found: expect.stringMatching(/^allowed: /) });
  });

  test("the user's own rules count; those of settings.local.json unless git tracks them; deny rules count at once", async () => {
    setTrust(false);
    allow(join(lab.project, ".claude/settings.local.json"));
    const local = await check("permissions");
    expect(local).toMatchObject({
      status: "ok",
      found: expect.stringContaining("Claude Code ignores rules in files that git tracks"),
    });
    allow(join(lab.root, ".claude/settings.json"));
    expect((await check("permissions")).found).not.toContain("tracks");
    allow(join(lab.project, ".claude/settings.json"));
    expect((await check("permissions")).found).toMatch(/^allowed: .*; ignored until /);
    writeFileSync(join(lab.project, ".claude/settings.json"), '{"permissions":{"deny":["mcp__codex"]}}');
    expect((await check("permissions")).status).toBe("failed");
  });

  test("its settings do not approve its servers: nothing is started; the user's own settings do", async () => {
    moveToProject();
    const enable = (file: string): void => {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, JSON.stringify({ enableAllProjectMcpServers: true }));
    };
    enable(join(lab.project, ".claude/settings.json"));
    expect((await check("registration", { env: lab.env })).found).toContain("not approved yet");
    enable(join(lab.root, ".claude/settings.json"));
    expect((await check("registration")).status).toBe("ok");
  });
});

describe("permission rules", () => {
  const setRules = (permissions: unknown, file = join(lab.project, ".claude/settings.json")): void => {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify({ permissions }));
  };
  test.each<[string, unknown, Partial<Check> & { found: unknown }]>([
    ["none", {}, { status: "ok", found: expect.stringContaining("no rule") }],
    [
      "allowed",
      { allow: ["mcp__codex__codex"] },
      {
        status: "ok",
        found: expect.stringMatching(
          /^allowed: mcp__codex__codex .*; no rule for codex-reply, .*, codex-review, review_panel, run_agent, send_to_codex, .*, store_knowledge, retrieve_knowledge, wait_for_status, run_collaboration: /,
        ),
      },
    ],
    [
      "allowed whole",
      { allow: ["mcp__codex"] },
      { status: "ok", found: expect.stringMatching(/^allowed: mcp__codex \([^)]*\)$/) },
    ],
    [
      "denied",
      { deny: ["mcp__codex__codex"], allow: ["mcp__codex"] },
      { status: "failed", found: expect.stringMatching(/^denied: mcp__codex__codex \(.*settings\.json\)$/) },
    ],
    [
      "the server denied",
      { deny: ["mcp__codex"] },
      { status: "failed", found: expect.stringContaining("denied: mcp__codex ") },
    ],
    ["denied by a pattern", { deny: ["mcp__*"] }, { status: "failed", found: expect.stringContaining("mcp__*") }],
    [
      "one of the others denied",
      { deny: ["mcp__codex__route_task"] },
      { status: "warning", found: expect.stringContaining("route_task") },
    ],
    [
      "asked",
      { ask: ["mcp__codex__*"], allow: ["mcp__codex"] },
      { status: "warning", found: expect.stringContaining("asks before each call: mcp__codex__*") },
    ],
    [
      "allowed for another name",
      { allow: ["mcp__codex-bridge__codex", "Bash(ls)"] },
      {
        status: "warning",
        found: expect.stringMatching(/no server has here: mcp__codex-bridge__codex .*the entry is called codex/),
      },
    ],
    [
      "rules of other servers and tools",
      { deny: ["mcp__other__codex", "Bash(codex:*)"], ask: ["mcp__codexx"] },
      { status: "ok", found: expect.stringContaining("no rule") },
    ],
  ])("%s", async (_name, permissions, expected) => {
    setRules(permissions, join(lab.root, ".claude/settings.json"));
    expect(await check("permissions")).toMatchObject(expected);
  });

  test("the user's own settings count; without an entry there is nothing to check", async () => {
    setRules({ deny: ["mcp__codex__codex"] }, join(lab.root, ".claude/settings.json"));
    expect((await check("permissions")).status).toBe("failed");
    rmSync(join(lab.root, ".claude.json"));
    expect((await check("permissions", { env: lab.env })).status).toBe("skipped");
  });

  test("the names are those of the tools", () => {
    expect(readListing("claude").map(({ name }) => name)).toEqual(TOOL_NAMES);
  });
});

describe("a Codex that PATH leads to", () => {
  /** An entry that names no Codex; one that names PATH brings it along wherever the client is started. */
  function registerPlain(env: Record<string, string> = {}): void {
    const { CODEX_BIN: _bin, PATH: _path, ...base } = lab.env;
    const entry = { command: process.execPath, args: [BIN], env: { ...base, ...env } };
    writeFileSync(join(lab.root, ".claude.json"), JSON.stringify({ mcpServers: { codex: entry } }));
  }
  function link(folder: string): string {
    mkdirSync(join(lab.root, folder), { recursive: true });
    symlinkSync(NATIVE_CODEX, join(lab.root, folder, "codex"));
    return join(lab.root, folder);
  }

  test.skipIf(HAS_MACHINE_CODEX)("only in this terminal is a warning, unless the entry names it", async () => {
    const path = `${link("only-here")}:/usr/bin:/bin`;
    registerPlain();
    expect(await check("codex", { env: { PATH: path } })).toMatchObject({
      status: "warning",
      found: expect.stringContaining("which is on this terminal's PATH only"),
      advice: expect.stringMatching(/started from the desktop.*CODEX_BIN=\/.*codex in the entry/),
    });
    registerPlain({ PATH: path });
    expect((await check("codex", { env: { PATH: path } })).status).toBe("ok");
  });

  test("and an installer's folder too is well; one that PATH does not lead to is named as such", async () => {
    const folder = link(".local/bin");
    registerPlain();
    expect(await check("codex", { env: { PATH: `${folder}:/usr/bin:/bin` } })).toMatchObject({ status: "ok" });
    const without = await check("codex", { env: { PATH: "/usr/bin:/bin" } });
    expect(without).toMatchObject({ status: "ok", found: expect.stringContaining("(not on PATH)") });
  });
});

/** Broken in one place; what depends on it is not blamed. */
test.each<[string, string, RegExp, () => void]>([
  [
    "a syntax error in config.toml",
    "codex-home",
    /config\.toml cannot be read/,
    () => writeFileSync(join(lab.codexHome, "config.toml"), "a = ["),
  ],
  [
    "a value that Codex refuses",
    "codex-home",
    /Codex says: .*config/i,
    () => lab.writeConfig({ top: 'sandbox_mode = "none"' }),
  ],
  [
    "a home that is not there",
    "codex-home",
    /does not exist/,
    () => register({}, { CODEX_HOME: join(lab.root, "gone") }),
  ],
  ["a Codex that is not there", "codex", /was not found/, () => register({}, { CODEX_BIN: "/nowhere/codex" })],
  [
    "npm's wrapper without the program behind it",
    "codex",
    /wrapper does not find the native program behind it: Error: Missing optional dependency/,
    () => {
      cpSync(join(ROOT, "node_modules/@openai/codex"), join(lab.root, "w/node_modules/@openai/codex"), {
        recursive: true,
      });
      register({}, { CODEX_BIN: join(lab.root, "w/node_modules/@openai/codex/bin/codex.js") });
    },
  ],
  [
    "a script whose Node is gone",
    "codex",
    /first line names does not exist: .*env: .*No such file/,
    () => {
      writeFileSync(join(lab.root, "shim"), "#!/usr/bin/env node-of-yesterday\n", { mode: 0o755 });
      register({}, { CODEX_BIN: join(lab.root, "shim") });
    },
  ],
  [
    "a program for another machine",
    "codex",
    /not built for this machine/,
    () => {
      const header = Buffer.from("7f454c4602010100000000000000000003003e00", "hex").fill(0xb7, 18, 19);
      writeFileSync(join(lab.root, "arm"), header, { mode: 0o755 });
      register({}, { CODEX_BIN: join(lab.root, "arm") });
    },
  ],
])("with %s only that fails; the checks that depend on it say so", async (_name, id, says, arrange) => {
  arrange();
  const checks = await doctor({ isTurn: true });
  const bad = Object.values(checks).filter(({ status }) => status === "failed" || status === "warning");
  expect(bad).toMatchObject([{ id, status: "failed", found: expect.stringMatching(says) }]);
  for (const dependent of ["credential", "sandbox", "codex-mcp", "turn"]) {
    expect(checks[dependent]).toEqual({ id: dependent, status: "skipped", found: `not checked: ${id} failed` });
  }
});

test("another system is told to be untested", async () => {
  const { checkNode } = await import("../../../src/setup/doctor/own-checks.ts");
  expect(checkNode("darwin", "20.19.0")).toMatchObject({ status: "warning", found: "Node 20.19.0 on darwin" });
});

test("sockets that lead out of the sandbox are named where commands have network", async () => {
  const path = join(lab.root, "agent.sock");
  const agent = createServer().listen(path);
  try {
    register({}, { SSH_AUTH_SOCK: path });
    expect(await check("sockets")).toMatchObject({ status: "ok", found: expect.stringContaining("out of reach") });
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    const found = await check("sockets");
    expect(found?.status).toBe("warning");
    expect(found?.found).toContain(`the ssh agent (${path})`);
    expect(found?.advice).toContain("network_access");
  } finally {
    agent.close();
  }
});

test.runIf(CLI.hasThreadSource)("hooks that nobody has trusted are named, and not run", async () => {
  const mark = join(lab.root, "hooked");
  const hook = { type: "command", command: `touch ${mark}` };
  const hooks = { PreToolUse: [{ matcher: ".*", hooks: [hook] }] };
  writeFileSync(join(lab.codexHome, "hooks.json"), JSON.stringify({ hooks }));
  const found = await check("codex-hooks");
  expect(found?.status).toBe("warning");
  expect(found?.found).toContain(`preToolUse of ${lab.codexHome}/hooks.json`);
  expect(existsSync(mark)).toBe(false);
});

test.runIf(CLI.hasThreadSource)(
  "MCP servers of Codex that do not start are named by a real turn's doctor, those of an unapproved project are not started",
  async () => {
    const mark = join(lab.root, "project-started");
    mkdirSync(join(lab.project, ".codex"));
    writeFileSync(
      join(lab.project, ".codex/config.toml"),
      `[mcp_servers.theirs]\ncommand = "/bin/sh"\nargs = ["-c", "touch ${mark}"]\n`,
    );
    lab.writeConfig({
      tables: `[mcp_servers.gone]\ncommand = "/nowhere/server"\n[mcp_servers.good]\ncommand = "${process.execPath}"\nargs = ["${BIN}"]\n`,
    });
    const quick = await check("codex-mcp");
    expect(quick).toMatchObject({ status: "ok", found: expect.stringContaining("gone, good") });
    const found = await check("codex-mcp", { isTurn: true });
    expect(found?.status).toBe("warning");
    expect(found?.found).toMatch(/Codex goes on without those that do not start: gone( \(.*No such file|$)/);
    expect(found?.found.split("that do not start")[1]).not.toContain("good");
    expect(existsSync(mark)).toBe(false);
  },
  60_000,
);

test("Codex's command rules are named, with what is done with them", async () => {
  const folder = join(lab.codexHome, "rules");
  mkdirSync(folder);
  const refusal = 'prefix_rule(pattern=["rm"], decision="forbidden")\n';
  writeFileSync(join(folder, "no.rules"), refusal);
  const kept = await check("codex-rules");
  expect(kept?.status).toBe("ok");
  expect(kept?.found).toContain("they apply");
  writeFileSync(join(folder, "yes.rules"), 'prefix_rule(pattern=["git"])\n');
  const left = await check("codex-rules");
  expect(left?.status).toBe("warning");
  expect(left?.found).toContain(`${folder}/yes.rules can let commands run outside every sandbox`);
  expect(left?.found).toContain(`the bridge leaves them out, and with them what ${folder}/no.rules forbids`);
  register({}, { BRIDGE_CODEX_RULES: "honour" });
  expect((await check("codex-rules")).found).toContain("BRIDGE_CODEX_RULES=honour applies them");
});

test("Codex's own MCP servers are named, and whether they start", async () => {
  lab.writeConfig({ tables: '[mcp_servers.files]\ncommand = "true"\n' });
  expect((await check("codex-mcp")).found).toMatch(/^files; they run outside Codex's sandbox/);
  register({}, { BRIDGE_CHILD_MCP: "none" });
  expect((await check("codex-mcp")).found).toMatch(/^files; not started/);
});

test("what an old Codex cannot do is told", async () => {
  register(
    {},
    {
      CODEX_BIN: fakeCodex(
        '[ "$1" = --version ] && echo codex-cli 0.50.0 || echo "Usage: codex exec [OPTIONS] --json"',
      ),
    },
  );
  expect((await check("codex")).found).toMatch(/does not take developer-instructions, compact-prompt, images$/);
});

test("another copy of the bridge is known by its package", async () => {
  const copy = join(lab.root, "elsewhere");
  mkdirSync(copy);
  writeFileSync(join(copy, "package.json"), '{"name":"codex-bridge"}');
  symlinkSync(join(ROOT, "dist"), join(copy, "dist"));
  register({ args: [join(copy, "dist/bin.js")] });
  expect((await check("registration")).status).toBe("ok");
});

test("an entry that is not approved is neither started nor believed", async () => {
  const trace = join(lab.outside, "started");
  const evil = join(lab.root, "codex-bridge");
  writeFileSync(evil, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 });
  register({ command: evil, args: [] }, { CODEX_BIN: evil, BRIDGE_STATE_DIR: lab.outside });
  moveToProject();
  chmodSync(lab.outside, 0o755);
  const checks = await doctor({ isFix: true, env: lab.env });
  expect(checks["registration"]?.found).toContain("not approved yet");
  expect(existsSync(trace)).toBe(false);
  expect(statSync(lab.outside).mode & 0o777).toBe(0o755);
});

test("flags of the registration count, and their secrets are not printed", async () => {
  lab.writeConfig({
    tables: '[model_providers.bad]\nname = "bad"\nbase_url = "http://127.0.0.1:9"\nenv_key = "NOT_THERE_KEY"\n',
  });
  const token = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
  register({ args: [BIN, "-c", `a.b="${token}"`, "mcp-server", "-c", 'model_provider = "bad"'] });
  const checks = await doctor();
  expect(checks["credential"]).toMatchObject({ status: "failed", found: expect.stringContaining("NOT_THERE_KEY") });
  expect(JSON.stringify(checks)).not.toContain(token);
});

test("a relative command is found where claude would find it; a pipe for a file is not waited for", async () => {
  mkdirSync(join(lab.project, "bin"));
  writeFileSync(join(lab.project, "bin/codex-bridge"), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
    mode: 0o755,
  });
  register({ command: "./bin/codex-bridge", args: [] });
  expect((await check("registration")).status).toBe("ok");
  execFileSync("mkfifo", [join(lab.project, ".mcp.json")]);
  expect((await check("registration")).found).toMatch(/\.mcp\.json cannot be read/);
});

describe("--fix", () => {
  test("sets the mode of the state folder", async () => {
    mkdirSync(lab.stateDir);
    chmodSync(lab.stateDir, 0o755);
    expect(await check("state", { isFix: true })).toMatchObject({
      status: "ok",
      found: expect.stringContaining("700"),
    });
    expect(statSync(lab.stateDir).mode & 0o777).toBe(0o700);
  });

  test("ends what a killed bridge left, which is a warning without it", async () => {
    const { spawn } = await import("node:child_process");
    const child = spawn("sleep", ["300"], { env: { PATH: process.env["PATH"], BRIDGE_RUN: "left" }, stdio: "ignore" });
    const table = createProcessTable("linux");
    mkdirSync(join(lab.stateDir, "runs"), { recursive: true, mode: 0o700 });
    chmodSync(lab.stateDir, 0o700);
    const record = {
      id: "left",
      mark: "BRIDGE_RUN=left",
      startedAt: 0,
      bootId: table.bootId(),
      owner: { pid: 1, start: -1 },
    };
    writeFileSync(join(lab.stateDir, "runs", "left.json"), JSON.stringify(record));
    // The live server would end them by itself once it is up for a while.
    const before = await check("leftovers");
    expect(before).toMatchObject({ status: "warning", found: expect.stringContaining("sleep 300") });
    writeFileSync(join(lab.stateDir, "runs", "left.json"), JSON.stringify(record));
    expect(await check("leftovers", { isFix: true })).toMatchObject({ status: "ok" });
    await expect.poll(() => table.find(child.pid ?? 0)).toBeUndefined();
  });
});

test("nothing of the user's is written, and nothing is left running", async () => {
  const before = [lab.readConfig(), readFileSync(join(lab.root, ".claude.json"), "utf8")];
  await doctor({ isTurn: true });
  expect([lab.readConfig(), readFileSync(join(lab.root, ".claude.json"), "utf8")]).toEqual(before);
  const marked = createProcessTable("linux").list();
  const table = createProcessTable("linux");
  expect(marked.filter(({ pid }) => table.environment(pid)?.includes(`CODEX_HOME=${lab.codexHome}`))).toEqual([]);
});

test("a permission profile that is in force is named, with what it gives", async () => {
  register({});
  lab.writeConfig({
    top: 'default_permissions = "careful"',
    tables: `[permissions.careful]\nextends = ":workspace"\n[permissions.careful.filesystem]\n"${lab.outside}" = "deny"\n`,
  });
  const checks = await doctor({ only: ["codex-home", "sandbox"] });
  expect(checks["codex-home"]?.found).toContain("permission profile careful (workspace-write)");
  expect(checks["sandbox"]?.status).toBe("ok");
});

test("a bridge that works and is registered nowhere: the summary says so first, with the command, and ends with 1", () => {
  rmSync(join(lab.root, ".claude.json"));
  const { status, stdout } = spawnSync(process.execPath, [BIN, "doctor"], {
    cwd: lab.project,
    env: { PATH: process.env["PATH"], ...lab.env, HOME: lab.root },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /\n\nThe bridge works, but Claude Code does not know it in this directory\. To register it for all projects, run `node \/.*bin\.js init`\. To install the plugin instead, which brings commands too, run `claude plugin install codex-bridge --marketplace \/.*dist-plugin`\.\n$/,
  );
});
