// With BRIDGE_JOBS=outlive, exactly the runner and its job are left when a bridge ends; the job completes, and then nothing is left.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { test as labTest, type MarkedProcesses } from "../support/fixture.ts";
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";
import { writeHumanPath } from "../support/human-path.ts";
import { holdThenSay, ON_APP_SERVER, runThenSay, say, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands, toEnvelope } from "../support/stdio-bridge.ts";

type Fields = Record<string, unknown>;
type Open = (env?: Record<string, string>) => Promise<StdioBridge>;

const test = labTest.extend("open", async ({ lab, startServer }): Promise<Open> => {
  return async (env) => {
    const bridge = startServer({ env: { ...lab.env, BRIDGE_JOBS: "outlive", ...env }, cwd: lab.project });
    await shakeHands(bridge);
    return bridge;
  };
});

let id = 0;
async function call(bridge: StdioBridge, name: string, args: Fields): Promise<Fields> {
  id += 1;
  bridge.call(id, name, args);
  return (await bridge.answer(id)).result?.["structuredContent"] as Fields;
}

const isRunner = ({ command }: { command: string }): boolean => command.includes("run-jobs");
const findRunners = (processes: MarkedProcesses): { pid: number }[] => processes.list().filter(isRunner);
/** Ways in which a bridge ends. */
const ENDS: Record<string, (bridge: StdioBridge) => void> = {
  EOF: (bridge) => void bridge.process.stdin?.end(),
  SIGTERM: (bridge) => void bridge.process.kill("SIGTERM"),
  SIGKILL: (bridge) => void bridge.process.kill("SIGKILL"),
};

test.for(Object.entries(ENDS))(
  "%s: the job completes, a later bridge has its result, and nothing is left",
  async ([, end], { lab, open, processes }) => {
    const { respond, goOn } = holdThenSay("The parser is fine.");
    lab.respond(respond);
    const first = await open();
    const { jobId, content } = await call(first, "codex", { prompt: "Review the parser", background: true });
    expect(content).toContain("It goes on when this session ends");
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    end(first);
    await first.exited;
    // Codex asks git and the like for a moment.
    const isOurs = (entry: { command: string }): boolean => isRunner(entry) || entry.command.includes("codex");
    await until("only the runner and its Codex are left", () => processes.list().every(isOurs));
    expect(findRunners(processes)).toHaveLength(1);
    const second = await open();
    expect(await call(second, "agent_job", { action: "status", jobIds: [jobId] })).toMatchObject({
      jobs: [{ jobId, state: "running" }],
    });
    goOn();
    const result = await call(second, "agent_job", { action: "wait", jobIds: [jobId] });
    expect(result).toMatchObject({ state: "completed", content: "The parser is fine." });
    second.process.stdin?.end();
    await second.exited;
    await until("nothing is left", () => processes.list().length === 0);
  },
);

test("a bridge whose jobs have ended leaves nothing, and a call that waits ends with it", async ({
  lab,
  open,
  processes,
}) => {
  lab.respond(say("Done."));
  const bridge = await open();
  const { jobId } = await call(bridge, "codex", { prompt: "Review", background: true });
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [jobId] })).toMatchObject({ state: "completed" });
  lab.respond(runThenSay("sleep 307"));
  bridge.call(900, "codex", { prompt: "Wait" });
  await until("a command runs", () => processes.list().some(({ command }) => command.startsWith("sleep 307")));
  bridge.process.kill("SIGTERM");
  await bridge.exited;
  await until("nothing is left", () => processes.list().length === 0);
});

test("a runner that is killed leaves an interrupted job, its processes are ended, and the next call has a runner", async ({
  lab,
  open,
  processes,
}) => {
  lab.respond(runThenSay("sleep 308"));
  const bridge = await open();
  const { jobId } = await call(bridge, "codex", { prompt: "Wait", background: true });
  await until("a command runs", () => processes.list().some(({ command }) => command.startsWith("sleep 308")));
  const [runner] = findRunners(processes);
  process.kill(runner?.pid ?? 0, "SIGKILL");
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [jobId] })).toMatchObject({ state: "interrupted" });
  await until("nothing of it runs", () => processes.besides(bridge).length === 0);
  lab.respond(say("Again."));
  const { jobId: next } = await call(bridge, "codex", { prompt: "Again", background: true });
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [next] })).toMatchObject({ content: "Again." });
});

