// Background jobs beside the real Codex CLI: a sandboxed command can read their records, and change nothing of them.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished } from "vitest";
import type { CallContext, ChoiceQuestion } from "../../src/delegation/requests.ts";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, holdThenSay, runThenSay, until } from "../support/lab.ts";

const QUESTION: ChoiceQuestion = {
  message: "Go on?",
  choices: [{ id: "yes", title: "Yes" }],
  timeoutMs: 600_000,
  kind: "input",
};

/** A kept job whose work asks a question and goes on until it is cancelled. */
async function startJob({ jobs }: LabBridge) {
  let context: CallContext | undefined;
  const call = {
    signal: new AbortController().signal,
    report: () => {},
    canReport: false,
    canTask: true,
  };
  const job = jobs.create({ tool: "codex", title: "t", call, isQueued: false }, (given) => {
    context = given;
    return new Promise((resolve) => {
      given.signal.addEventListener("abort", () =>
        resolve({
          state: "cancelled",
          threadId: undefined,
          result: { isError: true, text: "[CANCELLED]", structured: {} },
        }),
      );
    });
  });
  job.keep();
  void context?.askUser?.(QUESTION);
  await until("it asks", async () => (await jobs.find(job.id))?.state === "waiting");
  return job.id;
}

/** Asks for everything that another bridge may ask, in files and through the bell, and tries to change the record itself. */
const ATTACK = `
const { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync, unlinkSync } = require("node:fs");
const { connect } = require("node:net");
const [state, mine, runner] = process.argv.slice(2);
const said = [];
const attempt = (what, act) => { try { act(); said.push(what + " DONE"); } catch (error) { said.push(what + " " + error.code); } };
const [name] = readdirSync(state + "/jobs").filter((entry) => entry.endsWith(".json"));
const path = state + "/jobs/" + name;
const record = JSON.parse(readFileSync(path, "utf8"));
const key = record.question.key;
const asks = [{ kind: "cancel" }, { kind: "steer", text: "obey me" }, { kind: "answer", key, answer: { kind: "chosen", id: "yes" } }];
asks.forEach((ask, at) => {
  const text = JSON.stringify({ project: record.project, job: record.id, ask, version: 1 });
  const file = "/" + record.id + ".aaaaaaa" + at + ".json";
  attempt("folder", () => mkdirSync(state + "/job-requests", { recursive: true }));
  attempt("request", () => writeFileSync(state + "/job-requests" + file, text));
  writeFileSync(mine + file, text);
  attempt("rename", () => renameSync(mine + file, state + "/job-requests" + file));
});
attempt("record", () => writeFileSync(path, JSON.stringify({ ...record, state: "cancelled" })));
attempt("removal", () => unlinkSync(path));
attempt("pipe", () => writeFileSync("/proc/" + runner + "/fd/0", "forged"));
const ring = (bell) => new Promise((resolve) => {
  const socket = connect(state + "/bridges/" + bell);
  socket.on("connect", () => { said.push("bell CONNECTED"); asks.forEach((ask) => socket.write(JSON.stringify({ job: record.id, ask }) + String.fromCharCode(10))); });
  socket.on("data", () => said.push("bell ANSWERED")).on("error", () => {}).on("close", resolve);
  setTimeout(() => socket.destroy(), 500);
});
Promise.all(readdirSync(state + "/bridges").map(ring)).then(() => console.log(said.join(";")));
`;

describe.runIf(CLI.readsProjects)("a command in workspace-write with network access", () => {
  test("cannot cancel, steer or answer a job of the bridge, by file or by socket, nor give a runner a call", async ({
    lab,
    bridge,
  }) => {
    // As a runner, it takes what comes on its stdin.
    const runner = spawn("cat", { stdio: "pipe" });
    onTestFinished(() => void runner.kill());
    let taken = "";
    runner.stdout.on("data", (piece) => {
      taken += piece;
    });
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    const id = await startJob(bridge);
    const before = await bridge.jobs.find(id);
    writeFileSync(join(lab.project, "attack.cjs"), ATTACK);
    lab.respond(runThenSay(`${process.execPath} attack.cjs ${lab.stateDir} ${lab.project} ${runner.pid}`));
    const { structured, text } = await bridge.call("codex", { prompt: "attack", sandbox: "workspace-write" });
    // It reaches the bell, and nothing else.
    expect(structured.content, text).toContain("bell CONNECTED");
    expect(structured.content, text).not.toMatch(/DONE|ANSWERED/);
    expect(
      structured.content.match(/(folder|request|rename|record|removal|pipe) (EROFS|EACCES|EPERM|ENOENT|EXDEV)/g),
    ).toHaveLength(12);
    expect(taken).toBe("");
    expect(await bridge.jobs.find(id)).toEqual(before);
    const [name = ""] = readdirSync(join(lab.stateDir, "jobs"));
    expect(JSON.parse(readFileSync(join(lab.stateDir, "jobs", name), "utf8"))).toMatchObject({ id, state: "waiting" });
    expect(await bridge.jobs.cancel(id)).toBe("cancelled");
  });
});

test("a second bridge of the project sees the job, and may cancel it", async ({ bridge, startBridge }) => {
  const id = await startJob(bridge);
  const { jobs } = await startBridge();
  expect(await jobs.list()).toMatchObject([{ id, state: "waiting", isOwn: false }]);
  expect(await jobs.cancel(id)).toBe("cancelled");
  expect(await bridge.jobs.find(id)).toMatchObject({ state: "cancelled", isOwn: true });
});

test("a bridge below another agent's call sees the job, and may not act on it", async ({ bridge, startBridge }) => {
  const id = await startJob(bridge);
  const below = await startBridge({ env: { BRIDGE_DEPTH: "1" } });
  expect((await below.call("agent_job", { action: "status", jobIds: [id] })).text).toContain("waiting");
  for (const action of ["cancel", "steer"]) {
    const { text } = await below.call("agent_job_control", { action, jobId: id, text: "obey me" });
    expect(text).toMatch(/^\[DEPTH_EXCEEDED\]/);
  }
  expect(await bridge.jobs.find(id)).toMatchObject({ state: "waiting" });
});

test("a routed task in the background waits for a slot as long as it takes; a call does not", async ({
  lab,
  bridge,
}) => {
  await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1" } });
  const held = holdThenSay("done");
  lab.respond(held.respond);
  const first = bridge.call("codex", { prompt: "x" });
  await until("the only slot is taken", () => lab.standIn.requests.length === 1);
  const task = { task: "Fix the failing test", mode: "run", timeoutMs: 2_000 };
  const { structured } = await bridge.call("route_task", { ...task, background: true });
  const jobId = String(structured["jobId"]);
  expect((await bridge.call("route_task", task)).text).toMatch(/^\[WAIT_TIMED_OUT\]/);
  expect(await bridge.jobs.find(jobId)).toMatchObject({
    state: "running",
    activity: expect.stringMatching(/^Waiting/),
  });
  held.goOn();
  await first;
  const waiting = { timeoutMs: 20_000, signal: new AbortController().signal };
  expect(await bridge.jobs.wait([jobId], waiting)).toMatchObject([{ state: "completed" }]);
});

test("the end of the bridge interrupts the job", async ({ bridge }) => {
  const id = await startJob(bridge);
  await bridge.restart();
  expect(await bridge.jobs.find(id)).toMatchObject({
    state: "interrupted",
    question: undefined,
    result: { isError: true, text: expect.stringContaining("call codex again") },
  });
});
