// Where a turn works and writes: never where a link has been put since, never where the bridge's own records lie.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, holdThenSay, type Lab, runThenSay, say, until } from "../support/lab.ts";

const folder = (lab: Lab, ...names: string[]): string => {
  const path = join(lab.project, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const swap = (lab: Lab, path: string): void => {
  renameSync(path, `${path}.old`);
  symlinkSync(lab.outside, path);
};
const write = (bridge: LabBridge, sandboxed: Record<string, unknown>) =>
  bridge.call("codex", { prompt: "x", sandbox: "workspace-write", ...sandboxed });

describe("a link that was put in the place of a directory", () => {
  test("a turn itself can do it, and a reply does not follow it", async ({ lab, bridge }) => {
    const sub = folder(lab, "sub");
    const { threadId } = (await write(bridge, { cwd: "sub" })).structured;
    lab.respond(runThenSay(`mv ${sub} ${sub}.old && ln -s ${lab.outside} ${sub} && echo swapped`));
    expect((await write(bridge, {})).text).toContain("swapped");
    lab.respond(runThenSay("touch caught"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
    expect(reply.text).toContain(`threadId: ${threadId}`);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("a folder above it counts too", async ({ lab, bridge }) => {
    const { threadId } = (await write(bridge, { cwd: folder(lab, "up/down") })).structured;
    mkdirSync(join(lab.outside, "down"));
    swap(lab, join(lab.project, "up"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
  });

  test("a call that waits for a free slot is checked again before Codex starts", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1", BRIDGE_ROOTS: lab.project } });
    const sub = folder(lab, "sub");
    const { respond, goOn } = holdThenSay("first");
    lab.respond(respond);
    const first = write(bridge, {});
    await until("the first turn runs", () => lab.standIn.requests.length > 0);
    lab.respond(runThenSay("touch caught"));
    const waiting: string[] = [];
    const second = bridge.call(
      "codex",
      { prompt: "x", sandbox: "workspace-write", cwd: sub },
      { onProgress: (line) => waiting.push(line) },
    );
    await until("the second waits", () => waiting.length > 0);
    swap(lab, sub);
    goOn();
    expect((await first).isError).toBe(false);
    expect((await second).text).toMatch(/^\[SANDBOX_DENIED\].*was replaced by a link/);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("a writable root of a thread is checked at each turn, but does not hold up a read-only one", async ({
    lab,
    bridge,
  }) => {
    const root = join(lab.root, "root");
    mkdirSync(root);
    const config = { sandbox_workspace_write: { writable_roots: [root] } };
    const { threadId } = (await write(bridge, { config })).structured;
    swap(lab, root);
    lab.respond(runThenSay(`touch ${root}/caught`));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*writable root.*leads elsewhere now/);
    const narrow = await bridge.call("codex-reply", { prompt: "x", threadId, sandbox: "read-only" });
    expect(narrow.isError).toBe(false);
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });

  test("BRIDGE_ROOTS bounds the writable roots of config.toml, links resolved", async ({ lab, bridge }) => {
    symlinkSync(lab.outside, join(lab.project, "link"));
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${join(lab.project, "link")}"]\n` });
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    lab.respond(runThenSay(`touch ${join(lab.project, "link/caught")}; true`));
    expect((await write(bridge, {})).structured["sandbox"]).toBe("workspace-write");
    expect(existsSync(join(lab.outside, "caught"))).toBe(false);
  });
});

describe("writable roots of config.toml are read as Codex reads them", () => {
  test.for<[string, string]>([
    ["~/code", "code"],
    ["ROOT/code/", "code"],
    ["ROOT/outside/../code", "code"],
    ["ROOT//code", "code"],
    ["ROOT/link", "code"],
    ["../code", "code"],
  ])("%s", async ([text, name], { lab, bridge }) => {
    mkdirSync(join(lab.root, "code"));
    symlinkSync(join(lab.root, "code"), join(lab.root, "link"));
    const root = text.replace("ROOT", lab.root);
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${root}"]\n` });
    lab.respond(runThenSay(`touch ${join(lab.root, name, "written")}`));
    const result = await write(bridge, {});
    expect(result.structured["sandbox"]).toBe(`workspace-write, also ${join(lab.root, name)}`);
    expect(existsSync(join(lab.root, name, "written"))).toBe(true);
  });
});

describe("the bridge's records and Codex's home are not within what a turn may write", () => {
  test("a directory that holds them is refused for a turn that writes, by name", async ({ lab, bridge }) => {
    const result = await write(bridge, { cwd: lab.root });
    expect(result.text).toMatch(/^\[SANDBOX_DENIED\].*state folder/);
    expect(result.text).toContain("Name another directory");
    expect(lab.standIn.requests).toHaveLength(0);
    expect((await bridge.call("codex", { prompt: "x", cwd: lab.root })).isError).toBe(false);
  });

  test("Codex's home at the top of the directory is refused too", async ({ lab, bridge }) => {
    const codexHome = join(lab.project, ".codex");
    renameSync(lab.codexHome, codexHome);
    await bridge.restart({ env: { CODEX_HOME: codexHome } });
    expect((await write(bridge, {})).text).toMatch(/^\[SANDBOX_DENIED\].*Codex's home/);
    renameSync(codexHome, lab.codexHome);
  });

  test.for(["state", "codex-home", "state/threads"])(
    "a directory in them is refused: %s",
    async (name, { lab, bridge }) => {
      mkdirSync(join(lab.root, name), { recursive: true });
      expect((await write(bridge, { cwd: join(lab.root, name) })).text).toMatch(/^\[SANDBOX_DENIED\].*lies in/);
    },
  );

  test("a work tree that Codex itself made there is not", async ({ lab, bridge }) => {
    const tree = join(lab.codexHome, "worktrees/ab12/project");
    mkdirSync(tree, { recursive: true });
    expect((await write(bridge, { cwd: tree })).isError).toBe(false);
  });

  test("a root that a caller names is refused, one of config.toml is left out", async ({ lab, bridge }) => {
    const config = { sandbox_workspace_write: { writable_roots: [lab.root] } };
    expect((await write(bridge, { config })).text).toMatch(/^\[SANDBOX_DENIED\].*writable root/);
    lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["~"]\n` });
    lab.respond(runThenSay(`touch ${join(lab.root, "state/planted")}; true`));
    const result = await write(bridge, {});
    expect(result.structured["sandbox"]).toBe("workspace-write");
    expect(existsSync(join(lab.root, "state/planted"))).toBe(false);
  });

  test("a state folder below /tmp or $TMPDIR makes these read-only", async ({ lab, bridge }) => {
    const stateDir = mkdtempSync("/tmp/codex-bridge-test-");
    await bridge.restart({ env: { BRIDGE_STATE_DIR: stateDir, TMPDIR: "/tmp" } });
    lab.respond(runThenSay(`touch ${join(stateDir, "planted")} /tmp/codex-bridge-planted; touch in; true`));
    const result = await write(bridge, {});
    expect(result.structured["sandbox"]).toBe("workspace-write, not /tmp, not $TMPDIR");
    expect(existsSync(join(lab.project, "in"))).toBe(true);
    expect(existsSync("/tmp/codex-bridge-planted")).toBe(false);
    expect(existsSync(join(stateDir, "planted"))).toBe(false);
    rmSync(stateDir, { recursive: true });
  });

  test("/ and the home folder are nobody's choice: writing there takes a named cwd", async ({ lab, bridge }) => {
    await bridge.restart({ cwd: realpathSync(lab.root) });
    expect((await write(bridge, {})).text).toMatch(/^\[INVALID_ARGUMENT\] No cwd was named.*the home folder/);
    await bridge.restart({ cwd: "/" });
    expect((await write(bridge, {})).text).toMatch(/^\[INVALID_ARGUMENT\] No cwd was named/);
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
    expect((await write(bridge, { cwd: "/" })).text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect((await write(bridge, { cwd: "~/project" })).isError).toBe(false);
  });
});

// 0.50 takes the roots of config.toml as they stand, and has no `-C` of its own in the rollout's first lines.
test.runIf(CLI.takesInstructions)(
  "a thread of the user's terminal whose directory is a link now is not taken over",
  async ({ lab, bridge }) => {
    const sub = folder(lab, "sub");
    const { threadId } = (await write(bridge, { cwd: "sub" })).structured;
    rmSync(lab.stateDir, { recursive: true, force: true });
    swap(lab, sub);
    await bridge.restart({ env: {} });
    lab.respond(say("x"));
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now/);
  },
);