test("SIGTERM ends a runner with all its jobs, which are interrupted", async ({ lab, open, processes }) => {
  lab.respond(runThenSay("sleep 309"));
  const bridge = await open();
  const { jobId } = await call(bridge, "codex", { prompt: "Wait", background: true });
  await until("a command runs", () => processes.list().some(({ command }) => command.startsWith("sleep 309")));
  const [runner] = findRunners(processes);
  process.kill(runner?.pid ?? 0, "SIGTERM");
  await until("nothing of it runs", () => processes.besides(bridge).length === 0);
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [jobId] })).toMatchObject({ state: "interrupted" });
});

test("cancel and further input reach a job of a runner, in its own session and in a later one", async ({
  lab,
  open,
  processes,
}) => {
  const { respond, goOn } = holdThenSay("First.");
  lab.respond(respond);
  const first = await open();
  const { jobId } = await call(first, "codex", { prompt: "Review", background: true });
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  expect(await call(first, "agent_job_control", { action: "steer", jobId, text: "Also the lexer" })).toMatchObject({
    content: expect.stringContaining(ON_APP_SERVER ? "has got the input" : "next turn"),
  });
  first.process.kill("SIGKILL");
  await first.exited;
  const second = await open();
  expect(await call(second, "agent_job_control", { action: "cancel", jobId })).toMatchObject({
    content: expect.stringContaining("was cancelled"),
  });
  goOn();
  await until("only the bridge is left", () => processes.besides(second).length === 0);
});

test("a call of a client that takes tasks outlives its session once it is a task", async ({ lab, open, processes }) => {
  const { respond, goOn } = holdThenSay("Late.");
  lab.respond(respond);
  const first = await open({ BRIDGE_TASK_AFTER_MS: "500" });
  const _meta = toEnvelope({ extensions: { "io.modelcontextprotocol/tasks": {} } });
  const params = { name: "codex", arguments: { prompt: "Review" }, _meta };
  first.send({ id: 500, method: "tools/call", params });
  const { result } = await first.answer(500);
  expect(result).toMatchObject({ resultType: "task", status: "working" });
  first.process.kill("SIGTERM");
  await first.exited;
  const second = await open();
  goOn();
  const { taskId } = result ?? {};
  await until("the task has completed", async () => {
    id += 1;
    second.send({ id, method: "tasks/get", params: { taskId, _meta } });
    return (await second.answer(id)).result?.["status"] === "completed";
  });
  await until("only the bridge is left", () => processes.besides(second).length === 0);
});

test("a cancel before the handle ends the call in the runner, and progress comes from there", async ({
  lab,
  open,
  processes,
}) => {
  lab.respond(runThenSay("sleep 311"));
  const bridge = await open();
  const _meta = { ...toEnvelope({ extensions: { "io.modelcontextprotocol/tasks": {} } }), progressToken: 700 };
  bridge.send({ id: 700, method: "tools/call", params: { name: "codex", arguments: { prompt: "Wait" }, _meta } });
  const isAtWork = (): boolean => processes.list().some(({ command }) => command.startsWith("sleep 311"));
  await until("a command runs", isAtWork);
  await until("progress comes", () => bridge.messages.some(({ method }) => method === "notifications/progress"));
  bridge.send({ method: "notifications/cancelled", params: { requestId: 700 } });
  await until("nothing of it runs", () => processes.left(bridge).every(isRunner));
  expect(await call(bridge, "agent_job", { action: "list" })).toMatchObject({ jobs: [] });
});

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const runBridge = async (words: string[], { env, cwd }: { env: Record<string, string>; cwd: string }) =>
  (await promisify(execFile)(process.execPath, [BIN, ...words], { env, cwd })).stdout;

test("jobs --stop ends the runners of the directory with their jobs, and says so", async ({ lab, open, processes }) => {
  lab.respond(runThenSay("sleep 310"));
  const bridge = await open();
  const { jobId } = await call(bridge, "codex", { prompt: "Wait", background: true });
  await until("a command runs", () => processes.list().some(({ command }) => command.startsWith("sleep 310")));
  const here = { env: lab.env, cwd: lab.project };
  expect(await runBridge(["jobs"], here)).toMatch(new RegExp(`${jobId}.*outlives`));
  expect(await runBridge(["jobs", "--stop"], { ...here, cwd: lab.root })).toMatch(/^No runner of this directory/);
  const [runner] = findRunners(processes);
  expect(await runBridge(["jobs", "--stop"], here)).toBe(
    `Ended the runner of ${lab.project} (pid ${runner?.pid}); it had 1 job: ${jobId}.\n`,
  );
  await until("only the bridge is left", () => processes.besides(bridge).length === 0);
  expect(await call(bridge, "agent_job", { action: "status", jobIds: [jobId] })).toMatchObject({
    jobs: [{ state: "cancelled" }],
  });
  expect(await runBridge(["jobs", "--stop", "--all"], here)).toBe("No runners.\n");
  // The bridge that lost its runner starts another one.
  lab.respond(say("Again."));
  const { jobId: next } = await call(bridge, "codex", { prompt: "Again", background: true });
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [next] })).toMatchObject({ content: "Again." });
  expect(findRunners(processes)).toHaveLength(1);
});

