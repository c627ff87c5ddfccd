// Measurements: a command of the caller, timed on a proposal's old state and on its new one in the sandbox of the real Codex CLI.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { MeasureResult } from "../../src/domain/measure.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, until } from "../support/lab.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  writeFileSync(join(lab.project, "work.sh"), "sleep 0.4\n");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  // The user's own edits are part of the old state.
  writeFileSync(join(lab.project, "own.txt"), "mine\n");
  return lab;
});

const propose = (lab: Lab, bridge: LabBridge, command: string) => {
  lab.respond(runThenSay(command));
  return bridge.call("codex", { prompt: "faster", isolation: "worktree" });
};

async function measure(bridge: LabBridge, command: string, args: Record<string, unknown> = {}) {
  const result = await bridge.call("codex-verify", { measure: command, ...args });
  return { ...result, measure: result.structured["measure"] as MeasureResult | undefined };
}

const readMeasures = ({ stateDir }: Lab): (MeasureResult[] | undefined)[] =>
  readdirSync(join(stateDir, "receipts")).map(
    (name) => JSON.parse(readFileSync(join(stateDir, "receipts", name), "utf8"))["measures"],
  );

/** Everything that worktrees leave: their folders and records, their entries and branches in the user's repository. */
function listWorktrees(lab: Lab): string[][] {
  const list = (...path: string[]) => (existsSync(join(...path)) ? readdirSync(join(...path)).sort() : []);
  const branches = execFileSync("git", ["branch", "--list", "--format=%(refname)"], {
    ...{ cwd: lab.project, env: lab.env, encoding: "utf8" },
  });
  return [
    ...[list(lab.stateDir, "proposals"), list(lab.project, ".git", "worktrees"), branches.trim().split("\n").sort()],
    list(lab.stateDir, "worktrees"),
  ];
}

const running = (word: string): string[] =>
  execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(word));

