// What Codex's sandbox refuses at once, or does not start for, shows in no event of the real CLI: the bridge tells it all the same.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, ON_APP_SERVER, runThenSay } from "../support/lab.ts";

function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.email=a@b", "-c", "user.name=a", ...args], { cwd, encoding: "utf8" });
}

function makeRepository(lab: Lab): void {
  git(lab.project, "init", "-q");
  writeFileSync(join(lab.project, "a.txt"), "a\n");
  git(lab.project, "add", "-A");
  git(lab.project, "commit", "-qm", "one");
}

const COMMIT = "echo x > new.txt; git add -A && git -c user.email=a@b -c user.name=a commit -qm two";

// 0.50 tells of every command, and says less of it.
describe.runIf(CLI.takesInstructions)("a command that the sandbox refuses at once", () => {
  test("is counted and named", async ({ lab, bridge }) => {
    lab.respond(runThenSay("touch refused-file"));
    const { isError, structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    expect(isError).toBe(false);
    // Whether Codex emits an event for it or not, which depends on milliseconds.
    expect(structured["commands"]).toEqual({ count: 1, failed: 1, refused: 1 });
    expect(structured["warnings"]).toEqual([
      '1 refused by the sandbox: touch refused-file. To let Codex write, start a new thread with sandbox "workspace-write".',
    ]);
  });

  // 0.120 tells what it refuses in words of its own, and only at once.
  test.runIf(CLI.hasThreadSource)("and that takes its time is too", async ({ lab, bridge }) => {
    lab.respond(runThenSay("sleep 1; touch refused-file"));
    const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    expect(structured["commands"]).toEqual({ count: 1, failed: 1, refused: 1 });
  });

  test("is none that merely fails", async ({ lab, bridge }) => {
    lab.respond(runThenSay("echo 'no such thing' >&2; exit 3"));
    const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    expect(structured["commands"]).toEqual({ count: 1, failed: 1 });
    expect(structured["warnings"]).toBeUndefined();
  });

  test("is named without its secrets, and cut", async ({ lab, bridge }) => {
    const key = `sk-proj-${"a1B2".repeat(12)}`;
    lab.respond(runThenSay(`touch f-${key} ${"y".repeat(400)}`));
    const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
    const text = String(structured["warnings"]);
    expect(text).not.toContain(key);
    expect(text.length).toBeLessThan(700);
  });
});

// Before 0.150 these start.
describe.runIf(CLI.hasThreadSource)("a sandbox that does not start for the thread's own frame", () => {
  const expectUnavailable = async (
    lab: Lab,
    bridge: LabBridge,
    pattern: RegExp,
    args: Record<string, unknown> = {},
  ): Promise<void> => {
    lab.respond(runThenSay("echo hi > made"));
    const result = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", ...args });
    expect(result.text).toMatch(/^\[SANDBOX_UNAVAILABLE\]/);
    expect(result.text).toMatch(pattern);
    expect(result.structured.threadId).not.toBe("");
  };

  test("TMPDIR that names no directory", async ({ lab, bridge }) => {
    await bridge.restart({ env: { TMPDIR: join(lab.root, "gone") } });
    await expectUnavailable(lab, bridge, /TMPDIR names .*gone.*unset TMPDIR/s);
  });

  test.for([".agents", ".git", ".codex"])("a link in the place of %s", async (name, { lab, bridge }) => {
    mkdirSync(join(lab.project, "target"));
    symlinkSync("target", join(lab.project, name));
    await expectUnavailable(lab, bridge, new RegExp(`crosses writable symlink.*${name}`));
  });

  // The app server passes over such roots, and the sandbox starts.
  test.skipIf(ON_APP_SERVER)(
    "a writable root in the directory that is missing, and one that is a file",
    async ({ lab, bridge }) => {
      lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${lab.project}/build"]\n` });
      await expectUnavailable(lab, bridge, /writable root that is missing.*build/s);
      writeFileSync(join(lab.outside, "file"), "");
      lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${lab.outside}/file"]\n` });
      await expectUnavailable(lab, bridge, /or is a file.*Not a directory/s);
    },
  );
});

describe.runIf(CLI.takesInstructions)("git in workspace-write", () => {
  test("that cannot commit is told, with a way that works", async ({ lab, bridge }) => {
    makeRepository(lab);
    lab.respond(runThenSay(`${COMMIT}; true`));
    const first = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
    const warning = String(first.structured["warnings"]);
    expect(warning).toContain("keeps .git read-only");
    expect(git(lab.project, "log", "--oneline").trim().split("\n")).toHaveLength(1);
    const config = JSON.parse(/config (\{.*\}):/.exec(warning)?.[1] ?? "");
    await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", config });
    expect(git(lab.project, "log", "--oneline").trim().split("\n")).toHaveLength(2);
  });

  test("that cannot commit, where the bridge does it", async ({ lab, bridge }) => {
    makeRepository(lab);
    const advice = /\.git read-only, so git could not write\. The bridge commits what the turn changed\./;
    for (const args of [{ isolation: "worktree" }, { sandbox: "workspace-write", commit: "one" }]) {
      lab.respond(runThenSay(`${COMMIT}; true`));
      const { structured } = await bridge.call("codex", { prompt: "x", ...args });
      expect(String(structured["warnings"])).toMatch(advice);
      expect(String(structured["warnings"])).not.toMatch(/yourself|writable_roots/);
    }
  });

  test("so too in a linked work tree, which needs its own folder and the main one", async ({ lab, bridge }) => {
    makeRepository(lab);
    const tree = join(lab.outside, "tree");
    git(lab.project, "worktree", "add", "-q", tree, "-b", "other");
    lab.respond(runThenSay(`${COMMIT}; true`));
    const first = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", cwd: tree });
    const config = JSON.parse(/config (\{.*\}):/.exec(String(first.structured["warnings"]))?.[1] ?? "");
    await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", cwd: tree, config });
    expect(git(tree, "log", "--oneline").trim().split("\n")).toHaveLength(2);
  });
});
