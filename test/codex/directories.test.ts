// Which directory a call works in: the client's own where none is named, another one where the thread's is gone.
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { type Lab, runThenSay, say } from "../support/lab.ts";

const folder = (lab: Lab, ...names: string[]): string => {
  const path = join(lab.root, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const urlOf = (path: string) => pathToFileURL(path).href;

const test = labTest
  // What the client says of its directories; a test may change it.
  .extend("client", ({ lab }): { roots: () => string[] | Promise<string[]> } => {
    lab.respond(runThenSay("pwd"));
    return { roots: () => [urlOf(lab.project)] };
  })
  .override("bridgeOptions", ({ client }) => ({ onRoots: () => client.roots() }));

describe("a call that names no directory", () => {
  test("works where the client works now, and every result names the directory", async ({ lab, bridge, client }) => {
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first.structured["cwd"]).toBe(lab.project);
    const tree = folder(lab, "project/.claude/worktrees/a b");
    client.roots = () => [urlOf(tree), urlOf(lab.project)];
    const next = await bridge.call("codex", { prompt: "x" });
    expect(next.structured["cwd"]).toBe(tree);
    expect(next.text).toContain(tree);
    mkdirSync(join(tree, "sub"));
    expect((await bridge.call("codex", { prompt: "x", cwd: "sub" })).structured["cwd"]).toBe(join(tree, "sub"));
    expect((await bridge.call("codex", { prompt: "x", cwd: lab.outside })).structured["cwd"]).toBe(lab.outside);
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId: first.structured.threadId });
    expect(reply.structured["cwd"]).toBe(lab.project);
  });

  test("a routed one too", async ({ lab, bridge, client }) => {
    client.roots = () => [urlOf(lab.outside)];
    const routed = await bridge.call("route_task", {
      task: "Optimise the sorting algorithm",
      taskType: "algorithmic",
      mode: "run",
    });
    expect(routed.structured["cwd"]).toBe(lab.outside);
  });

  test("within BRIDGE_ROOTS all the same", async ({ lab, bridge, client }) => {
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    client.roots = () => [urlOf(lab.outside)];
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_ROOTS/);
  });

  test("a client of no use is passed over, and that is told", async ({ lab, bridge, client }) => {
    client.roots = () => ["https://example.com/x", "file://elsewhere/x", "nonsense", urlOf(join(lab.root, "gone"))];
    const odd = await bridge.call("codex", { prompt: "x" });
    expect(odd.structured["cwd"]).toBe(lab.project);
    expect(String(odd.structured["warnings"])).toContain("named no directory that exists");
    client.roots = () => new Promise(() => {});
    const silent = await bridge.call("codex", { prompt: "x" });
    expect(silent.structured["cwd"]).toBe(lab.project);
    expect(String(silent.structured["warnings"])).toContain("did not name its directories in time");
    client.roots = () => [];
    await bridge.client.sendRootsListChanged();
    expect((await bridge.call("codex", { prompt: "x" })).structured["warnings"]).toBeUndefined();
  });
});

