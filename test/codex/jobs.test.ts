// Background jobs with the real Codex CLI: started by a call, looked after by `agent_job` and `agent_job_control`.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test } from "../support/fixture.ts";
import { holdThenSay, ON_APP_SERVER, runThenSay, say, until } from "../support/lab.ts";

/** `codex exec` takes no further input in mid-turn. */
const STEERED = ON_APP_SERVER ? /running turn has got/ : /next turn/;

type Args = Record<string, unknown>;

const start = async (bridge: LabBridge, args: Args = {}, tool = "codex"): Promise<string> => {
  const { structured, text } = await bridge.call(tool, { prompt: "Review\nthe parser", background: true, ...args });
  expect(structured, text).toMatchObject({ jobId: expect.stringMatching(/^cx-[\w-]{8}$/), content: text });
  return String(structured["jobId"]);
};
const look = (bridge: LabBridge, action: string, ...jobIds: string[]) =>
  bridge.call("agent_job", { action, ...(jobIds.length === 0 ? {} : { jobIds }) });
const act = (bridge: LabBridge, action: string, jobId: string, more: Args = {}) =>
  bridge.call("agent_job_control", { action, jobId, ...more });
const entry = async (bridge: LabBridge, jobId: string): Promise<Args> => {
  const { jobs } = (await look(bridge, "status", jobId)).structured as unknown as { jobs: Args[] };
  return jobs[0] ?? {};
};

describe("a call with background: true", () => {
  test("is answered at once, shows what Codex does, and leaves what the call itself would have", async ({
    lab,
    bridge,
  }) => {
    const held = holdThenSay("The parser is fine.");
    lab.respond(held.respond);
    const jobId = await start(bridge, { title: "parser review" });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    await until("its thread is known", async () => (await entry(bridge, jobId))["threadId"] !== undefined);
    const running = await entry(bridge, jobId);
    expect(running).toMatchObject({ jobId, tool: "codex", title: "parser review", state: "running" });
    expect((await look(bridge, "result", jobId)).text).toMatch(/^\[JOB_RUNNING\].*is running\..*threadId: /s);
    held.goOn();
    const waited = await look(bridge, "wait", jobId);
    expect(waited.structured).toMatchObject({
      ...{ jobId, state: "completed", threadId: running["threadId"], content: "The parser is fine." },
      ...{ cwd: lab.project, sandbox: "read-only" },
    });
    expect(waited.text).toMatch(/^The parser is fine\.\n\ntitle: .*\nthreadId: .*\ncwd: .*\nsandbox: read-only\n/);
    const { threadId } = waited.structured;
    lab.respond(say("Because."));
    expect((await bridge.call("codex-reply", { prompt: "Why?", threadId })).text).toBe("Because.");
  });

  test("belongs to the directory that the client works in when it is made", async ({ lab, startBridge }) => {
    let roots = [`file://${lab.outside}`];
    const bridge = await startBridge({ onRoots: () => roots, env: { BRIDGE_MAX_JOBS: "1" } });
    const held = holdThenSay("done");
    lab.respond(held.respond);
    const first = (await bridge.call("codex", { prompt: "x", background: true })).structured["jobId"];
    const second = (await bridge.call("codex", { prompt: "x", background: true })).structured;
    expect(second).toMatchObject({ state: "queued", position: 1, threadId: "" });
    roots = [`file://${lab.project}`];
    held.goOn();
    for (const jobId of [first, second["jobId"]]) {
      const waited = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
      expect(waited.structured).toMatchObject({ state: "completed", cwd: lab.outside });
    }
  });

  test.for<[string, string, Args, RegExp]>([
    ["a wrong argument", "codex", { prompt: "x", sandbox: "full" }, /^\[INVALID_ARGUMENT\] `sandbox`/],
    ["an unknown thread", "codex-reply", { threadId: "01a1fa4f-63b2-7772-b0a6-be473084c496" }, /^\[THREAD_NOT_FOUND\]/],
    ["a directory that is not there", "codex", { cwd: "/nowhere/at/all" }, /^\[INVALID_ARGUMENT\] .*cwd/],
    ["a wider sandbox than the user's limit", "codex", { sandbox: "danger-full-access" }, /^\[SANDBOX_DENIED\]/],
    ["an empty title", "codex", { title: " " }, /^\[INVALID_ARGUMENT\] `title` must not be empty/],
  ])("%s is refused at once, without a job", async ([_name, tool, args, message], { bridge }) => {
    // The first call of a bridge reads more than the later ones.
    await bridge.call("codex-reply", { prompt: "x" });
    expect((await bridge.call(tool, { prompt: "x", background: true, ...args })).text).toMatch(message);
    expect((await look(bridge, "list")).structured).toMatchObject({ jobs: [] });
  });

  test("of a task that the rules leave to Claude is answered as without it", async ({ bridge }) => {
    const task = "Explain the design of this architecture";
    const { structured } = await bridge.call("route_task", { task, mode: "run", background: true });
    expect(structured).toMatchObject({ outcome: "handed_back" });
  });

  test("runs a routed task, whose result says who did it", async ({ lab, bridge }) => {
    lab.respond(say("Fixed."));
    const args = { task: "Fix the failing test", mode: "run", background: true };
    const { structured } = await bridge.call("route_task", args);
    expect(structured).toMatchObject({ outcome: "started", state: "running" });
    const waited = await look(bridge, "wait", String(structured["jobId"]));
    expect(waited.structured).toMatchObject({
      outcome: "completed",
      content: "Fixed.",
      decision: { agent: "codex_cli" },
    });
    expect(waited.text).toMatch(/^Fixed\.\n\ntitle: .*\noutcome: completed\n/);
  });
});

