// Which directory a call works in: the client's own where none is named, another one where the thread's is gone.
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { createLab, type Lab, runThenSay, say } from "../support/lab.ts";

let lab: Lab;
let bridge: TestBridge;
let roots: () => string[] | Promise<string[]>;

const folder = (...names: string[]): string => {
  const path = join(lab.root, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const urlOf = (path: string) => pathToFileURL(path).href;

async function restart(env: Record<string, string> = {}, cwd = lab.project): Promise<void> {
  await bridge.close();
  bridge = await startBridge({ env: { ...lab.env, ...env }, cwd, onRoots: () => roots() });
}

beforeEach(async () => {
  lab = await createLab(runThenSay("pwd"));
  roots = () => [urlOf(lab.project)];
  bridge = await startBridge({ env: lab.env, cwd: lab.project, onRoots: () => roots() });
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

describe("a call that names no directory", () => {
  test("works where the client works now, and every result names the directory", async () => {
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first.structured["cwd"]).toBe(lab.project);
    const tree = folder("project/.claude/worktrees/a b");
    roots = () => [urlOf(tree), urlOf(lab.project)];
    const next = await bridge.call("codex", { prompt: "x" });
    expect(next.structured["cwd"]).toBe(tree);
    expect(next.text).toContain(tree);
    mkdirSync(join(tree, "sub"));
    expect((await bridge.call("codex", { prompt: "x", cwd: "sub" })).structured["cwd"]).toBe(join(tree, "sub"));
    expect((await bridge.call("codex", { prompt: "x", cwd: lab.outside })).structured["cwd"]).toBe(lab.outside);
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId: first.structured.threadId });
    expect(reply.structured["cwd"]).toBe(lab.project);
  });

  test("a routed one too", async () => {
    roots = () => [urlOf(lab.outside)];
    const routed = await bridge.call("route_task", {
      task: "Optimise the sorting algorithm",
      taskType: "algorithmic",
      mode: "run",
    });
    expect(routed.structured["cwd"]).toBe(lab.outside);
  });

  test("within BRIDGE_ROOTS all the same", async () => {
    await restart({ BRIDGE_ROOTS: lab.project });
    roots = () => [urlOf(lab.outside)];
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_ROOTS/);
  });

  test("a client of no use is passed over, and that is told", async () => {
    roots = () => ["https://example.com/x", "file://elsewhere/x", "nonsense", urlOf(join(lab.root, "gone"))];
    const odd = await bridge.call("codex", { prompt: "x" });
    expect(odd.structured["cwd"]).toBe(lab.project);
    expect(String(odd.structured["warnings"])).toContain("named no directory that exists");
    roots = () => new Promise(() => {});
    const silent = await bridge.call("codex", { prompt: "x" });
    expect(silent.structured["cwd"]).toBe(lab.project);
    expect(String(silent.structured["warnings"])).toContain("did not say in time where it works");
    roots = () => [];
    expect((await bridge.call("codex", { prompt: "x" })).structured["warnings"]).toBeUndefined();
  });
});

describe("a thread whose directory is gone", () => {
  let tree: string;
  let threadId: string;

  beforeEach(async () => {
    tree = folder("project", "tree");
    lab.respond(say("the word is PELICAN"));
    const start = await bridge.call("codex", { prompt: "a word", cwd: tree, sessionId: "feat" });
    threadId = start.structured.threadId;
    rmSync(tree, { recursive: true });
  });

  test("says so, with the call that goes on elsewhere", async () => {
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[INVALID_ARGUMENT\].*tree" does not exist any more\./);
    expect(reply.text).toContain(`threadId "${threadId}", onLostThread "rebuild" and cwd "${lab.project}"`);
  });

  test.each([true, false])(
    "is rebuilt where the call says, with its name and what was said (cwd named: %s)",
    async (isNamed) => {
      lab.respond((request) => ({
        steps: [{ say: JSON.stringify(request.userTexts).includes("PELICAN") ? "knows" : "no" }],
      }));
      const args = { prompt: "x", threadId, onLostThread: "rebuild", ...(isNamed ? { cwd: lab.outside } : {}) };
      const reply = await bridge.call("codex-reply", args);
      const place = isNamed ? lab.outside : lab.project;
      expect(reply.structured).toMatchObject({ content: "knows", cwd: place, sessionId: "feat" });
      expect(reply.structured.threadId).not.toBe(threadId);
      expect(String(reply.structured["warnings"])).toContain("does not exist any more");
      const next = await bridge.call("codex-reply", { prompt: "x", sessionId: "feat" });
      expect(next.structured).toMatchObject({ cwd: place, threadId: reply.structured.threadId });
    },
  );

  test.each([true, false])("its name starts anew where the call says (cwd named: %s)", async (isNamed) => {
    const args = { prompt: "x", sessionId: "feat", resetSession: true, ...(isNamed ? { cwd: lab.outside } : {}) };
    const reply = await bridge.call("codex-reply", args);
    expect(reply.structured).toMatchObject({ cwd: isNamed ? lab.outside : lab.project, sessionId: "feat" });
    expect(reply.structured.threadId).not.toBe(threadId);
  });

  test("the new place is under the same limits", async () => {
    await restart({ BRIDGE_ROOTS: lab.project });
    const reply = (args: Record<string, unknown>) =>
      bridge.call("codex-reply", { prompt: "x", threadId, onLostThread: "rebuild", ...args });
    expect((await reply({ cwd: lab.outside })).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_ROOTS/);
    expect((await reply({ cwd: join(lab.project, "gone") })).text).toMatch(/^\[INVALID_ARGUMENT\].*does not exist/);
    expect((await reply({ sandbox: "workspace-write" })).text).toMatch(/^\[SANDBOX_WIDENING\]/);
  });

  test("one that a link leads elsewhere is left the same way", async () => {
    symlinkSync(lab.outside, tree);
    const plain = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(plain.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now.*onLostThread "rebuild"/);
    const rebuilt = await bridge.call("codex-reply", { prompt: "x", threadId, onLostThread: "rebuild" });
    expect(rebuilt.structured["cwd"]).toBe(lab.project);
  });
});

test("a new thread in the place of one that writes keeps its roots, as far as they are there", async () => {
  const [tree, kept, gone] = [folder("project/tree"), folder("kept"), folder("gone")];
  const config = { sandbox_workspace_write: { writable_roots: [kept, gone] } };
  const start = await bridge.call("codex", { prompt: "x", cwd: tree, sandbox: "workspace-write", config });
  rmSync(tree, { recursive: true });
  renameSync(gone, join(lab.root, "moved"));
  symlinkSync(lab.outside, gone);
  const { threadId } = start.structured;
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId, onLostThread: "rebuild" });
  expect(reply.structured["sandbox"]).toBe(`workspace-write, also ${kept}`);
});

test("a thread keeps its directory otherwise", async () => {
  const { threadId } = (await bridge.call("codex", { prompt: "x", sessionId: "a" })).structured;
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId, cwd: lab.outside });
  expect(reply.text).toMatch(/^\[INVALID_ARGUMENT\] A thread keeps its directory.*resetSession/);
  const rebuild = { prompt: "x", threadId, cwd: lab.outside, onLostThread: "rebuild" };
  expect((await bridge.call("codex-reply", rebuild)).structured).toMatchObject({ threadId, cwd: lab.project });
  const reset = await bridge.call("codex-reply", { prompt: "x", sessionId: "a", resetSession: true, cwd: lab.outside });
  expect(reset.structured["cwd"]).toBe(lab.outside);
});
