// `codex-bridge run`, the built program, with the real Codex CLI: the answer on stdout, and exit code 0 only for a finished task.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, runThenSay, say, until } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

function start({ project, env }: Lab, mark: string, ...args: string[]) {
  const [name = "", value = ""] = mark.split("=");
  const child = spawn(process.execPath, [BIN, "run", ...args], { cwd: project, env: { ...env, [name]: value } });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.stderr += chunk;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...said }));
  });
  return { child, ended };
}

test("prints the answer alone, or the whole result, and writes where it may", async ({ lab, processes }) => {
  lab.respond(say("all good"));
  expect(await start(lab, processes.mark, "Look", "around").ended).toMatchObject({ code: 0, stdout: "all good\n" });
  expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toBe("Look around");
  lab.respond(runThenSay("echo x > made.txt"));
  const args = ["Write", "--sandbox", "workspace-write", "--json", "--model", "gpt-mine"];
  const { code, stdout } = await start(lab, processes.mark, ...args).ended;
  expect([code, JSON.parse(stdout).sandbox]).toEqual([0, expect.stringMatching(/^workspace-write/)]);
  expect(lab.standIn.requests.at(-1)?.body).toMatchObject({ model: "gpt-mine" });
  expect(existsSync(join(lab.project, "made.txt"))).toBe(true);
  expect(processes.list()).toEqual([]);
});

test("a task that fails is exit code 1, with the reason on stderr; wrong use is 2 and runs nothing", async ({
  lab,
  processes,
}) => {
  lab.respond(() => ({ error: { status: 401, body: { error: { message: "no" } } } }));
  const failed = await start(lab, processes.mark, "x").ended;
  expect(failed).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("[AGENT_UNAUTHENTICATED]") });
  const before = lab.standIn.requests.length;
  expect((await start(lab, processes.mark).ended).code).toBe(2);
  expect((await start(lab, processes.mark, "x", "--odd").ended).code).toBe(2);
  const unknown = await start(lab, processes.mark, "x", "--failover", "gpt").ended;
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("[INVALID_ARGUMENT] failover names") });
  expect(lab.standIn.requests).toHaveLength(before);
  expect(processes.list()).toEqual([]);
});

test("Ctrl-C ends it with everything that it started", async ({ lab, processes }) => {
  lab.respond(() => ({ ending: "hang" }));
  const { child, ended } = start(lab, processes.mark, "x");
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130, stdout: "" });
  expect(processes.list()).toEqual([]);
});
