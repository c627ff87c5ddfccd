// `onQuota: "wait"` with the real Codex CLI: a call that meets a usage limit waits as a job and goes on in its thread, in any bridge.
// Codex tells the minute of the reset without its seconds, so a test brings the time forward instead of waiting for it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";
import type { TestBridge, ToolResult } from "../support/bridge.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, say, until } from "../support/lab.ts";
import { ordersOf, resetNow } from "../support/parked-jobs.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  return lab;
});

const HOUR_S = 3_600;
const limit = (seconds: number = HOUR_S): StandInAnswer => {
  const resets_at = Math.floor(Date.now() / 1_000) + seconds;
  const error = { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at };
  return { error: { status: 429, body: { error } } };
};

const wait = (bridge: TestBridge, jobId: unknown) => bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
/** Calls a tool until the limit stops it. The answer says that it waits. */
async function meetLimit(lab: Lab, bridge: TestBridge, args: object, tool = "codex"): Promise<ToolResult> {
  lab.respond(() => limit());
  const result = await bridge.call(tool, { prompt: "Fix the parser", onQuota: "wait", ...args });
  expect(result.structured, result.text).toMatchObject({ jobId: expect.stringMatching(/^cx-/) });
  return result;
}

const lastTexts = ({ standIn }: Lab): readonly string[] => standIn.requests.at(-1)?.userTexts.slice(-2) ?? [];
const GO_ON = expect.stringMatching(/^A usage limit stopped your last turn\./);

describe("a call that meets a usage limit", () => {
  test("that blocks becomes a job that waits, and goes on in its thread", async ({ lab, bridge }) => {
    const { structured, text, isError } = await meetLimit(lab, bridge, { title: "parser" });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ state: "waiting", threadId: expect.stringMatching(/^[\w-]{36}$/) });
    expect(text).toMatch(
      /^Codex's usage limit is reached, so the call waits as job cx-.{8}: codex, "parser"\. It goes on/,
    );
    const { jobId, threadId } = structured;
    expect(await bridge.jobs.find(String(jobId))).toMatchObject({
      ...{
        state: "waiting",
        threadId,
        title: "parser",
        activity: expect.stringMatching(/^waits for quota, .*\d\d:\d\d$/),
      },
    });
    const [order = ""] = ordersOf(lab);
    expect(statSync(order).mode & 0o777).toBe(0o600);
    lab.respond(say("The parser is fixed."));
    await resetNow(lab, bridge);
    const ended = await wait(bridge, jobId);
    expect(ended.structured).toMatchObject({ jobId, threadId, state: "completed", content: "The parser is fixed." });
    expect(ended.text).toContain("It met a usage limit 1 time and waited for the reset.");
    expect(lastTexts(lab)).toEqual(["Fix the parser", GO_ON]);
    expect(ordersOf(lab)).toEqual([]);
  });

  test("in the background is parked by one bridge and goes on in another, with what was added meanwhile", async ({
    lab,
    startBridge,
  }) => {
    const first = await startBridge();
    lab.respond(() => limit());
    const { jobId } = (await first.call("codex", { prompt: "Fix the parser", background: true, onQuota: "wait" }))
      .structured;
    // It ends because the job waits now, and the next one does not end for the same reason.
    const waited = await wait(first, jobId);
    expect(waited.text).toContain(`Waiting for quota: ${jobId}; each goes on by itself.`);
    expect(
      (await first.call("agent_job", { action: "wait", jobIds: [jobId], waitSeconds: 1 })).structured,
    ).toMatchObject({
      jobs: [{ state: "waiting", waitsUntil: expect.stringMatching(/Z$/) }],
    });
    await first.close();
    const second = await startBridge();
    const steered = await second.call("agent_job_control", { action: "steer", jobId, text: "Leave the lexer alone." });
    expect(steered.text).toBe("The job gets the input when it goes on.");
    lab.respond(say("Done."));
    await resetNow(lab, second);
    expect((await wait(second, jobId)).structured).toMatchObject({ jobId, state: "completed", content: "Done." });
    expect(lastTexts(lab)).toEqual([
      "Fix the parser",
      expect.stringMatching(/^A usage limit .*\n\nLeave the lexer alone\.$/s),
    ]);
  });

  test("as a reply goes on with the reply's prompt, and writes its file", async ({ lab, bridge }) => {
    lab.respond(say("hello"));
    const { threadId } = (await bridge.call("codex", { prompt: "Hello", sandbox: "workspace-write" })).structured;
    const { structured } = await meetLimit(
      lab,
      bridge,
      { threadId, prompt: "Now the lexer", outputFile: "out.md" },
      "codex-reply",
    );
    expect(structured).toMatchObject({ threadId, state: "waiting" });
    lab.respond(say("The lexer is fixed."));
    await resetNow(lab, bridge);
    expect((await wait(bridge, structured["jobId"])).structured).toMatchObject({ state: "completed", threadId });
    expect(readFileSync(join(lab.project, "out.md"), "utf8")).toBe("The lexer is fixed.");
    expect(lastTexts(lab)).toEqual(["Now the lexer", GO_ON]);
  });

  test.skipIf(!CLI.hasThreadSource)(
    "in a worktree goes on there with the paths of its call",
    async ({ lab, bridge }) => {
      const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@x", ...args], { cwd: lab.project, env: lab.env });
      writeFileSync(join(lab.project, ".gitignore"), "PLAN.md\n");
      writeFileSync(join(lab.project, "PLAN.md"), "Round once.\n");
      git("init", "--quiet");
      git("add", "-A");
      git("commit", "--quiet", "-m", "first");
      const [result, outputFile] = ["RESULT.md", "answer.txt"].map((name) => join(lab.project, name)) as [
        string,
        string,
      ];
      const handoff = { read: join(lab.project, "PLAN.md"), write: result };
      const { structured } = await meetLimit(lab, bridge, { isolation: "worktree", handoff, outputFile });
      lab.respond(runThenSay("echo made > RESULT.md; echo done"));
      await resetNow(lab, bridge);
      const ended = await wait(bridge, structured["jobId"]);
      expect(ended.structured, ended.text).toMatchObject({ state: "completed" });
      const { worktree } = ended.structured["proposal"] as { worktree: string };
      expect(ended.text).toContain(`write path ${join(worktree, "RESULT.md")}`);
      expect([existsSync(result), readFileSync(outputFile, "utf8")]).toEqual([false, expect.stringContaining("done")]);
      expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain("Round once.");
    },
  );

  test("once more waits once more", async ({ lab, bridge }) => {
    const { jobId } = (await meetLimit(lab, bridge, {})).structured;
    const asked = lab.standIn.requests.length;
    await resetNow(lab, bridge);
    await until("it was tried", () => lab.standIn.requests.length > asked);
    await until("it waits again", async () => {
      const { waitsUntil = 0 } = (await bridge.jobs.find(String(jobId))) ?? {};
      return waitsUntil > Date.now();
    });
    expect((await bridge.call("agent_job_control", { action: "cancel", jobId })).text).toMatch(/was cancelled/);
    expect(ordersOf(lab)).toEqual([]);
  });

  test("ends with the error, which says why it does not wait, where the reset is not known or far away", async ({
    lab,
    bridge,
  }) => {
    lab.respond(() => limit(30 * 24 * HOUR_S));
    const far = await bridge.call("codex", { prompt: "x", onQuota: "wait" });
    expect(far.text).toMatch(
      /^\[USAGE_LIMIT\] .* It does not go on by itself: the reset \(.*\) is later than a job can wait\./,
    );
    lab.respond(() => ({ error: { status: 429, body: { error: { type: "usage_not_included", message: "x" } } } }));
    const unknown = await bridge.call("codex", { prompt: "x", onQuota: "wait" });
    expect(unknown.text).toMatch(/^\[USAGE_LIMIT\] .* It does not go on by itself: the agent does not say when/);
    lab.respond(() => limit());
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(
      /^\[USAGE_LIMIT\] .* Wait .*codex-reply\. To have that done without you, call codex-reply now .* onQuota "wait"\./,
    );
    expect(ordersOf(lab)).toEqual([]);
  });

  test("is answered as usual where no limit is met, and leaves no record", async ({ lab, bridge }) => {
    lab.respond(say("hello"));
    expect((await bridge.call("codex", { prompt: "x", onQuota: "wait" })).text).toBe("hello");
    expect(existsSync(join(lab.stateDir, "jobs"))).toBe(false);
    const batch = await bridge.call("codex", { prompts: ["a", "b"], onQuota: "wait" });
    expect(batch.text).toMatch(/^\[INVALID_ARGUMENT\] `onQuota` waits with one thread/);
  });
});