describe("a thread whose directory is gone", () => {
  const withLost = test.extend("lost", async ({ lab, bridge }) => {
    const tree = folder(lab, "project", "tree");
    lab.respond(say("the word is PELICAN"));
    const start = await bridge.call("codex", { prompt: "a word", cwd: tree, sessionId: "feat" });
    rmSync(tree, { recursive: true });
    return { tree, threadId: start.structured.threadId };
  });

  withLost("says so, with the call that goes on elsewhere", async ({ lab, bridge, lost }) => {
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId: lost.threadId });
    expect(reply.text).toMatch(/^\[INVALID_ARGUMENT\].*tree" does not exist any more\./);
    expect(reply.text).toContain(`threadId "${lost.threadId}", onLostThread "rebuild" and cwd "${lab.project}"`);
  });

  withLost.for([true, false])(
    "is rebuilt where the call says, with its name and what was said (cwd named: %s)",
    async (isNamed, { lab, bridge, lost }) => {
      lab.respond((request) => ({
        steps: [{ say: JSON.stringify(request.userTexts).includes("PELICAN") ? "knows" : "no" }],
      }));
      const args = {
        prompt: "x",
        threadId: lost.threadId,
        onLostThread: "rebuild",
        ...(isNamed ? { cwd: lab.outside } : {}),
      };
      const reply = await bridge.call("codex-reply", args);
      const place = isNamed ? lab.outside : lab.project;
      expect(reply.structured).toMatchObject({ content: "knows", cwd: place, sessionId: "feat" });
      expect(reply.structured.threadId).not.toBe(lost.threadId);
      expect(String(reply.structured["warnings"])).toContain("does not exist any more");
      const next = await bridge.call("codex-reply", { prompt: "x", sessionId: "feat" });
      expect(next.structured).toMatchObject({ cwd: place, threadId: reply.structured.threadId });
    },
  );

  withLost.for([true, false])(
    "its name starts anew where the call says (cwd named: %s)",
    async (isNamed, { lab, bridge, lost }) => {
      const args = { prompt: "x", sessionId: "feat", resetSession: true, ...(isNamed ? { cwd: lab.outside } : {}) };
      const reply = await bridge.call("codex-reply", args);
      expect(reply.structured).toMatchObject({ cwd: isNamed ? lab.outside : lab.project, sessionId: "feat" });
      expect(reply.structured.threadId).not.toBe(lost.threadId);
    },
  );

  withLost("the new place is under the same limits", async ({ lab, bridge, lost }) => {
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    const reply = (args: Record<string, unknown>) =>
      bridge.call("codex-reply", { prompt: "x", threadId: lost.threadId, onLostThread: "rebuild", ...args });
    expect((await reply({ cwd: lab.outside })).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_ROOTS/);
    expect((await reply({ cwd: join(lab.project, "gone") })).text).toMatch(/^\[INVALID_ARGUMENT\].*does not exist/);
    expect((await reply({ sandbox: "workspace-write" })).text).toMatch(/^\[SANDBOX_WIDENING\]/);
  });

  withLost("one that a link leads elsewhere is left the same way", async ({ lab, bridge, lost }) => {
    symlinkSync(lab.outside, lost.tree);
    const plain = await bridge.call("codex-reply", { prompt: "x", threadId: lost.threadId });
    expect(plain.text).toMatch(/^\[SANDBOX_DENIED\].*leads elsewhere now.*onLostThread "rebuild"/);
    const rebuilt = await bridge.call("codex-reply", { prompt: "x", threadId: lost.threadId, onLostThread: "rebuild" });
    expect(rebuilt.structured["cwd"]).toBe(lab.project);
  });
});

test("a new thread in the place of one that writes keeps its roots, as far as they are there", async ({
  lab,
  bridge,
}) => {
  const [tree, kept, gone] = [folder(lab, "project/tree"), folder(lab, "kept"), folder(lab, "gone")];
  const config = { sandbox_workspace_write: { writable_roots: [kept, gone] } };
  const start = await bridge.call("codex", { prompt: "x", cwd: tree, sandbox: "workspace-write", config });
  rmSync(tree, { recursive: true });
  renameSync(gone, join(lab.root, "moved"));
  symlinkSync(lab.outside, gone);
  const { threadId } = start.structured;
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId, onLostThread: "rebuild" });
  expect(reply.structured["sandbox"]).toBe(`workspace-write, also ${kept}`);
});

test("a thread keeps its directory otherwise", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x", sessionId: "a" })).structured;
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId, cwd: lab.outside });
  expect(reply.text).toMatch(/^\[INVALID_ARGUMENT\] A thread keeps its directory.*resetSession/);
  const rebuild = { prompt: "x", threadId, cwd: lab.outside, onLostThread: "rebuild" };
  expect((await bridge.call("codex-reply", rebuild)).structured).toMatchObject({ threadId, cwd: lab.project });
  const reset = await bridge.call("codex-reply", { prompt: "x", sessionId: "a", resetSession: true, cwd: lab.outside });
  expect(reset.structured["cwd"]).toBe(lab.outside);
});
