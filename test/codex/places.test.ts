// Where a turn works and writes: never where a link has been put since, never where the bridge's own records lie.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { CLI, createLab, type Lab, runThenSay, say, until } from "../support/lab.ts";

let lab: Lab;
let bridge: TestBridge;

beforeEach(async () => {
  lab = await createLab();
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

async function restart(env: Record<string, string>, cwd = lab.project): Promise<void> {
  await bridge.close();
  bridge = await startBridge({ env: { ...lab.env, ...env }, cwd });
}

const folder = (...names: string[]): string => {
  const path = join(lab.project, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const swap = (path: string): void => {
  renameSync(path, `${path}.old`);
  symlinkSync(lab.outside, path);
};
const write = (sandboxed: Record<string, unknown>) =>
  bridge.call("codex", { prompt: "x", sandbox: "workspace-write", ...sandboxed });

describe("a link that was put in the place of a directory", () => {
  test("a turn itself can do it, and a reply does not follow it", async () => {
    const sub = folder("sub");
    const { threadId } = (await write({ cwd: "sub" })).structured;
    lab.respond(runThenSay(`mv ${sub} ${sub}.old && ln -s ${lab.outside} ${sub} && echo swapped`));
    expect((await write({})).text).toContain("swapped");
    lab.respond(runThenSay("touch caught"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
    expect(reply.text).toContain(`threadId: ${threadId}`);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("a folder above it counts too", async () => {
    const { threadId } = (await write({ cwd: folder("up/down") })).structured;
    mkdirSync(join(lab.outside, "down"));
    swap(join(lab.project, "up"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
  });

  test("a call that waits for a free place is checked again before Codex starts", async () => {
    await restart({ BRIDGE_MAX_TURNS: "1", BRIDGE_ROOTS: lab.project });
    const sub = folder("sub");
    lab.respond(() => ({ delayMs: 1_500, steps: [{ say: "first" }] }));
    const first = write({});
    await until("the first turn runs", () => lab.standIn.requests.length > 0);
    lab.respond(runThenSay("touch caught"));
    const waiting: string[] = [];
    const second = bridge.call(
      "codex",
      { prompt: "x", sandbox: "workspace-write", cwd: sub },
      { onProgress: (line) => waiting.push(line) },
    );
    await until("the second waits", () => waiting.length > 0);
    swap(sub);
    expect((await first).isError).toBe(false);
    expect((await second).text).toMatch(/^\[SANDBOX_DENIED\].*was replaced by a link/);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("a writable root of a thread is checked at each turn, but does not hold up a read-only one", async () => {
    const root = join(lab.root, "root");
    mkdirSync(root);
    const config = { sandbox_workspace_write: { writable_roots: [root] } };
    const { threadId } = (await write({ config })).structured;
    swap(root);
    lab.respond(runThenSay(`touch ${root}/caught`));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*writable root.*leads elsewhere now/);
    const narrow = await bridge.call("codex-reply", { prompt: "x", threadId, sandbox: "read-only" });
    expect(narrow.isError).toBe(false);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("BRIDGE_ROOTS bounds the writable roots of config.toml, links resolved", async () => {
    symlinkSync(lab.outside, join(lab.project, "link"));
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${join(lab.project, "link")}"]\n` });
    await restart({ BRIDGE_ROOTS: lab.project });
    lab.respond(runThenSay(`touch ${join(lab.project, "link/caught")}; true`));
    expect((await write({})).structured["sandbox"]).toBe("workspace-write");
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });
});

describe("writable roots of config.toml are read as Codex reads them", () => {
  test.each([
    ["~/code", "code"],
    ["ROOT/code/", "code"],
    ["ROOT/outside/../code", "code"],
    ["ROOT//code", "code"],
    ["ROOT/link", "code"],
    ["../code", "code"],
  ])("%s", async (text, name) => {
    mkdirSync(join(lab.root, "code"));
    symlinkSync(join(lab.root, "code"), join(lab.root, "link"));
    const root = text.replace("ROOT", lab.root);
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${root}"]\n` });
    lab.respond(runThenSay(`touch ${join(lab.root, name, "written")}`));
    const result = await write({});
    expect(result.structured["sandbox"]).toBe(`workspace-write, also ${join(lab.root, name)}`);
    expect(existsSync(join(lab.root, name, "written"))).toBe(true);
  });
});

describe("the bridge's records and Codex's home are not within what a turn may write", () => {
  test("a directory that holds them is refused for a turn that writes, by name", async () => {
    const result = await write({ cwd: lab.root });
    expect(result.text).toMatch(/^\[SANDBOX_DENIED\].*state folder/);
    expect(result.text).toContain("Name another directory");
    expect(lab.standIn.requests).toHaveLength(0);
    expect((await bridge.call("codex", { prompt: "x", cwd: lab.root })).isError).toBe(false);
  });

  test("Codex's home at the top of the directory is refused too", async () => {
    const codexHome = join(lab.project, ".codex");
    renameSync(lab.codexHome, codexHome);
    await restart({ CODEX_HOME: codexHome });
    expect((await write({})).text).toMatch(/^\[SANDBOX_DENIED\].*Codex's home/);
    renameSync(codexHome, lab.codexHome);
  });

  test.each(["state", "codex-home", "state/threads"])("a directory in them is refused: %s", async (name) => {
    mkdirSync(join(lab.root, name), { recursive: true });
    expect((await write({ cwd: join(lab.root, name) })).text).toMatch(/^\[SANDBOX_DENIED\].*lies in/);
  });

  test("a work tree that Codex itself made there is not", async () => {
    const tree = join(lab.codexHome, "worktrees/ab12/project");
    mkdirSync(tree, { recursive: true });
    expect((await write({ cwd: tree })).isError).toBe(false);
  });

  test("a root that a caller names is refused, one of config.toml is left out", async () => {
    const config = { sandbox_workspace_write: { writable_roots: [lab.root] } };
    expect((await write({ config })).text).toMatch(/^\[SANDBOX_DENIED\].*writable root/);
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["~"]\n` });
    lab.respond(runThenSay(`touch ${join(lab.root, "state/planted")}; true`));
    const result = await write({});
    expect(result.structured["sandbox"]).toBe("workspace-write");
    expect(existsSync(join(lab.root, "state/planted"))).toBe(false);
  });

  test("a state folder below /tmp or $TMPDIR makes these read-only", async () => {
    const stateDir = mkdtempSync("/tmp/codex-bridge-test-");
    await restart({ BRIDGE_STATE_DIR: stateDir, TMPDIR: "/tmp" });
    lab.respond(runThenSay(`touch ${join(stateDir, "planted")} /tmp/codex-bridge-planted; touch in; true`));
    const result = await write({});
    expect(result.structured["sandbox"]).toBe("workspace-write, not /tmp, not $TMPDIR");
    expect(existsSync(join(lab.project, "in"))).toBe(true);
    expect(existsSync("/tmp/codex-bridge-planted")).toBe(false);
    expect(existsSync(join(stateDir, "planted"))).toBe(false);
    rmSync(stateDir, { recursive: true });
  });

  test("/ and the home folder are nobody's choice: writing there takes a named cwd", async () => {
    await restart({}, realpathSync(lab.root));
    expect((await write({})).text).toMatch(/^\[INVALID_ARGUMENT\] No cwd was named.*the home folder/);
    await restart({}, "/");
    expect((await write({})).text).toMatch(/^\[INVALID_ARGUMENT\] No cwd was named/);
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
    expect((await write({ cwd: "/" })).text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect((await write({ cwd: "~/project" })).isError).toBe(false);
  });
});

// 0.50 takes the roots of config.toml as they stand, and has no `-C` of its own in the rollout's first lines.
test.runIf(CLI.takesInstructions)(
  "a thread of the user's terminal whose directory is a link now is not taken over",
  async () => {
    const sub = folder("sub");
    const { threadId } = (await write({ cwd: "sub" })).structured;
    rmSync(lab.stateDir, { recursive: true, force: true });
    swap(sub);
    await restart({});
    lab.respond(say("x"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
  },
);