describe("limits are those of the time at which it goes on", () => {
  test("a narrower cap", async ({ lab, startBridge }) => {
    const wide = await startBridge({ env: { BRIDGE_MAX_SANDBOX: "workspace-write" } });
    const { jobId } = (await meetLimit(lab, wide, { sandbox: "workspace-write" })).structured;
    await wide.close();
    const narrow = await startBridge({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    lab.respond(say("Done."));
    await resetNow(lab, narrow);
    const { structured, text } = await wait(narrow, jobId);
    expect(text).toMatch(/^\[SANDBOX_DENIED\] sandbox workspace-write is above the user's limit read-only/);
    expect(structured).toMatchObject({ state: "failed", threadId: expect.stringMatching(/^[\w-]{36}$/) });
    expect(lab.standIn.requests).toHaveLength(1);
  });

  test("other directories", async ({ lab, startBridge }) => {
    const first = await startBridge();
    const { jobId } = (await meetLimit(lab, first, {})).structured;
    await first.close();
    const second = await startBridge({ env: { BRIDGE_ROOTS: lab.outside } });
    lab.respond(say("Done."));
    await resetNow(lab, second);
    const { structured, text } = await wait(second, jobId);
    expect(text).toMatch(
      /^\[SANDBOX_DENIED\] The thread's directory .* is outside the directories that the user allows/,
    );
    expect(structured).toMatchObject({ state: "failed" });
    expect(lab.standIn.requests).toHaveLength(1);
  });
});
