// With BRIDGE_JOBS=outlive: what ends a bridge ends nothing of its jobs, and everything else of it. What ends a runner leaves nothing at all.
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { createJobFiles } from "../../src/state/job-files.ts";
import { test as labTest, type MarkedProcesses } from "../support/fixture.ts";
import { isWarmServer, type Lab, runThenSay, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands, toEnvelope } from "../support/stdio-bridge.ts";
import { countSleeps, type End, reach, SERVER_ENDS, SITUATIONS, type Situation, signal, wait } from "./rows.ts";

type Begin = (situation: Situation, env?: Record<string, string>) => Promise<StdioBridge>;
interface Seen {
  readonly pid: number;
  readonly command: string;
}

const test = labTest.extend("begin", async ({ lab, startServer }): Promise<Begin> => {
  return async (situation, env) => {
    lab.respond(situation.respond);
    const own = { BRIDGE_JOBS: "outlive", BRIDGE_MAX_SANDBOX: "danger-full-access" };
    const bridge = startServer({ env: { ...lab.env, ...own, ...env }, cwd: lab.project });
    await shakeHands(bridge);
    return bridge;
  };
});

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const FULL = SITUATIONS["background and setsid children, full access"];
const BRIDGE_ENDS: Record<string, End> = { ...SERVER_ENDS, SIGKILL: signal("SIGKILL") };
const DECLARED = toEnvelope({ extensions: { "io.modelcontextprotocol/tasks": {} } });

const isRunner = ({ command }: Seen): boolean => command.endsWith(" run-jobs");
const findRunner = (processes: MarkedProcesses): number => processes.list().find(isRunner)?.pid ?? 0;
/** The runner, Codex and the commands of the model. Codex also asks git and the like for a moment. */
const belongs = (seen: Seen): boolean =>
  isRunner(seen) || isWarmServer(seen) || seen.command.startsWith("sleep 3") || seen.command.includes("/codex exec");

/** Starts a job; gives its id. */
async function startJob(bridge: StdioBridge, id: number, { sandbox }: Situation): Promise<string> {
  bridge.call(id, "codex", { prompt: "x", sandbox, background: true });
  const { result = {} } = await bridge.answer(id);
  return (result["structuredContent"] as { jobId: string }).jobId;
}

const readStates = ({ stateDir, project }: Lab): string[] =>
  createJobFiles(stateDir)
    .listNewest(project, 100)
    .map(({ record }) => record.state);

/** Ends the runners as a person does, and checks that nothing is left. */
async function stop({ env, project, stateDir }: Lab, processes: MarkedProcesses): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [BIN, "jobs", "--stop"], { env, cwd: project });
  expect(stdout).toMatch(/^Ended the runner of /);
  expect(processes.list()).toEqual([]);
  expect(execFileSync("find", [stateDir, "-path", "*/runner*", "-type", "f"], { encoding: "utf8" })).toBe("");
}

describe.each(Object.entries(SITUATIONS))("a job, %s", (_name, situation) => {
  test.for(Object.entries(BRIDGE_ENDS))(
    "%s ends nothing of it; jobs --stop all of it",
    async ([_end, act], { lab, processes, begin }) => {
      const bridge = await begin(situation);
      await startJob(bridge, 1, situation);
      await reach(lab, processes, situation);
      const before = processes.besides(bridge).filter(belongs);
      await act(bridge);
      await bridge.exited;
      await wait(500);
      expect(processes.list().filter(belongs)).toEqual(before);
      expect(readStates(lab)).toEqual(["running"]);
      await stop(lab, processes);
      expect(readStates(lab)).toEqual(["cancelled"]);
    },
  );
});

test("a later bridge, which ends what dead ones left, ends nothing of a job", async ({ lab, processes, begin }) => {
  const first = await begin(FULL);
  const jobId = await startJob(first, 1, FULL);
  await reach(lab, processes, FULL);
  const before = processes.besides(first).filter(belongs);
  first.process.kill("SIGKILL");
  await first.exited;
  const second = await begin(FULL);
  second.call(1, "agent_job", { action: "status", jobIds: [jobId] });
  expect(JSON.stringify((await second.answer(1)).result)).toContain('"state":"running"');
  await wait(1_500);
  expect(processes.besides(second).filter(belongs)).toEqual(before);
  second.process.stdin?.end();
  await second.exited;
  await stop(lab, processes);
});