test.runIf(canMount())(
  "on a full disk jobs --stop names the way that needs no file, which works",
  async ({ lab, open, processes }) => {
    lab.respond(runThenSay("sleep 311"));
    const bridge = await open();
    await call(bridge, "codex", { prompt: "Wait", background: true });
    await until("a command runs", () => processes.list().some(({ command }) => command.startsWith("sleep 311")));
    const folder = join(lab.stateDir, "runner-stops");
    const unmount = mountDisk(folder, "8k");
    try {
      fillDisk(folder);
      const [runner] = findRunners(processes);
      await expect(runBridge(["jobs", "--stop"], { env: lab.env, cwd: lab.project })).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          `Cannot ask the runner of ${lab.project} (pid ${runner?.pid}) to end: a disk is full. Free what has run out and try again, or run kill ${runner?.pid}.`,
        ),
      });
      process.kill(runner?.pid ?? 0, "SIGTERM");
      await until("only the bridge is left", () => processes.besides(bridge).length === 0);
    } finally {
      unmount();
    }
  },
);

test("where no runner can be started, the job runs in the bridge, and says that it ends with it", async ({
  lab,
  open,
  processes,
}) => {
  const stateDir = join(lab.root, "other-state");
  mkdirSync(stateDir, { mode: 0o700 });
  writeFileSync(join(stateDir, "runners"), "not a folder");
  const bridge = await open({ BRIDGE_STATE_DIR: stateDir });
  const { jobId, content } = await call(bridge, "codex", { prompt: "Hi", background: true });
  expect(content).toMatch(/It ends with this session.*Tell the user: .*BRIDGE_JOBS=outlive.*could not be started: /);
  expect(await call(bridge, "agent_job", { action: "wait", jobIds: [jobId] })).toMatchObject({ state: "completed" });
  expect(findRunners(processes)).toEqual([]);
});

test("a bridge without the setting has no runner", async ({ lab, open, processes }) => {
  const { respond, goOn } = holdThenSay("Done.");
  lab.respond(respond);
  const bridge = await open({ BRIDGE_JOBS: "session" });
  const { content } = await call(bridge, "codex", { prompt: "Hi", background: true });
  expect(content).toContain("It ends with this session");
  expect(findRunners(processes)).toEqual([]);
  goOn();
});

test("a question of a runner's job is answered in the client's form, also by a later session", async ({
  lab,
  open,
  processes,
}) => {
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  const refuse = { error: { status: 400, body: { error: { message: "odd" } } } };
  lab.respond(() => (lab.standIn.requests.length > 2 ? { steps: [{ say: "Fixed." }] } : refuse));
  const env = { DELEGATION_RULES: writeHumanPath(lab.root) };
  const first = await open(env);
  const _meta = toEnvelope({ extensions: { "io.modelcontextprotocol/tasks": {} }, elicitation: { form: {} } });
  const args = { task: "Run the failing test suite and fix it", mode: "run", background: true };
  first.send({ id: 600, method: "tools/call", params: { name: "route_task", arguments: args, _meta } });
  const taskId = (await first.answer(600)).result?.["taskId"];
  const ask = async (bridge: StdioBridge, method: string, more: Fields = {}): Promise<Fields> => {
    id += 1;
    bridge.send({ id, method, params: { taskId, ...more, _meta } });
    return (await bridge.answer(id)).result ?? {};
  };
  await until("it asks", async () => (await ask(first, "tasks/get"))["status"] === "input_required");
  first.process.kill("SIGKILL");
  await first.exited;
  const second = await open(env);
  const asked = await ask(second, "tasks/get");
  const [key = ""] = Object.keys(asked["inputRequests"] as Fields);
  const jobId = taskId;
  const control = { action: "answer", jobId, questionKey: key, text: "retry" };
  expect(await call(second, "agent_job_control", control)).toMatchObject({ error: { code: "APPROVAL_DENIED" } });
  await ask(second, "tasks/update", {
    inputResponses: { [key]: { action: "accept", content: { decision: "retry" } } },
  });
  await until("it goes on", async () => (await ask(second, "tasks/get"))["status"] === "completed");
  await until("only the bridge is left", () => processes.besides(second).length === 0);
});
