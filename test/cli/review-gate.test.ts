// `codex-bridge hook stop` with the real Codex: what it holds back, how often, and that it lets go in every other case.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, say, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const FINDING = {
  ...{ severity: "P1", file: "sum.js", startLine: 1, endLine: 1, title: "It subtracts", body: "It should add." },
  ...{ confidence: 0.9, evidence: "export const sum = (a, b) => a - b;", isAboutRemoval: false },
};
const ANSWER = JSON.stringify({ summary: "One defect.", findings: [FINDING] });
const ON = { BRIDGE_REVIEW_GATE: "1" };
const SILENT = { code: 0, stdout: "", stderr: "" };

const write = ({ project }: Lab, text: string) => writeFileSync(join(project, "sum.js"), text);

function makeChange(lab: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  write(lab, "export const sum = (a, b) => a + b;\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  write(lab, "export const sum = (a, b) => a - b;\n");
}

/** Starts the hook, as Claude Code does. */
function start(lab: Lab, own: object = {}, env: Record<string, string> = ON) {
  const child = spawn(process.execPath, [BIN, "hook", "stop"], {
    cwd: lab.project,
    env: { ...lab.env, CLAUDE_PROJECT_DIR: lab.project, LAB_CASE: lab.root, ...env },
  });
  const payload = { session_id: "s-1", cwd: lab.project, stop_hook_active: false, background_tasks: [], ...own };
  child.stdin.end(JSON.stringify(payload));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

const stop = (lab: Lab, own: object = {}, env: Record<string, string> = ON) => start(lab, own, env).ended;
const expectNothingLeft = (lab: Lab) => expect(findMarked(`LAB_CASE=${lab.root}`)).toEqual([]);

describe("with a serious finding", () => {
  test("it blocks once for a state, and again only once in the turn for what changed", async ({ lab }) => {
    makeChange(lab);
    lab.respond(say(ANSWER));
    const first = await stop(lab);
    expect({ ...first, stdout: JSON.parse(first.stdout) }).toMatchObject({
      ...{ code: 0, stderr: "" },
      stdout: { decision: "block", reason: expect.stringContaining("F1 P1 sum.js:1 It subtracts") },
    });
    // Claude has judged it, and left the code as it is.
    expect(await stop(lab, { stop_hook_active: true })).toEqual(SILENT);
    write(lab, "export const sum = (a, b) => a - b;\nexport const two = 2;\n");
    expect((await stop(lab, { stop_hook_active: true })).stdout).toContain('"block"');
    write(lab, "export const sum = (a, b) => a - b;\nexport const three = 3;\n");
    expect(await stop(lab, { stop_hook_active: true })).toEqual(SILENT);
    expect(lab.standIn.requests).toHaveLength(2);
    expectNothingLeft(lab);
  });
});

describe("in a work tree", () => {
  const git = (lab: Lab, ...args: string[]) =>
    execFileSync("git", ["-C", lab.project, "-c", "core.hooksPath=/dev/null", ...args], { env: lab.env });

  test("what is reviewed is the work tree in which Claude stands, under the settings of the project", async ({
    lab,
  }) => {
    makeChange(lab);
    write(lab, "export const sum = (a, b) => a + b;\n");
    const tree = join(lab.outside, "tree");
    git(lab, "worktree", "add", "--quiet", tree, "-b", "other");
    mkdirSync(join(tree, "src"));
    lab.respond(say(ANSWER));
    expect(await stop(lab, { cwd: join(tree, "src") })).toEqual(SILENT);
    writeFileSync(join(tree, "sum.js"), "export const sum = (a, b) => a - b;\n");
    expect((await stop(lab, { cwd: join(tree, "src") })).stdout).toContain("F1 P1 sum.js:1 It subtracts");
    expect(await stop(lab)).toEqual(SILENT);
    expect(lab.standIn.requests).toHaveLength(1);
    expectNothingLeft(lab);
  });

  test.for<[string, (lab: Lab) => string]>([
    ["a folder that is gone", ({ outside }) => join(outside, "none")],
    ["a folder outside", ({ outside }) => outside],
    [
      "another repository",
      ({ outside }) => {
        execFileSync("git", ["init", "--quiet", join(outside, "other")]);
        writeFileSync(join(outside, "other/new.js"), "x\n");
        return join(outside, "other");
      },
    ],
    [
      "a folder that only says it is a work tree of the project",
      ({ outside, project }) => {
        mkdirSync(join(project, ".git/worktrees/forged"), { recursive: true });
        mkdirSync(join(outside, "forged"));
        writeFileSync(join(outside, "forged/.git"), `gitdir: ${project}/.git/worktrees/forged\n`);
        return join(outside, "forged");
      },
    ],
  ])("in %s it is the project that is reviewed", async ([, make], { lab }) => {
    makeChange(lab);
    lab.respond(say(ANSWER));
    expect((await stop(lab, { cwd: make(lab) })).stdout).toContain("F1 P1 sum.js:1 It subtracts");
  });
});

describe("with a review that does not finish", () => {
  test("one state is tried twice, and Claude is never held back", async ({ lab }) => {
    makeChange(lab);
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    lab.respond(() => ({ error: { status: 429, body: { error: { type: "usage_limit_reached", message: "limit" } } } }));
    const answers = [];
    const asked = [];
    for (const session_id of ["a", "b", "c", "d"]) {
      answers.push(await stop(lab, { session_id }));
      asked.push(lab.standIn.requests.length);
    }
    expect(asked[0]).toBeGreaterThan(0);
    expect(asked.slice(2)).toEqual([asked[1], asked[1]]);
    for (const { code, stdout, stderr } of answers.slice(0, 2)) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(Object.keys(JSON.parse(stdout))).toEqual(["systemMessage"]);
    }
    expect(answers.slice(2)).toEqual([SILENT, SILENT]);
    expectNothingLeft(lab);
  });

  test("nothing runs after Claude Code has ended it", async ({ lab }) => {
    makeChange(lab);
    lab.respond(() => new Promise(() => {}));
    const { child, ended } = start(lab);
    await until("Codex is asked", () => lab.standIn.requests.length > 0, 30_000);
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain("block");
    expectNothingLeft(lab);
  });
});

test("where the hook itself is killed, a Codex of its own ends with its next word", async ({ lab }) => {
  makeChange(lab);
  let goOn = () => {};
  const isHeld = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  lab.respond(async () => {
    await isHeld;
    return { steps: [{ run: "sleep 60" }, { say: ANSWER }] };
  });
  const { child, ended } = start(lab, {}, { ...ON, BRIDGE_BACKEND: "exec" });
  await until("Codex is asked", () => lab.standIn.requests.length > 0, 30_000);
  child.kill("SIGKILL");
  await ended;
  // Nobody reads its events any more: it notices when it writes one. Until then it waits for its model, as long as Codex itself allows.
  expect(findMarked(`LAB_CASE=${lab.root}`)).toHaveLength(1);
  goOn();
  await until("nothing runs", () => findMarked(`LAB_CASE=${lab.root}`).length === 0, 15_000);
});

test("it ends by itself, with all that it started, once Claude Code is gone", async ({ lab }) => {
  makeChange(lab);
  lab.respond(() => new Promise(() => {}));
  const payload = join(lab.outside, "payload.json");
  writeFileSync(payload, JSON.stringify({ session_id: "s-1", stop_hook_active: false }));
  const line = `"${process.execPath}" "${BIN}" hook stop < "${payload}"; true`;
  const claude = spawn("sh", ["-c", line], {
    cwd: lab.project,
    env: { ...lab.env, LAB_CASE: lab.root, ...ON },
    stdio: "ignore",
  });
  await until("Codex is asked", () => lab.standIn.requests.length > 0, 30_000);
  claude.kill("SIGKILL");
  await until("nothing runs", () => findMarked(`LAB_CASE=${lab.root}`).length === 0, 15_000);
});

describe("Codex is not asked", () => {
  test.for<[string, object, Record<string, string>]>([
    ["without the setting", {}, {}],
    ["where it is 0", {}, { BRIDGE_REVIEW_GATE: "0" }],
    ["where the plugin's option turns it off", {}, { ...ON, CLAUDE_PLUGIN_OPTION_REVIEW_GATE: "false" }],
    ["while tasks run in the background", { background_tasks: [{ id: "1" }] }, ON],
    ["below another agent", {}, { ...ON, BRIDGE_DEPTH: "1" }],
    ["without a session", { session_id: undefined }, ON],
    ["with a payload of another form", { stop_hook_active: "no" }, ON],
    ["where nothing can be counted", {}, { ...ON, BRIDGE_STATE_DIR: "/proc/none" }],
    ["with wrong settings", {}, { ...ON, BRIDGE_MAX_TURNS: "many" }],
  ])("%s", async ([, own, env], { lab }) => {
    makeChange(lab);
    expect(await stop(lab, own, env)).toEqual(SILENT);
    expect(lab.standIn.requests).toEqual([]);
  });

  test("without a change, and without git", async ({ lab }) => {
    expect(await stop(lab)).toEqual(SILENT);
    makeChange(lab);
    write(lab, "export const sum = (a, b) => a + b;\n");
    expect(await stop(lab)).toEqual(SILENT);
    expect(lab.standIn.requests).toEqual([]);
  });

  test("where there is no Codex that runs: the person is told", async ({ lab }) => {
    makeChange(lab);
    const broken = join(lab.outside, "codex");
    writeFileSync(broken, "#!/bin/sh\nexit 1\n");
    chmodSync(broken, 0o755);
    const { code, stdout, stderr } = await stop(lab, {}, { ...ON, CODEX_BIN: broken });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(Object.keys(JSON.parse(stdout))).toEqual(["systemMessage"]);
  });
});

test("a finding that is not serious is told to the person alone, and the option of the plugin turns it on", async ({
  lab,
}) => {
  makeChange(lab);
  lab.respond(say(JSON.stringify({ summary: "Fine.", findings: [{ ...FINDING, severity: "P2" }] })));
  const { stdout } = await stop(lab, {}, { CLAUDE_PLUGIN_OPTION_REVIEW_GATE: "true" });
  expect(JSON.parse(stdout)).toEqual({ systemMessage: expect.stringContaining("found nothing serious") });
});