describe.runIf(CLI.hasPermissionProfiles)("a measurement", () => {
  test("says that a proposal is faster, keeps the figure in its receipt and leaves nothing else", async ({
    lab,
    bridge,
  }) => {
    await propose(lab, bridge, "echo 'sleep 0.02' > work.sh");
    const before = listWorktrees(lab);
    const result = await measure(bridge, "cat own.txt && sh work.sh && echo x > written", { check: "test -f work.sh" });
    expect(result.isError, result.text).toBe(false);
    expect(result.measure).toMatchObject({ verdict: "faster" });
    expect(result.measure?.old?.runsMs).toHaveLength(5);
    expect(result.measure?.old?.medianMs).toBeGreaterThanOrEqual(400);
    expect(result.measure?.speedup).toBeGreaterThan(1.5);
    expect(result.text).toMatch(/Check passed.*Measured: old \d+ ms \(\d+ to \d+\), new .* times as fast.* is faster/);
    expect(readMeasures(lab)).toEqual([[expect.objectContaining({ verdict: "faster", old: result.measure?.old })]]);
    expect(listWorktrees(lab)).toEqual(before);
    expect(readFileSync(join(lab.project, "work.sh"), "utf8")).toBe("sleep 0.4\n");
    const landed = await bridge.call("codex-land", {});
    expect(landed.isError, landed.text).toBe(false);
    expect(readFileSync(join(lab.project, "work.sh"), "utf8")).toBe("sleep 0.02\n");
    expect(existsSync(join(lab.project, "written"))).toBe(false);
    const late = await measure(bridge, "true", { receipt: String(result.structured["receipt"]) });
    expect(late.text).toMatch(/^\[INVALID_ARGUMENT\].*its proposal was landed/);
  });

  test("says that it is slower, or that nothing can be seen", async ({ lab, bridge }) => {
    await propose(lab, bridge, "echo 'sleep 0.9' > work.sh");
    expect((await measure(bridge, "sh work.sh")).measure).toMatchObject({ verdict: "slower" });
    const same = await measure(bridge, "exit 0");
    expect(same.measure?.speedup ?? 1).toBeGreaterThan(0);
    expect(readMeasures(lab)[0]).toHaveLength(2);
  });

  test("tells on which state the command failed, and compares nothing", async ({ lab, bridge }) => {
    await propose(lab, bridge, "touch new.txt; echo 'exit 7' > work.sh");
    const before = listWorktrees(lab);
    const old = await measure(bridge, "echo looks; cat new.txt");
    expect(old.measure).toMatchObject({ verdict: "failed", failure: { state: "old", exitCode: 1 } });
    expect(old.text).toMatch(/Not measured: the command failed on the old state \(exit 1\)[\s\S]*> looks/);
    const now = await measure(bridge, "sh work.sh");
    expect(now.measure).toMatchObject({ verdict: "failed", failure: { state: "new", exitCode: 7 } });
    const unchecked = await measure(bridge, "true", { check: "exit 1" });
    expect(unchecked.measure).toBeUndefined();
    expect(unchecked.text).toContain("Not measured, since the check failed.");
    expect(listWorktrees(lab)).toEqual(before);
  });

  test("ends a command that hangs, and leaves nothing", async ({ lab, startBridge }) => {
    const bridge = (await startBridge({ env: { BRIDGE_CHECK_TIMEOUT_MS: "1500" } })) as LabBridge;
    await propose(lab, bridge, "echo 'sleep 0.02' > work.sh");
    const before = listWorktrees(lab);
    const time = `34${process.pid}`;
    const result = await measure(bridge, `setsid sleep ${time} & sleep ${time}`);
    expect(result.measure).toMatchObject({ verdict: "failed", failure: { state: "old", timedOut: true } });
    expect(running(`sleep ${time}`)).toEqual([]);
    expect(listWorktrees(lab)).toEqual(before);
  });

  test("that is cancelled leaves nothing, and is not kept", async ({ lab, bridge }) => {
    await propose(lab, bridge, "echo 'sleep 0.02' > work.sh");
    const before = listWorktrees(lab);
    const time = `35${process.pid}`;
    const controller = new AbortController();
    const call = bridge
      .call("codex-verify", { measure: `setsid sleep ${time}` }, { signal: controller.signal })
      .catch(() => {});
    await until("it runs", () => running(`sleep ${time}`).length > 0);
    controller.abort();
    await call;
    await until("nothing is left", () => running(`sleep ${time}`).length === 0);
    await until("the old state is removed", () => JSON.stringify(listWorktrees(lab)) === JSON.stringify(before));
    expect(readMeasures(lab)).toEqual([undefined]);
  });

  test("writes neither to the user's files nor to the other state", async ({ lab, bridge }) => {
    const made = await propose(lab, bridge, "echo 'sleep 0.02' > work.sh");
    const { worktree } = made.structured["proposal"] as { worktree: string };
    const users = join(lab.project, "reached");
    const other = `[ "$PWD" = ${worktree} ] || ! touch ${worktree}/reached 2>/dev/null`;
    expect((await measure(bridge, other)).measure?.failure).toBeUndefined();
    const result = await measure(
      bridge,
      `(touch ${users} || touch $(dirname ${worktree})/reached) 2>/dev/null; touch here`,
    );
    expect(result.measure?.verdict, result.text).toBeDefined();
    expect(existsSync(users)).toBe(false);
    expect(existsSync(join(worktree, "here"))).toBe(false);
  });

  test("is refused where a turn had no worktree, with the next step", async ({ lab, bridge }) => {
    rmSync(join(lab.project, ".git"), { recursive: true });
    lab.respond(runThenSay("echo 'sleep 0.02' > work.sh"));
    await bridge.call("codex", { prompt: "faster", sandbox: "workspace-write" });
    const result = await measure(bridge, "true", { check: "touch checked" });
    expect(result.text).toMatch(/^\[INVALID_ARGUMENT\].*ran in no worktree.*isolation "worktree"/);
    expect(existsSync(join(lab.project, "checked"))).toBe(false);
  });
});
