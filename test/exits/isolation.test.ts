// A bridge that is killed while a worktree is made or worked in: nothing goes on, no work is lost, and the next bridge tidies up.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, runThenSay, until } from "../support/lab.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

let id = 0;
const call = async (bridge: StdioBridge, name: string, args: Record<string, unknown>): Promise<string> => {
  id += 1;
  bridge.call(id, name, args);
  const { result }: Message = await bridge.answer(id);
  return JSON.stringify(result);
};

function makeRepository({ project, env }: Lab): void {
  writeFileSync(join(project, "a.txt"), "a\n");
  for (const args of [
    ["init", "--quiet"],
    ["add", "-A"],
    ["-c", "user.name=T", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "first"],
  ]) {
    execFileSync("git", args, { cwd: project, env });
  }
}

const listBranches = ({ project, env }: Lab): string =>
  execFileSync("git", ["branch", "--list", "codex/*"], { cwd: project, env, encoding: "utf8" });
const toFolder = ({ env }: Lab): string => join(env["HOME"] ?? "", ".local/share/codex-bridge/worktrees");

test("SIGKILL in an isolated turn: its work stays, is shown before it is landed, and nothing runs on", async ({
  lab,
  startServer,
  processes,
}) => {
  makeRepository(lab);
  lab.respond(runThenSay("echo half > half.txt; sleep 311"));
  const options = { env: lab.env, cwd: lab.project };
  const first = startServer(options);
  await shakeHands(first);
  first.call(900, "codex", { prompt: "Half", isolation: "worktree" });
  const isAtWork = () => processes.list().some(({ command }) => command.startsWith("sleep 311"));
  await until("a command runs", isAtWork);
  first.process.kill("SIGKILL");
  await first.exited;
  const second = startServer(options);
  await shakeHands(second);
  expect(await call(second, "codex-land", {})).toMatch(/LAND_CONFLICT.*1 file changed, 1 insertion/);
  await until("nothing of it runs", () => !isAtWork());
  expect(existsSync(join(lab.project, "half.txt"))).toBe(false);
  expect(await call(second, "codex-land", {})).toContain("Landed pr-");
  expect(readFileSync(join(lab.project, "half.txt"), "utf8")).toBe("half\n");
  expect([readdirSync(toFolder(lab)), listBranches(lab)]).toEqual([[], ""]);
});

test("SIGKILL in the setup command: the next bridge ends it, and removes the worktree with its branch", async ({
  lab,
  startServer,
  processes,
}) => {
  makeRepository(lab);
  const options = { env: { ...lab.env, BRIDGE_WORKTREE_SETUP: "sleep 312 & sleep 312" }, cwd: lab.project };
  const first = startServer(options);
  await shakeHands(first);
  first.call(901, "codex", { prompt: "x", isolation: "worktree" });
  const isAtWork = () => processes.list().some(({ command }) => command.startsWith("sleep 312"));
  await until("the setup command runs", isAtWork);
  expect(listBranches(lab)).not.toBe("");
  first.process.kill("SIGKILL");
  await first.exited;
  const second = startServer({ env: lab.env, cwd: lab.project });
  await shakeHands(second);
  const isGone = () => readdirSync(toFolder(lab)).length === 0 && listBranches(lab) === "";
  await until("it is tidied up", () => !isAtWork() && isGone());
});
