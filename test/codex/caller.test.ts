// An agent calls the bridge: whatever it asks for, it gets no more than it has itself. The calls carry what Codex sends with them; its threads are real
// ones, which turns of the bridge have left.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { TestBridge } from "../support/bridge.ts";
import { test as labTest } from "../support/fixture.ts";
import { type Lab, runThenSay, say } from "../support/lab.ts";

const toMeta = (sandbox: unknown, threadId = "01a1fa4f-63b2-7772-b0a6-be473084c496") => ({
  meta: { threadId, "x-codex-turn-metadata": { thread_id: threadId, turn_id: "u-1", sandbox_mode: sandbox } },
});

function initProject(cwd: string): void {
  writeFileSync(join(cwd, "a.txt"), "one\n");
  const git = (...args: string[]) => execFileSync("git", args, { cwd, stdio: "ignore" });
  git("init", "--quiet", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "first");
}

/** A thread of Codex with this sandbox, whose last turn a caller claims to be. */
const startCaller = async (bridge: TestBridge, args: Record<string, unknown>): Promise<string> =>
  (await bridge.call("codex", { prompt: "x", ...args })).structured.threadId;

const test = labTest.extend("threadId", async ({ bridge }) => startCaller(bridge, { sandbox: "workspace-write" }));

async function touch(lab: Lab, bridge: TestBridge, [tool, args, meta]: [string, Record<string, unknown>, object]) {
  lab.respond(runThenSay("touch made"));
  const result = await bridge.call(tool, { prompt: "x", ...args }, meta);
  return { result, isThere: existsSync(join(lab.project, "made")) };
}