test("where no record can be written, background: true is an error and nothing runs; a call without it is answered", async ({
  lab,
  bridge,
}) => {
  await bridge.call("codex-reply", { prompt: "x" });
  rmSync(join(lab.stateDir, "jobs"), { recursive: true, force: true });
  writeFileSync(join(lab.stateDir, "jobs"), "in the way");
  const { text } = await bridge.call("codex", { prompt: "x", background: true });
  expect(text).toMatch(
    /^\[[A-Z_]+\] .*Nothing is running\. Without background: true the call is answered without a record/,
  );
  expect(text).not.toMatch(/INTERNAL/);
  expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
});

describe("prompts", () => {
  const PROMPTS = ["Look at the lexer", "Look at the parser", "Look at the printer"];

  test("run side by side, each in its own thread, and their answers come in order", async ({ lab, bridge }) => {
    const nameOf = (body: unknown) => /Look at the (\w+)/.exec(JSON.stringify(body))?.[1] ?? "";
    lab.respond(({ body }) => ({ steps: [{ say: `The ${nameOf(body)} is fine.` }] }));
    const { structured, text } = await bridge.call("codex", { prompts: PROMPTS });
    const results = structured["results"] as Args[];
    expect(structured.content).toBe("3 of 3 done.");
    expect(results.map(({ content }) => content)).toEqual(
      ["lexer", "parser", "printer"].map((name) => `The ${name} is fine.`),
    );
    expect(new Set(results.map(({ threadId }) => threadId)).size).toBe(3);
    expect(text).toContain("## 2\n\nThe parser is fine.");
    const jobId = await start(bridge, { prompt: undefined, prompts: PROMPTS });
    const waited = await look(bridge, "wait", jobId);
    expect(waited.structured).toMatchObject({
      state: "completed",
      title: "3 prompts: Look at the lexer",
      results: [{}, {}, {}],
    });
    expect(waited.text).toMatch(/^3 of 3 done\.\n\n## 1\n\nThe lexer is fine\./);
  });

  test("take no further input, since their job has no thread of its own", async ({ lab, bridge }) => {
    const held = holdThenSay("done");
    lab.respond(held.respond);
    const jobId = await start(bridge, { prompt: undefined, prompts: PROMPTS });
    expect((await act(bridge, "steer", jobId, { text: "More." })).text).toMatch(
      /^\[INVALID_ARGUMENT\] This job takes no further input\. .*codex-reply/,
    );
    held.goOn();
    expect((await look(bridge, "wait", jobId)).text).not.toContain("too late");
  });

  test.for<[string, Args, RegExp]>([
    ["beside prompt", { prompt: "x", prompts: PROMPTS }, /cannot be given together/],
    ["with one name for all", { sessionId: "x", prompts: PROMPTS }, /names one thread/],
    ["with one file for all", { outputFile: "x", prompts: PROMPTS }, /takes one message/],
    ["with one file for all", { outputFile: "x.md", prompts: PROMPTS }, /takes one message/],
    ["that are one only", { prompts: ["x"] }, /`prompts` must hold at least 2 tasks; pass a single one as `prompt`\./],
    ["that are too many", { prompts: Array(11).fill("x") }, /`prompts` may hold at most 10 tasks; make several calls/],
    ["of which one is empty", { prompts: ["x", " "] }, /`prompts\.1` must not be empty/],
    ["that are missing, as prompt is", { background: true }, /`prompt` or `prompts` is missing/],
  ])("%s are refused", async ([_name, args, message], { bridge }) => {
    const { text } = await bridge.call("codex", args);
    expect(text).toMatch(/^\[INVALID_ARGUMENT\]/);
    expect(text).toMatch(message);
  });
});

test("jobs side by side: each is listed, wait returns with the first that ends", async ({ lab, bridge }) => {
  const held = holdThenSay("slow");
  lab.respond((request) =>
    JSON.stringify(request.body).includes("slowly") ? held.respond(request) : { steps: [{ say: "quick" }] },
  );
  const slow = await start(bridge, { prompt: "slowly" });
  const quick = await start(bridge, { prompt: "quickly" });
  const { content, jobs } = (await look(bridge, "wait", slow, quick)).structured as unknown as {
    content: string;
    jobs: Args[];
  };
  expect(content).toMatch(new RegExp(`^Ended: ${quick};.* 1 job not ended\\.$`));
  expect(jobs.map(({ state }) => state)).toEqual(["running", "completed"]);
  held.goOn();
  await look(bridge, "wait", slow);
  expect((await look(bridge, "list")).structured["content"]).toMatch(/^Ended: /);
});

describe("agent_job_control", () => {
  test("cancels a job with everything it runs; its thread can go on", async ({ lab, bridge }) => {
    lab.respond(runThenSay("sleep 300"));
    const jobId = await start(bridge);
    await until("a command runs", async () => /sleep 300/.test(String((await entry(bridge, jobId))["activity"])));
    expect((await act(bridge, "cancel", jobId)).text).toMatch(/was cancelled/);
    expect((await act(bridge, "cancel", jobId)).text).toMatch(/was cancelled/);
    const { structured } = await look(bridge, "result", jobId);
    expect(structured).toMatchObject({ state: "cancelled", error: { code: "CANCELLED" } });
    lab.respond(say("Going on."));
    const { threadId } = structured;
    expect((await bridge.call("codex-reply", { prompt: "Go on", threadId })).text).toBe("Going on.");
  });

  test("gives further input, to the running turn or as the next one, and answers it", async ({ lab, bridge }) => {
    const held = holdThenSay("First answer.");
    lab.respond(held.respond);
    const jobId = await start(bridge);
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    expect((await act(bridge, "steer", jobId, { text: "Look at the lexer too." })).text).toMatch(STEERED);
    lab.respond(say("Second answer."));
    held.goOn();
    const { structured } = await look(bridge, "wait", jobId);
    // The running turn gets it, and answers once.
    if (ON_APP_SERVER) expect(structured.content).toMatch(/^(?:First answer\.\n\n)?Second answer\.$/);
    else expect(structured.content).toBe("First answer.\n\n[After further input:]\n\nSecond answer.");
    expect((await act(bridge, "steer", jobId, { text: "More." })).text).toMatch(/^\[JOB_ENDED\].*codex-reply/);
  });
});

test("another bridge of this project sees the job, and can steer and cancel it; one of another project cannot", async ({
  lab,
  bridge,
  startBridge,
}) => {
  lab.respond(() => ({ ending: "hang" }));
  const jobId = await start(bridge);
  const [neighbour, stranger] = [await startBridge(), await startBridge({ cwd: lab.outside })];
  const see = (other: Awaited<ReturnType<typeof startBridge>>, tool: string, args: Args) => other.call(tool, args);
  const status = { action: "status", jobIds: [jobId] };
  expect((await see(neighbour, "agent_job", status)).structured).toMatchObject({ jobs: [{ jobId, state: "running" }] });
  expect((await see(stranger, "agent_job", status)).text).toMatch(/^\[JOB_NOT_FOUND\]/);
  expect((await see(stranger, "agent_job_control", { action: "cancel", jobId })).text).toMatch(/^\[JOB_NOT_FOUND\]/);
  const steered = await see(neighbour, "agent_job_control", { action: "steer", jobId, text: "Look at the lexer." });
  // Before its turn has begun, the input becomes the next one.
  expect(steered.text).toMatch(/next turn|running turn has got/);
  await see(neighbour, "agent_job_control", { action: "cancel", jobId });
  await until("it is cancelled", async () => (await entry(bridge, jobId))["state"] === "cancelled");
});
