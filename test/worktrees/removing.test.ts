// The commands of docs/upgrading.md that remove what the bridge leaves after its package is gone, run as they stand there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProposalFiles } from "../../src/state/proposal-files.ts";
import { createWorktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

let project: GitProject;

beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

function readCommands(heading: string): string {
  const [, text = ""] = readFileSync("docs/upgrading.md", "utf8").split(`\n### ${heading}\n`);
  return /```sh\n(.*?)```/s.exec(text)?.[1] ?? expect.unreachable(`no commands below ${heading}`);
}

test("folders, entries and branches of open proposals go; branches keep their work until then, and the user's stay", async () => {
  const { top, env } = project;
  const { signal } = new AbortController();
  project.write("a.txt", "a\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  project.git("branch", "codex/mine");
  const [stateDir, folder] = [".local/state/codex-bridge", ".local/share/codex-bridge/worktrees"].map((path) =>
    join(env["HOME"] ?? "", path),
  ) as [string, string];
  const worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [], clock: Date.now, project: top, folder, setUp: undefined },
    ...{ files: createProposalFiles(stateDir), newId: () => "pr-00000001" },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
  });
  const { proposal } = await worktrees.make({ cwd: top, title: "x" }, { signal, report: () => {} });
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  await worktrees.commit(proposal, "t", signal);
  const run = (heading: string): void => {
    execFileSync("sh", ["-euc", readCommands(heading)], { cwd: top, env, stdio: ["ignore", "pipe", "pipe"] });
  };
  const branches = (): string[] => project.git("branch", "--format=%(refname:short)").trim().split("\n");

  run("The bridge's folders");
  expect([stateDir, proposal.worktree].map((path) => existsSync(path))).toEqual([false, false]);
  expect(project.git("show", `${proposal.branch}:made.txt`)).toBe("made\n");
  expect(branches()).toEqual(["codex/mine", proposal.branch, "main"]);

  run("What proposals leave in a repository");
  expect(branches()).toEqual(["codex/mine", "main"]);
  expect([existsSync(join(top, ".git/worktrees")), project.git("status", "--porcelain")]).toEqual([false, ""]);
  project.git("fsck", "--strict");
});
