// BRIDGE_JOBS=outlive with a state folder that cannot be written, is full, or has a path too long for a socket: each call says so, no result is
// lost, and no runner is left.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { test as labTest, type MarkedProcesses } from "../support/fixture.ts";
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";
import { holdThenSay, type Lab, say, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

type Fields = Record<string, unknown>;
interface Disk {
  readonly spoil: () => void;
  readonly mend: () => void;
}

const test = labTest.extend("open", async ({ lab, startServer }) => {
  return async (): Promise<StdioBridge> => {
    const bridge = startServer({ env: { ...lab.env, BRIDGE_JOBS: "outlive" }, cwd: lab.project });
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

async function close(bridge: StdioBridge): Promise<void> {
  bridge.process.stdin?.end();
  await bridge.exited;
}

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const IN_BACKGROUND = { prompt: "Review the parser", background: true };
/** Longer than what a full disk may still have room for. */
const LONG = "The parser is fine. ".repeat(900).trim();

const stopJobs = async ({ env, project: cwd }: Lab): Promise<string> =>
  (await promisify(execFile)(process.execPath, [BIN, "jobs", "--stop"], { env, cwd })).stdout;
const isRunner = ({ command }: { command: string }): boolean => command.endsWith(" run-jobs");
const isNothingLeft = (processes: MarkedProcesses): Promise<void> =>
  until("nothing is left", () => processes.list().length === 0);
const readState = async (bridge: StdioBridge, jobId: unknown): Promise<unknown> => {
  const { jobs } = await call(bridge, "agent_job", { action: "status", jobIds: [jobId] });
  return (jobs as Fields[] | undefined)?.[0]?.["state"];
};

const remount = (folder: string, mode: "ro" | "rw"): void =>
  void execFileSync("mount", ["-o", `remount,${mode}`, folder]);

const TROUBLES = {
  "a read-only state folder": {
    spoil: (folder: string): void => remount(folder, "ro"),
    mend: (folder: string): void => remount(folder, "rw"),
    refusal: /^\[CONFIG_INVALID\] The job cannot be put on record.*\(EROFS\)/,
    toStop:
      /^codex-bridge: jobs: Cannot ask the runner of .* to end: the state folder cannot be written \(EROFS\)\. Make it writable and try again, or run kill (\d+)\./,
  },
  "a full disk": {
    spoil: fillDisk,
    mend: (folder: string): void => {
      for (const bytes of [4_096, 1]) rmSync(join(folder, `fill-${bytes}`), { force: true });
    },
    refusal: /^\[MACHINE_LIMIT\].* a disk is full/,
    toStop:
      /^codex-bridge: jobs: Cannot ask the runner of .* to end: a disk is full\. Free what has run out and try again, or run kill (\d+)\./,
  },
};

describe.runIf(canMount()).each(Object.entries(TROUBLES))("%s", (_name, { spoil, mend, refusal, toStop }) => {
  const testOn = test.extend("disk", async ({ lab }, { onCleanup }): Promise<Disk> => {
    const unmount = mountDisk(lab.stateDir, "2m");
    onCleanup(unmount);
    return { spoil: () => spoil(lab.stateDir), mend: () => mend(lab.stateDir) };
  });

  testOn("from the start: a job is refused, a call that waits is answered", async ({ lab, disk, open, processes }) => {
    disk.spoil();
    lab.respond(say("Done."));
    const bridge = await open();
    expect((await call(bridge, "codex", IN_BACKGROUND))["content"]).toMatch(refusal);
    expect(await call(bridge, "codex", { prompt: "Hi" })).toMatchObject({ content: "Done." });
    // The shell that an app server asks for its snapshot ends by itself.
    await until("nothing is left", () => processes.left(bridge).length === 0);
    disk.mend();
    // The next try to start a runner waits a minute.
    const { jobId, content } = await call(bridge, "codex", IN_BACKGROUND);
    expect(content).toMatch(/It ends with this session.* could not be started: [^.]*(\.[^.]+)*\.$/);
    expect(await call(bridge, "agent_job", { action: "wait", jobIds: [jobId] })).toMatchObject({ state: "completed" });
    await close(bridge);
    await isNothingLeft(processes);
  });

  testOn("in mid-job: the runner keeps the result until it can be written", async ({ lab, disk, open, processes }) => {
    const { respond, goOn } = holdThenSay(LONG);
    lab.respond(respond);
    const bridge = await open();
    const { jobId } = await call(bridge, "codex", IN_BACKGROUND);
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    disk.spoil();
    goOn();
    await until("Codex has ended", () => processes.left(bridge).every(isRunner));
    await close(bridge);
    await until("only the runner is left", () => processes.left().every(isRunner));
    expect(processes.list().filter(isRunner)).toHaveLength(1);
    disk.mend();
    const later = await open();
    await until("its record is there", async () => (await readState(later, jobId)) === "completed");
    const { content } = await call(later, "agent_job", { action: "result", jobIds: [jobId] });
    expect(content).toBe(LONG);
    await until("only the bridge is left", () => processes.besides(later).length === 0);
    await close(later);
  });

  testOn(
    "in mid-job: jobs --stop names the way that needs no file, and it leaves nothing",
    async ({ lab, disk, open, processes }) => {
      lab.respond(() => ({ ending: "hang" }));
      const bridge = await open();
      const { jobId } = await call(bridge, "codex", IN_BACKGROUND);
      await until("the model is asked", () => lab.standIn.requests.length > 0);
      await close(bridge);
      disk.spoil();
      const { stderr } = await stopJobs(lab).then(
        () => ({ stderr: "it could" }),
        (error: { stderr: string }) => error,
      );
      const pid = Number(toStop.exec(stderr)?.[1]);
      expect(processes.list().filter(isRunner), stderr).toMatchObject([{ pid }]);
      process.kill(pid, "SIGTERM");
      await isNothingLeft(processes);
      disk.mend();
      const later = await open();
      expect(await readState(later, jobId)).toBe("interrupted");
    },
  );
});

test("a state folder that somebody removed: the job's result is there, and its runner can be found and ended", async ({
  lab,
  open,
  processes,
}) => {
  const { respond, goOn } = holdThenSay("Done.");
  lab.respond(respond);
  const bridge = await open();
  const { jobId } = await call(bridge, "codex", IN_BACKGROUND);
  await call(bridge, "codex", IN_BACKGROUND);
  await until("the model is asked twice", () => lab.standIn.requests.length > 1);
  rmSync(lab.stateDir, { recursive: true });
  await close(bridge);
  lab.respond(() => ({ ending: "hang" }));
  goOn();
  const later = await open();
  await until("it is on record again", async () => (await readState(later, jobId)) === "completed");
  await call(later, "codex", IN_BACKGROUND);
  await close(later);
  await until("the first runner has ended", () => processes.list().filter(isRunner).length === 1);
  rmSync(lab.stateDir, { recursive: true });
  await until("the runner is found", async () => (await stopJobs(lab)).startsWith("Ended the runner of "));
  expect(processes.list()).toEqual([]);
});

describe("a state folder whose path is too long for a socket", () => {
  const testDeep = test.override("lab", async ({ lab }): Promise<Lab> => {
    const stateDir = join(lab.root, "s".repeat(60), "t".repeat(60));
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return { ...lab, stateDir, env: { ...lab.env, BRIDGE_STATE_DIR: stateDir } };
  });

  testDeep("a job goes on, a later session has its result, and nothing is left", async ({ lab, open, processes }) => {
    const { respond, goOn } = holdThenSay(LONG);
    lab.respond(respond);
    const first = await open();
    const { jobId, content } = await call(first, "codex", IN_BACKGROUND);
    expect(content).toContain("It goes on when this session ends");
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    first.process.kill("SIGKILL");
    await first.exited;
    const second = await open();
    expect(await readState(second, jobId)).toBe("running");
    goOn();
    const wait = { action: "wait", jobIds: [jobId] };
    expect(await call(second, "agent_job", wait)).toMatchObject({ state: "completed", content: LONG });
    await until("only the bridge is left", () => processes.besides(second).length === 0);
    await close(second);
  });

  testDeep("a later session cancels a job, and jobs --stop leaves nothing", async ({ lab, open, processes }) => {
    lab.respond(() => ({ ending: "hang" }));
    const first = await open();
    const jobs = [await call(first, "codex", IN_BACKGROUND), await call(first, "codex", IN_BACKGROUND)];
    const ids = jobs.map(({ jobId }) => jobId);
    await until("the model is asked twice", () => lab.standIn.requests.length > 1);
    await close(first);
    const second = await open();
    expect(await call(second, "agent_job_control", { action: "cancel", jobId: ids[0] })).toMatchObject({
      content: expect.stringContaining("was cancelled"),
    });
    expect(await readState(second, ids[1])).toBe("running");
    await close(second);
    expect(await stopJobs(lab)).toMatch(/^Ended the runner of .* it had 1 job/);
    expect(processes.list()).toEqual([]);
  });
});