describe("what is no job ends with the bridge, beside a job that goes on", () => {
  test.for(Object.entries(BRIDGE_ENDS).filter(([name]) => name !== "SIGKILL"))(
    "%s",
    async ([_end, act], { lab, processes, begin }) => {
      const bridge = await begin(FULL);
      await startJob(bridge, 1, FULL);
      await reach(lab, processes, FULL);
      const before = processes.besides(bridge).filter(belongs);
      // One call runs in the bridge. The other one may become a job, so it runs in the runner.
      bridge.call(2, "codex", { prompt: "waits", sandbox: FULL.sandbox });
      const waiting = { name: "codex", arguments: { prompt: "waits", sandbox: FULL.sandbox }, _meta: DECLARED };
      bridge.send({ id: 3, method: "tools/call", params: waiting });
      const commands = () => processes.list().map(({ command }) => command);
      await until("all three run", () => countSleeps(commands()) >= 12);
      await act(bridge);
      expect(await bridge.exited).toEqual({ code: 0, signal: null });
      const keys = before.map(({ pid }) => pid);
      const others = () => processes.list().filter(({ pid }) => !keys.includes(pid));
      await until("the calls are gone", () => others().length === 0);
      expect(processes.list()).toEqual(before);
      await stop(lab, processes);
    },
  );
});

test("a call that is no job yet leaves no runner", async ({ lab, processes, begin }) => {
  const bridge = await begin(FULL);
  const params = { name: "codex", arguments: { prompt: "x", sandbox: FULL.sandbox }, _meta: DECLARED };
  bridge.send({ id: 1, method: "tools/call", params });
  await reach(lab, processes, FULL);
  bridge.process.kill("SIGKILL");
  await bridge.exited;
  await until("nothing is left", () => processes.list().length === 0);
});

test.for(Object.entries(BRIDGE_ENDS))(
  "one job at work and twenty in the queue, %s: all go on; jobs --stop ends them",
  async ([_end, act], { lab, processes, begin }) => {
    const bridge = await begin(FULL, { BRIDGE_MAX_JOBS: "1" });
    for (let id = 1; id <= 21; id += 1) await startJob(bridge, id, FULL);
    await reach(lab, processes, FULL);
    await act(bridge);
    await bridge.exited;
    expect(new Set(readStates(lab))).toEqual(new Set(["running", "queued"]));
    await stop(lab, processes);
    expect(readStates(lab)).toEqual(Array(21).fill("cancelled"));
  },
);

describe("a runner that is ended leaves nothing", () => {
  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", async (name, { lab, processes, begin }) => {
    const bridge = await begin(FULL);
    await startJob(bridge, 1, FULL);
    await reach(lab, processes, FULL);
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    process.kill(findRunner(processes), name);
    await until("nothing is left", () => processes.list().length === 0);
    expect(readStates(lab)).toEqual(["interrupted"]);
  });

  test("SIGKILL of the runner and of its bridge: the next start ends the rest", async ({ lab, processes, begin }) => {
    const bridge = await begin(FULL);
    const jobId = await startJob(bridge, 1, FULL);
    await reach(lab, processes, FULL);
    process.kill(findRunner(processes), "SIGKILL");
    bridge.process.kill("SIGKILL");
    await bridge.exited;
    const next = await begin(FULL);
    await until("the next bridge has ended them", () => processes.besides(next).length === 0);
    next.call(1, "agent_job", { action: "status", jobIds: [jobId] });
    expect(JSON.stringify((await next.answer(1)).result)).toContain('"state":"interrupted"');
  });
});

test("what a completed job left running ends with the runner", async ({ lab, processes, begin }) => {
  const respond = runThenSay("setsid sleep 306 >/dev/null 2>&1 & sleep 0.3; echo started");
  const bridge = await begin({ ...FULL, respond });
  const jobId = await startJob(bridge, 1, FULL);
  bridge.call(2, "agent_job", { action: "wait", jobIds: [jobId] });
  expect(JSON.stringify((await bridge.answer(2)).result)).toContain('"command":"sleep 306"');
  await wait(700);
  const left = processes.left(bridge);
  expect(left.filter((seen) => !isRunner(seen)).map(({ command }) => command)).toEqual(["sleep 306"]);
  bridge.process.stdin?.end();
  await bridge.exited;
  await until("nothing is left", () => processes.list().length === 0);
  expect(readStates(lab)).toEqual(["completed"]);
});

test("jobs --stop ends a CLI that hangs when it is asked what it can do", async ({ lab, processes, begin }) => {
  const CODEX_BIN = join(lab.root, "codex");
  writeFileSync(CODEX_BIN, "#!/bin/sh\nsleep 307 & setsid sleep 308 & wait\n", { mode: 0o755 });
  const bridge = await begin(SITUATIONS["model hanging"], { CODEX_BIN });
  await startJob(bridge, 1, SITUATIONS["model hanging"]);
  await until("the question hangs", () => countSleeps(processes.list().map(({ command }) => command)) >= 2);
  bridge.process.kill("SIGKILL");
  await bridge.exited;
  await stop(lab, processes);
});
