// Folders that a turn has made unreadable: git passes them over, so what is in them is on no branch.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProposalFiles } from "../../src/state/proposal-files.ts";
import { createWorktrees, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;
let project: GitProject;
let worktrees: Worktrees;

// Root may read everything.
beforeEach(() => {
  if (isRoot) process.seteuid?.(NOBODY);
  project = createGitProject();
  project.write("a.txt", "a\n");
  project.write("sub/deep.txt", "deep\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  const { stateDir, env, top } = project;
  worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [stateDir], clock: Date.now, project: top, setUp: undefined },
    ...{ folder: join(dirname(top), "worktrees"), files: createProposalFiles(stateDir), newId: () => "pr-00000001" },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
  });
});
afterEach(() => {
  if (isRoot) process.seteuid?.(0);
  project.close();
});

const make = async () => worktrees.make({ cwd: project.top, title: "x" }, { signal, report: () => {} });

test.each([
  ["a new folder that nobody may read", "new", 0o000],
  ["a new folder whose names nobody may list", "new", 0o311],
  ["a new folder whose files nobody may look at", "new", 0o444],
  ["a folder of the user's that nobody may read", "sub", 0o000],
  ["a folder of the user's whose files nobody may look at", "sub", 0o444],
  ["the worktree itself", ".", 0o311],
])("%s would be a loss, and its files are not taken for removed", async (_, name, mode) => {
  const { proposal } = await make();
  const folder = join(proposal.worktree, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "work.txt"), "work\n");
  chmodSync(folder, mode);
  const done = await worktrees.commit(proposal, "t", signal);
  expect(done).toMatchObject({ files: [], unread: [`${name}/`], hasChanged: false });
  expect(await worktrees.findLeftOut(proposal, signal)).toMatchObject({ unheld: [`${name}/`], changed: [] });
  chmodSync(folder, 0o755);
  expect(await worktrees.commit(proposal, "t", signal)).toMatchObject({ unread: [], hasChanged: true });
  expect(await worktrees.findLeftOut(proposal, signal)).toMatchObject({ unheld: [] });
});

test("what of the user's cannot be read is told as missing in the worktree", async () => {
  mkdirSync(join(project.top, "data"));
  writeFileSync(join(project.top, "data/x"), "x\n");
  chmodSync(join(project.top, "data"), 0o000);
  const { proposal, warnings } = await make();
  expect(warnings).toEqual(["The worktree lacks what is in folders that cannot be read: data/."]);
  expect(existsSync(join(proposal.worktree, "data"))).toBe(false);
  chmodSync(join(project.top, "data"), 0o755);
});