describe("a read-only caller", () => {
  test("gets a read-only thread, and is refused a wider one", async ({ lab, bridge }) => {
    const { result, isThere } = await touch(lab, bridge, ["codex", {}, toMeta("read-only")]);
    expect(result.structured["sandbox"]).toBe("read-only");
    expect(isThere).toBe(false);
    for (const sandbox of ["workspace-write", "danger-full-access"]) {
      const { result: refused } = await touch(lab, bridge, ["codex", { sandbox }, toMeta("read-only")]);
      expect(refused.text).toMatch(
        /^\[SANDBOX_DENIED\] The calling agent's own sandbox is read-only, so a turn cannot/,
      );
    }
    expect(existsSync(join(lab.project, "made"))).toBe(false);
  });

  test("gets a read-only turn of a wider thread, which stays as it is", async ({ lab, bridge, threadId }) => {
    const { result, isThere } = await touch(lab, bridge, ["codex-reply", { threadId }, toMeta("read-only")]);
    expect(result.isError, result.text).toBe(false);
    expect(result.structured["sandbox"]).toBe("read-only");
    expect(String(result.structured["warnings"])).toContain("own sandbox is read-only, so this turn had no more");
    expect(isThere).toBe(false);
    expect((await touch(lab, bridge, ["codex-reply", { threadId }, {}])).isThere).toBe(true);
  });

  test("narrows a thread for good where it asks for that", async ({ lab, bridge, threadId }) => {
    await touch(lab, bridge, ["codex-reply", { threadId, sandbox: "read-only" }, toMeta("read-only")]);
    expect((await touch(lab, bridge, ["codex-reply", { threadId }, {}])).isThere).toBe(false);
  });

  test("has no file written, and no worktree made", async ({ lab, bridge }) => {
    initProject(lab.project);
    for (const args of [{ outputFile: "made" }, { isolation: "worktree" }, { attempts: 2 }]) {
      const { result, isThere } = await touch(lab, bridge, ["codex", args, toMeta("read-only")]);
      expect(result.text, JSON.stringify(args)).toMatch(/^\[SANDBOX_DENIED\]/);
      expect(isThere).toBe(false);
    }
  });

  test("has its check run read-only", async ({ lab, bridge }) => {
    lab.respond(say("done"));
    const result = await bridge.call("codex", { prompt: "x", check: "touch made" }, toMeta("read-only"));
    expect(result.structured["check"]).not.toMatchObject({ exitCode: 0 });
    expect(existsSync(join(lab.project, "made"))).toBe(false);
  });

  test("neither undoes nor checks with more than it has", async ({ lab, bridge }) => {
    initProject(lab.project);
    const made = await touch(lab, bridge, ["codex", { sandbox: "workspace-write" }, {}]);
    expect(made.isThere).toBe(true);
    const undone = await bridge.call("codex-undo", {}, toMeta("read-only"));
    expect(undone.text).toMatch(
      /^\[SANDBOX_DENIED\] The calling agent's own sandbox is read-only, so no file is written/,
    );
    const verified = await bridge.call("codex-verify", { check: "touch other" }, toMeta("read-only"));
    expect(verified.structured["check"]).not.toMatchObject({ exitCode: 0 });
    expect([existsSync(join(lab.project, "made")), existsSync(join(lab.project, "other"))]).toEqual([true, false]);
    expect((await bridge.call("codex-undo", {})).isError).toBe(false);
  });

  test("lands no proposal", async ({ lab, bridge }) => {
    initProject(lab.project);
    await touch(lab, bridge, ["codex", { isolation: "worktree" }, {}]);
    const landed = await bridge.call("codex-land", {}, toMeta("read-only"));
    expect(landed.text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect(existsSync(join(lab.project, "made"))).toBe(false);
    expect((await bridge.call("codex-land", {})).isError).toBe(false);
  });

  test("gets a routed task read-only", async ({ lab, bridge }) => {
    lab.respond(runThenSay("touch made"));
    const args = { task: "Write a parser", mode: "run" };
    const result = await bridge.call("route_task", args, toMeta("read-only"));
    expect(existsSync(join(lab.project, "made")), result.text).toBe(false);
    const wide = await bridge.call("route_task", { ...args, sandbox: "workspace-write" }, toMeta("read-only"));
    expect(existsSync(join(lab.project, "made")), wide.text).toBe(false);
  });
});

describe("a caller that may write", () => {
  test("writes where it works, by what its own thread says", async ({ lab, bridge, threadId }) => {
    const write = { sandbox: "workspace-write" };
    const { result, isThere } = await touch(lab, bridge, ["codex", write, toMeta("workspace-write", threadId)]);
    expect(result.isError, result.text).toBe(false);
    expect(isThere).toBe(true);
    const { result: full } = await touch(lab, bridge, [
      "codex",
      { sandbox: "danger-full-access" },
      toMeta("workspace-write", threadId),
    ]);
    expect(full.text).toMatch(/^\[SANDBOX_DENIED\]/);
  });

  test("writes nothing above its directory or beside it", async ({ lab, bridge }) => {
    const sub = join(lab.project, "sub");
    mkdirSync(sub);
    const threadId = await startCaller(bridge, { cwd: sub, sandbox: "workspace-write" });
    const meta = toMeta("workspace-write", threadId);
    for (const cwd of [lab.project, lab.outside]) {
      const asked = { cwd, sandbox: "workspace-write" };
      expect((await touch(lab, bridge, ["codex", asked, meta])).result.text).toMatch(
        /^\[SANDBOX_DENIED\] The calling agent may not write in /,
      );
      expect((await touch(lab, bridge, ["codex", { cwd }, meta])).result.structured["sandbox"]).toBe("read-only");
    }
    expect([lab.project, lab.outside].map((folder) => existsSync(join(folder, "made")))).toEqual([false, false]);
  });

  test("writes nothing if no thread shows where it may", async ({ lab, bridge }) => {
    const asked = { sandbox: "workspace-write" };
    const { result, isThere } = await touch(lab, bridge, ["codex", asked, toMeta("workspace-write")]);
    expect(result.text).toMatch(/^\[SANDBOX_DENIED\] It is not known which directories the calling agent may write/);
    expect(isThere).toBe(false);
  });

  test("gets a thread with full access narrowed, for its turn alone", async ({ lab, startBridge, threadId }) => {
    const bridge = await startBridge({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });
    const wide = await startCaller(bridge, { sandbox: "danger-full-access" });
    lab.respond(runThenSay(`touch ${join(lab.outside, "made")}`));
    const meta = toMeta("workspace-write", threadId);
    const held = await bridge.call("codex-reply", { prompt: "x", threadId: wide }, meta);
    expect(held.structured["sandbox"], held.text).toMatch(/^workspace-write/);
    expect(existsSync(join(lab.outside, "made"))).toBe(false);
    await bridge.call("codex-reply", { prompt: "x", threadId: wide });
    expect(existsSync(join(lab.outside, "made"))).toBe(true);
  });
});

describe("a caller that does not tell its sandbox", () => {
  const old = { meta: { "x-codex-turn-metadata": { session_id: "s", turn_id: "u", sandbox: "none" } } };

  test("writes nothing, unless the registration lets it", async ({ lab, bridge, startBridge }) => {
    const write = { sandbox: "workspace-write" };
    expect((await touch(lab, bridge, ["codex", write, old])).result.text).toMatch(
      /^\[SANDBOX_DENIED\] .* does not tell/,
    );
    const registered = await startBridge({ env: { BRIDGE_CALLER_SANDBOX: "workspace-write" } });
    expect((await touch(lab, registered, ["codex", write, old])).isThere).toBe(true);
  });

  test("is not believed what cannot be read", async ({ lab, startBridge }) => {
    const bridge = await startBridge({ env: { BRIDGE_CALLER_SANDBOX: "danger-full-access" } });
    for (const told of ["full", ["danger-full-access"], null]) {
      const asked = { sandbox: "workspace-write" };
      expect((await touch(lab, bridge, ["codex", asked, toMeta(told)])).result.text).toMatch(/^\[SANDBOX_DENIED\]/);
    }
  });
});

test("a job of a person's takes no input from a caller with less, and is not ended by one", async ({
  lab,
  bridge,
  threadId,
}) => {
  writeFileSync(join(lab.project, "kept"), "");
  lab.respond(() => ({ steps: [{ say: "slow" }], delayMs: 4_000 }));
  const args = { prompt: "x", sandbox: "workspace-write", background: true };
  const { structured } = await bridge.call("codex", args);
  const jobId = String(structured["jobId"]);
  const steer = { action: "steer", jobId, text: "touch made" };
  const refused = await bridge.call("agent_job_control", steer, toMeta("read-only"));
  expect(refused.text).toMatch(/^\[SANDBOX_DENIED\] .* it gives no input to a job that may do more/);
  const own = await bridge.call("codex", args, toMeta("workspace-write", threadId));
  const mine = { ...steer, jobId: String(own.structured["jobId"]) };
  expect((await bridge.call("agent_job_control", mine, toMeta("read-only"))).text).toMatch(/^\[SANDBOX_DENIED\]/);
  expect((await bridge.call("agent_job_control", mine, toMeta("workspace-write", threadId))).isError).toBe(false);
  const cancel = { action: "cancel", jobId };
  expect((await bridge.call("agent_job_control", cancel, toMeta("read-only"))).text).toMatch(
    /^\[SANDBOX_DENIED\] .* it cancels no job that may do more\. The user can cancel it: `codex-bridge jobs --cancel cx-/,
  );
  // An agent that has become narrower ends what it has started itself.
  const narrower = toMeta("read-only", threadId);
  expect((await bridge.call("agent_job_control", { ...cancel, jobId: mine.jobId }, narrower)).isError).toBe(false);
  expect((await bridge.call("agent_job_control", cancel)).isError).toBe(false);
});
