// Machines on which something is missing, or belongs to somebody else: a clear sentence and the next step, and nothing half written.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "../..");
const CODEX = join(PROGRAM, "node_modules/.bin/codex");
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;
const PROMPT = { prompt: "fix the failing test", session_id: "s", cwd: "/", stop_hook_active: false };
let root: string;
let bin: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "bad-input-"));
  chmodSync(root, 0o755);
  // Somebody else must be able to start it.
  cpSync(join(PROGRAM, "dist-plugin/codex-bridge"), join(root, "program"), { recursive: true });
  bin = join(root, "program/dist/bin.js");
  for (const name of ["home", "project/.git", "only-node"]) mkdirSync(join(root, name), { recursive: true });
  symlinkSync(process.execPath, join(root, "only-node/node"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (...names: string[]) => join(root, ...names);
const write = (path: string, text: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};

function run(words: readonly string[], { env = {}, input = "", uid }: RunOptions = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...{ input, cwd: at("project"), encoding: "utf8" },
    env: { PATH: at("only-node"), HOME: at("home"), BRIDGE_STATE_DIR: at("state"), ...env },
  });
  const out = (stdout + stderr).replace(/\s+/g, " ");
  expect(out).not.toMatch(/INTERNAL|\bat \S+ \(|node:internal|undefined/);
  return { status, stdout, stderr, out };
}

interface RunOptions {
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly uid?: number;
}

/** Every file below the home and the project, with its mode and text. */
function takeAll(): Record<string, string> {
  const names = ["home", "project"].flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, encoding: "utf8" }).map((name) => at(folder, name)),
  );
  return Object.fromEntries(
    names.map((path) => [
      path,
      `${lstatSync(path).mode} ${lstatSync(path).isFile() ? readFileSync(path, "utf8") : ""}`,
    ]),
  );
}

function expectSilentHooks(options: RunOptions = {}): void {
  for (const event of ["user-prompt-submit", "stop", "subagent-stop"]) {
    const env = { DELEGATION_MODE: "automatic", BRIDGE_REVIEW_GATE: "1", DELEGATION_RULES: at("none"), ...options.env };
    const { status, stdout, stderr } = run(["hook", event], { ...options, env, input: JSON.stringify(PROMPT) });
    expect([event, status, stderr]).toEqual([event, 0, ""]);
    if (event === "user-prompt-submit") expect(stdout).toBe("");
  }
}

describe("without git, Claude Code and Codex", () => {
  test("init names what is missing with the command that installs it, and sets the rest up", () => {
    rmSync(at("project/.git"), { recursive: true });
    mkdirSync(at("project/.git"));
    const { status, out } = run(["init", "--yes"]);
    expect(status).toBe(1);
    expect(out).toContain("Claude Code is not installed: npm install -g @anthropic-ai/claude-code");
    expect(out).toContain("Codex CLI is not installed: npm install -g @openai/codex");
    expect(out).toContain("without the Codex CLI it is not known where they belong");
    expect(existsSync(at("home/.claude.json"))).toBe(true);
    expect(run(["init", "--undo"]).status).toBe(0);
    expect(takeAll()).toEqual({ [at("project/.git")]: expect.any(String) });
  });

  test("doctor names Codex first, with what installs it, and hooks are silent", () => {
    const { status, out } = run(["doctor"]);
    expect(status).toBe(2);
    expect(out).toMatch(/✘ codex .*→ .*npm install -g @openai\/codex/);
    expectSilentHooks();
  });
});

test("a config.toml of Codex that is cut off costs init the profiles alone, and stays as it is", () => {
  const file = write(at("home/.codex/config.toml"), 'model = "x"\n[profiles.mine\nmodel = ');
  const { status, out } = run(["init", "--yes", "--skip", "programs"], { env: { CODEX_BIN: CODEX } });
  expect(out).toMatch(/✘ profiles \S*config\.toml /);
  expect(status).toBe(1);
  expect(readFileSync(file, "utf8")).toContain("[profiles.mine\nmodel = ");
  expect(existsSync(at("home/.claude.json"))).toBe(true);
});

