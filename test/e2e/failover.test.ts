// A task that the real Codex cannot finish is finished by the real Claude Code, no wider, with what Codex changed or without it.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Lab, runThenSay, say, until } from "../support/lab.ts";
import { resetNow } from "../support/parked-jobs.ts";
import { bothAgentsOptions, type ClaudeModel, test } from "./both-agents.ts";
import { CAN_BE_HELD, KEY } from "./claude-lab.ts";

/** Codex writes a file; then its model answers no more. */
function failAfterWork(lab: Lab): void {
  lab.respond((request) =>
    request.toolOutputs.length > 0
      ? { error: { status: 400, body: { error: { message: "odd" } } } }
      : runThenSay("echo half > half.txt")(request),
  );
}

function makeRepository({ project, env }: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], { cwd: project, env });
  writeFileSync(join(project, "a.txt"), "a\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Claude writes a file, and says which prompt it got. */
function write(claude: ClaudeModel, path: string): string[] {
  const prompts: string[] = [];
  claude.respond(({ body, toolResult }) => {
    if (toolResult !== undefined) return { text: "Claude did it" };
    prompts.push(JSON.stringify(body.messages));
    return { tool: "Write", input: { file_path: path, content: "whole\n" } };
  });
  return prompts;
}

/** Claude Code has a subscription: only that has limits that are told. */
const relayTest = test.override("bridgeOptions", ({ lab, claude }) => {
  const { env } = bothAgentsOptions(lab, claude);
  return { env: { ...env, ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: `sk-ant-oat01-${KEY.slice(-32)}` } };
});

const asked = { prompt: "Do it", failover: ["claude"] };

test.skipIf(!CAN_BE_HELD)("Claude Code goes on from what Codex changed", async ({ lab, claude, bridge }) => {
  makeRepository(lab);
  failAfterWork(lab);
  const path = join(lab.project, "whole.txt");
  const prompts = write(claude, path);
  const { structured, text, isError } = await bridge.call("codex", { ...asked, sandbox: "workspace-write" });
  expect(isError, text).toBe(false);
  expect(structured).toMatchObject({
    ...{ content: "Claude did it", agent: "claude", sandbox: expect.stringMatching(/^workspace-write/) },
    failover: [
      {
        ...{ from: "codex", to: "claude", code: "TURN_FAILED", threadId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        receipt: expect.stringMatching(/^rc-/),
      },
    ],
    receipts: [{ id: expect.any(String) }, { id: expect.any(String) }],
  });
  const [handOver] = structured["failover"] as { threadId: string }[];
  expect(structured.threadId).not.toBe(handOver?.threadId);
  expect(String(structured["warnings"])).toMatch(
    /Codex did not finish the task \(TURN_FAILED\), so Claude Code did it/,
  );
  expect(prompts[0]).toMatch(/Codex was given this task first.*half\.txt/);
  expect([existsSync(join(lab.project, "half.txt")), readFileSync(path, "utf8")]).toEqual([true, "whole\n"]);
  const again = { agent: "claude", threadId: structured.threadId, prompt: "And?", background: false };
  claude.respond(() => ({ text: "went on" }));
  expect((await bridge.call("run_agent", again)).text).toContain("went on");
});

test.skipIf(!CAN_BE_HELD)(
  "what a thread of Codex said reaches Claude Code by handoff",
  async ({ lab, claude, bridge }) => {
    lab.respond(say("I found that pay.ts rounds twice."));
    const { threadId } = (await bridge.call("codex", { prompt: "Look at src/pay.ts." })).structured;
    const args = { agent: "claude", prompt: "Mend it.", handoff: { thread: threadId }, background: false };
    const { structured, text } = await bridge.call("run_agent", args);
    expect(structured, text).toMatchObject({
      content: "Claude did it",
      handoff: { relay: { thread: threadId, from: "codex", targetAgent: "claude" } },
    });
    const prompt = JSON.stringify(claude.standIn.requests.at(-1)?.body.messages);
    expect(prompt).toMatch(/## Task\\nMend it\./);
    expect(prompt).toMatch(
      /From thread \S+ of Codex, .*User: Look at src\/pay\.ts\..*Codex: I found that pay\.ts rounds twice\./,
    );
  },
);

test.skipIf(!CAN_BE_HELD)(
  "in a worktree Claude Code goes on there with the paths of the call",
  async ({ lab, claude, bridge }) => {
    const [result, outputFile] = ["RESULT.md", "answer.txt"].map((name) => join(lab.project, name)) as [string, string];
    writeFileSync(join(lab.project, ".gitignore"), "*.png\nPLAN.md\n");
    writeFileSync(join(lab.project, "PLAN.md"), "Terns first.\n");
    writeFileSync(join(lab.project, "dot.png"), Buffer.from(PIXEL, "base64"));
    makeRepository(lab);
    failAfterWork(lab);
    let seen = "";
    claude.respond(({ body, toolResult }) => {
      if (toolResult !== undefined) return { text: "Claude did it" };
      seen = JSON.stringify(body.messages);
      return { tool: "Bash", input: { command: "echo whole > RESULT.md", description: "x" } };
    });
    const paths = { handoff: { read: "PLAN.md", write: result }, outputFile, images: ["dot.png"] };
    const { structured, text, isError } = await bridge.call("codex", { ...asked, isolation: "worktree", ...paths });
    expect(isError, text).toBe(false);
    const { worktree } = structured["proposal"] as { worktree: string };
    expect(structured).toMatchObject({
      ...{ content: "Claude did it", agent: "claude", cwd: worktree, outputFile: { path: outputFile, bytes: 13 } },
      handoff: { read: { path: join(lab.project, "PLAN.md") }, write: { path: join(worktree, "RESULT.md") } },
    });
    expect([existsSync(result), readFileSync(outputFile, "utf8")]).toEqual([false, "Claude did it"]);
    expect([seen.includes("Terns first."), seen.includes('"type":"image"')]).toEqual([true, true]);
  },
);

test.skipIf(!CAN_BE_HELD)("clean: what Codex changed is undone first", async ({ lab, claude, bridge }) => {
  makeRepository(lab);
  failAfterWork(lab);
  const prompts = write(claude, join(lab.project, "whole.txt"));
  const args = { ...asked, failoverFrom: "clean", sandbox: "workspace-write" };
  const { structured, text, isError } = await bridge.call("codex", args);
  expect(isError, text).toBe(false);
  expect(structured["failover"]).toMatchObject([{ undo: expect.stringMatching(/^rc-/) }]);
  expect(prompts[0]).toContain("What it had changed was undone");
  expect([existsSync(join(lab.project, "half.txt")), existsSync(join(lab.project, "whole.txt"))]).toEqual([
    false,
    true,
  ]);
});

test.skipIf(!CAN_BE_HELD)("Claude Code may write no more than Codex might", async ({ lab, claude, bridge }) => {
  failAfterWork(lab);
  const path = join(lab.project, "whole.txt");
  write(claude, path);
  const { structured } = await bridge.call("codex", { ...asked, sandbox: "read-only" });
  expect(structured).toMatchObject({ agent: "claude", sandbox: "read-only" });
  expect([existsSync(join(lab.project, "half.txt")), existsSync(path)]).toEqual([false, false]);
});

/** Claude writes a file; then its model answers no more. */
function failClaudeAfterWork(claude: ClaudeModel, path: string): void {
  claude.respond(({ toolResult }) =>
    toolResult === undefined
      ? { tool: "Write", input: { file_path: path, content: "half\n" } }
      : { status: 529, message: "overloaded" },
  );
}

test.skipIf(!CAN_BE_HELD)(
  "Codex goes on from what Claude Code changed, and after a reply with what was said",
  async ({ lab, claude, bridge }) => {
    makeRepository(lab);
    const half = join(lab.project, "half.txt");
    failClaudeAfterWork(claude, half);
    lab.respond(say("Codex did it"));
    const args = { agent: "claude", prompt: "Do it", failover: ["codex"], background: false };
    const begun = await bridge.call("run_agent", { ...args, sandbox: "workspace-write" });
    expect(begun.structured, begun.text).toMatchObject({
      ...{ content: "Codex did it", agent: "codex", sandbox: expect.stringMatching(/^workspace-write, not \/tmp/) },
      ...{
        failover: [{ from: "claude", to: "codex", code: "MODEL_OVERLOADED", receipt: expect.stringMatching(/^rc-/) }],
      },
    });
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toMatch(/Claude Code was given this task first.*half\.txt/s);

    claude.respond(() => ({ text: "The word is plum" }));
    const first = await bridge.call("run_agent", { agent: "claude", prompt: "Say a word", background: false });
    claude.respond(() => ({ status: 529, message: "overloaded" }));
    const { threadId } = first.structured;
    const reply = await bridge.call("run_agent", { ...args, prompt: "Which?", threadId });
    expect(reply.structured, reply.text).toMatchObject({
      content: "Codex did it",
      agent: "codex",
      sandbox: "read-only",
    });
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toMatch(
      /This goes on a conversation with Claude Code.*User: Say a word.*Claude Code: The word is plum.*Now:.*Which\?/s,
    );
  },
);

/** What a subscription is told of its limits. */
function useUp(claude: ClaudeModel, fiveHours: number, isRefused = false): void {
  const resetsAt = Math.floor(Date.now() / 1_000) + 3_600;
  const told = {
    status: isRefused ? "rejected" : "allowed",
    reset: resetsAt,
    "representative-claim": "five_hour",
    "5h-utilization": fiveHours,
    "5h-reset": resetsAt,
    "5h-status": "allowed",
  };
  for (const [name, value] of Object.entries(told)) {
    claude.standIn.headers[`anthropic-ratelimit-unified-${name}`] = String(value);
  }
}

relayTest.skipIf(!CAN_BE_HELD)(
  "work goes to Codex before Claude Code's limit is used up, and comes back",
  async ({ lab, claude, bridge }) => {
    const ask = (args: object) => bridge.call("run_agent", { agent: "claude", background: false, ...args });
    const failover = ["codex"];
    lab.respond(say("Codex went on"));
    claude.respond(() => ({ text: "The word is plum" }));
    useUp(claude, 0.96);
    const first = await ask({ prompt: "Say a word", failover });
    expect(first.structured, first.text).toMatchObject({ content: "The word is plum" });
    const { threadId } = first.structured;
    const relayed = await ask({ prompt: "Which?", threadId, failover });
    expect(relayed.structured, relayed.text).toMatchObject({
      ...{ content: "Codex went on", agent: "codex" },
      failover: [{ code: "USAGE_LIMIT", threadId, resetsAt: expect.any(String) }],
      warnings: expect.arrayContaining([
        expect.stringMatching(/^Claude Code was passed over.*96 % of the 5-hour usage limit is used; it resets/),
        expect.stringMatching(/This is Codex's thread.*gives the work back to Claude Code/),
      ]),
    });
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toContain("The word is plum");
    const codexThread = relayed.structured.threadId;
    // Named by either thread, it goes on where it is, and knows what was said there.
    lab.respond(say("Codex again"));
    const again = await ask({ prompt: "And?", threadId, failover });
    expect([again.structured.content, again.structured.threadId], again.text).toEqual(["Codex again", codexThread]);
    const there = await bridge.call("codex-reply", { prompt: "Still?", threadId: codexThread });
    expect(String(there.structured["warnings"])).toMatch(/Claude Code was to do this; its usage limit resets/);
    // Whoever asks without `failover` has it back.
    claude.respond(() => ({ text: "Back" }));
    const back = await ask({ prompt: "So?", threadId: codexThread });
    expect([back.structured.content, back.structured.threadId], back.text).toEqual(["Back", threadId]);
    expect(JSON.stringify(claude.standIn.requests.at(-1)?.body.messages)).toMatch(/Codex again.*So\?/);

    useUp(claude, 1, true);
    claude.respond(() => ({ status: 429, message: "This request would exceed your account's rate limit." }));
    const reached = await ask({ prompt: "More?", threadId });
    expect(reached.structured["error"], reached.text).toMatchObject({
      ...{ code: "USAGE_LIMIT", resetsAt: expect.any(String) },
    });
  },
);

test.skipIf(!CAN_BE_HELD)(
  "work goes to Claude Code before Codex's limit is used up, and comes back",
  async ({ lab, claude, bridge }) => {
    const sayUsed = (text: string, percent: number) =>
      lab.respond(() => ({
        steps: [{ say: text }],
        headers: {
          "x-codex-primary-used-percent": String(percent),
          "x-codex-primary-window-minutes": "300",
          "x-codex-primary-reset-at": String(Math.floor(Date.now() / 1_000) + 3_600),
        },
      }));
    const failover = ["claude"];
    sayUsed("The word is plum", 96);
    const first = await bridge.call("codex", { prompt: "Say a word", failover });
    expect(first.structured, first.text).toMatchObject({ content: "The word is plum" });
    const { threadId } = first.structured;
    claude.respond(() => ({ text: "Claude went on" }));
    const asked = lab.standIn.requests.length;
    const relayed = await bridge.call("codex-reply", { prompt: "Which?", threadId, failover });
    expect(relayed.structured, relayed.text).toMatchObject({
      ...{ content: "Claude went on", agent: "claude", sandbox: "read-only" },
      failover: [{ code: "USAGE_LIMIT", threadId, resetsAt: expect.any(String) }],
      warnings: expect.arrayContaining([
        expect.stringMatching(/^Codex was passed over.*96 % of the 5-hour usage limit is used; it resets/),
        expect.stringMatching(/This is Claude Code's thread.*gives the work back to Codex/),
      ]),
    });
    expect(lab.standIn.requests).toHaveLength(asked);
    expect(JSON.stringify(claude.standIn.requests.at(-1)?.body.messages)).toContain("The word is plum");
    sayUsed("Back", 10);
    const back = await bridge.call("codex-reply", { prompt: "So?", threadId: relayed.structured.threadId });
    expect([back.structured.content, back.structured.threadId], back.text).toEqual(["Back", threadId]);
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toMatch(/Claude went on.*So\?/s);
  },
);

test.skipIf(!CAN_BE_HELD)(
  "where both are at their limits, the call waits for Codex's reset, and goes on in Codex's thread",
  async ({ lab, claude, bridge }) => {
    const resets_at = Math.floor(Date.now() / 1_000) + 3_600;
    const error = { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at };
    lab.respond(() => ({ error: { status: 429, body: { error } } }));
    claude.respond(() => ({ status: 429, message: "You've hit your usage limit" }));
    const { structured, text } = await bridge.call("codex", { ...asked, onQuota: "wait" });
    expect(structured, text).toMatchObject({ state: "waiting", jobId: expect.stringMatching(/^cx-/) });
    expect(claude.standIn.requests.length).toBeGreaterThan(0);
    const { jobId, threadId } = structured;
    lab.respond(say("Codex went on"));
    await resetNow(lab, bridge);
    const ended = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
    expect(ended.structured, ended.text).toMatchObject({ state: "completed", content: "Codex went on" });
    // In the thread in which it was stopped, not in that of Claude Code.
    expect(ended.structured["threadId"]).not.toBe(threadId);
    const texts = lab.standIn.requests.at(-1)?.userTexts ?? [];
    expect(texts.slice(-2)).toEqual(["Do it", expect.stringMatching(/A usage limit stopped your last turn\./)]);
  },
);

test.skipIf(!CAN_BE_HELD)(
  "Claude Code puts into its form what Codex could not, and has no task of its own",
  async ({ lab, claude, bridge }) => {
    lab.respond(say("n is one"));
    claude.respond(() => ({ text: '{"n":1}' }));
    const asked = { prompt: "Count", expect: { type: "object", required: ["n"] }, failover: ["claude"] };
    const { structured, text } = await bridge.call("codex", asked);
    expect(structured, text).toMatchObject({ data: { n: 1 }, correctedBy: "claude" });
    expect(structured["failover"]).toBeUndefined();
    expect(JSON.stringify(claude.standIn.requests[0]?.body.messages)).toMatch(/Correct the text at the end.*n is one/);
  },
);

test.skipIf(!CAN_BE_HELD)(
  "codex-bridge run: a signal while Claude Code has the task leaves nothing behind",
  async ({ lab, claude, processes, bridgeOptions: { env } }) => {
    lab.respond(() => ({ error: { status: 400, body: { error: { message: "odd" } } } }));
    claude.respond(() => ({ isSilent: true }));
    const [name = "", value = ""] = processes.mark.split("=");
    const words = [join(import.meta.dirname, "../../dist/bin.js"), "run", "Do it", "--failover", "claude"];
    const child = spawn(process.execPath, words, {
      ...{ cwd: lab.project, stdio: "ignore" },
      env: { ...lab.env, ...env, [name]: value },
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    await until("Claude Code is asked", () => claude.standIn.requests.length > 0);
    child.kill("SIGINT");
    expect([await ended, processes.list()]).toEqual([130, []]);
  },
);

test("a logout stays with Codex, and wrong arguments are refused before a turn", async ({ lab, claude, bridge }) => {
  lab.respond(() => ({ error: { status: 401, body: { error: { message: "no" } } } }));
  expect((await bridge.call("codex", asked)).text).toMatch(/^\[AGENT_UNAUTHENTICATED\]/);
  const before = lab.standIn.requests.length;
  for (const wrong of [
    { failover: ["codex"] },
    { failover: ["gpt"] },
    { failover: ["claude", "claude"] },
    { failover: undefined, failoverFrom: "clean" },
    { attempts: 2 },
  ]) {
    const result = await bridge.call("codex", { ...asked, ...wrong });
    expect(result.text, JSON.stringify(wrong)).toMatch(/^\[INVALID_ARGUMENT\]/);
  }
  expect([lab.standIn.requests.length, claude.standIn.requests.length]).toEqual([before, 0]);
});