test("a .claude.json that is cut off is neither written nor taken for an empty one", () => {
  const file = write(at("home/.claude.json"), '{"mcpServers": {"mine": {"command": "x"');
  const { status, out } = run(["init", "--yes", "--only", "registration"]);
  expect([status, out]).toEqual([1, expect.stringContaining(`${file} is not valid JSON`)]);
  expect(run(["doctor"]).out).toContain(`${file} is not JSON`);
  expect(readFileSync(file, "utf8")).toBe('{"mcpServers": {"mine": {"command": "x"');
});

// Everything in the home belongs to root, and nobody is started in it.
describe.runIf(IS_ROOT)("in a home whose files belong to another user", () => {
  const asNobody = { uid: NOBODY, env: { BRIDGE_STATE_DIR: "" } };
  beforeEach(() => {
    for (const [name, text] of [
      [".claude.json", "{}"],
      [".claude/settings.json", '{"model": "opus"}'],
      [".codex/config.toml", 'model = "x"\n'],
    ] as const)
      chmodSync(write(at("home", name), text), 0o600);
    write(at("state/.keep"), "");
    chmodSync(at("state"), 0o700);
    asNobody.env.BRIDGE_STATE_DIR = at("home/.local/state/codex-bridge");
  });

  test("init names owner and command for each file, and writes nothing", () => {
    const before = takeAll();
    // The home is read-only for nobody too: so is its state folder.
    const { status, out } = run(["init", "--yes", "--skip", "programs"], asNobody);
    expect(status).not.toBe(0);
    expect(out).toMatch(/codex-bridge cannot be (made|written)/);
    expect(takeAll()).toEqual(before);
    const own = { ...asNobody, env: { BRIDGE_STATE_DIR: makeOwnState() } };
    const again = run(["init", "--yes", "--skip", "programs"], own);
    expect(again.status).toBe(1);
    for (const name of [".claude.json", ".claude/settings.json"])
      expect(again.out).toContain(
        `${at("home", name)} cannot be read (it belongs to another user, uid 0: \`sudo chown ${NOBODY} ${at("home", name)}\` makes it yours)`,
      );
    expect(again.out).toContain(
      `${at("home/.claude/CLAUDE.md")} cannot be made: ${at("home/.claude")} cannot be written (it belongs to another user, uid 0`,
    );
    expect(takeAll()).toEqual(before);
  });

  test("doctor names them too, and hooks are silent", () => {
    const own = { ...asNobody, env: { BRIDGE_STATE_DIR: makeOwnState() } };
    const { status, out } = run(["doctor"], own);
    expect(status).toBe(2);
    expect(out).toContain(`${at("home/.claude.json")} cannot be read (it belongs to another user, uid 0: \`sudo chown`);
    expectSilentHooks(asNobody);
    expectSilentHooks(own);
  });
});

function makeOwnState(): string {
  const folder = at("own");
  mkdirSync(folder, { recursive: true });
  spawnSync("chown", [String(NOBODY), folder]);
  return join(folder, "state");
}

test("hooks are silent where the state folder cannot be made, and go by the rules all the same", () => {
  const env = { BRIDGE_STATE_DIR: write(at("file"), "") };
  expectSilentHooks({ env });
  const { stdout } = run(["hook", "user-prompt-submit"], {
    env: { ...env, DELEGATION_MODE: "automatic" },
    input: JSON.stringify(PROMPT),
  });
  expect(stdout).toContain("this prompt is for Codex");
});

test("the status line says nothing wrong, and nothing at all where nothing can be read", () => {
  for (const env of [{}, { BRIDGE_STATE_DIR: write(at("file"), "") }, { BRIDGE_STATE_DIR: "${STATE}" }]) {
    const { status, stderr } = run(["statusline"], { env, input: "{" });
    expect([status, stderr]).toEqual([0, ""]);
  }
});
