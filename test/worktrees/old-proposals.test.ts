// Proposals that are open for longer than a store of snapshots is used: their trees are in the old one.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { STORE_MS, STORES_FOLDER } from "../../src/receipts/snapshots/snapshot-store.ts";
import { sweepStores } from "../../src/receipts/snapshots/sweep-stores.ts";
import { createProposalFiles, type Proposal, type ProposalFiles } from "../../src/state/proposal-files.ts";
import { hasOpenProposal } from "../../src/worktrees/fill-worktree.ts";
import { planLanding } from "../../src/worktrees/plan-landing.ts";
import { createWorktrees, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
let files: ProposalFiles;
let worktrees: Worktrees;
let now: number;

beforeEach(() => {
  project = createGitProject();
  const { stateDir, env, top } = project;
  files = createProposalFiles(stateDir);
  now = Date.now();
  worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [stateDir], clock: () => now, project: top, files },
    ...{ folder: join(dirname(top), "worktrees"), newId: () => "pr-00000001", setUp: undefined },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
  });
  project.write("a.txt", "one\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
});
afterEach(() => project.close());

async function make(): Promise<Proposal> {
  return (await worktrees.make({ cwd: project.top, title: "x" }, { signal, report: () => {} })).proposal;
}

const sweep = (): Promise<void> =>
  sweepStores(project.stateDir, now - STORE_MS, (folder) => hasOpenProposal(files, folder));

const toStore = ({ store = "none" }: Proposal): string => join(project.stateDir, STORES_FOLDER, store);

test("work is committed, compared and landed long after the worktree was made, also what was not committed then", async () => {
  project.write("a.txt", "mine\n");
  project.write("new.txt", "new\n");
  const proposal = await make();
  now += 4 * STORE_MS;
  await sweep();
  writeFileSync(join(proposal.worktree, "work.txt"), "work\n");
  writeFileSync(join(proposal.worktree, "new.txt"), "newer\n");
  const { proposal: next, diffStat } = await worktrees.commit(proposal, "t", signal);
  expect(diffStat).toBe("2 files changed, 2 insertions(+), 1 deletion(-)");
  now += 4 * STORE_MS;
  await sweep();
  expect((await worktrees.compare(next, signal)).diffStat).toBe(diffStat);
  expect(await worktrees.readDiff(next, 1_000, signal)).toContain("-new\n+newer\n");
  const { steps, conflicts } = await planLanding(await worktrees.open(next, signal), next, signal);
  expect([steps.map(({ path }) => path), conflicts]).toEqual([["new.txt", "work.txt"], []]);
  expect(project.git("show", `${next.branch}~1:a.txt`)).toBe("mine\n");
  // The branch is whole without the store.
  expect(project.git("fsck", "--full", "--strict")).toBe("");
});

test("a submodule stays in the commits of a later turn", async () => {
  const head = project.git("rev-parse", "HEAD").trim();
  mkdirSync(join(project.top, "module"));
  project.git("init", "--quiet", "module");
  project.git("update-index", "--add", "--cacheinfo", `160000,${head},module`);
  project.git("commit", "--quiet", "-m", "module");
  const proposal = await make();
  writeFileSync(join(proposal.worktree, "work.txt"), "work\n");
  const { proposal: first } = await worktrees.commit(proposal, "t", signal);
  now += 2 * STORE_MS;
  await sweep();
  expect((await worktrees.compare(first, signal)).files.map(({ path }) => path)).toEqual(["work.txt"]);
  writeFileSync(join(proposal.worktree, "more.txt"), "more\n");
  const { proposal: second } = await worktrees.commit(first, "t", signal);
  expect(project.git("ls-tree", "--name-only", second.branch).trim().split("\n")).toEqual([
    "a.txt",
    "module",
    "more.txt",
    "work.txt",
  ]);
});

test("an old store goes once its proposals are over, and stays while a record of one cannot be read", async () => {
  const proposal = await make();
  const store = toStore(proposal);
  expect(basename(store)).toMatch(/^[0-9a-f]{24}-\d+$/);
  now += 4 * STORE_MS;
  await sweep();
  expect(existsSync(store)).toBe(true);
  const record = files.toPath(proposal);
  const text = readFileSync(record, "utf8");
  writeFileSync(record, "{");
  await sweep();
  expect(existsSync(store)).toBe(true);
  writeFileSync(record, text);
  files.write({ ...proposal, state: "landed" });
  await sweep();
  expect(existsSync(store), "the worktree was kept").toBe(true);
  await worktrees.removeFolder(proposal);
  await sweep();
  expect(existsSync(store)).toBe(false);
});

test("a store that is not of the proposal's repository is not opened", async () => {
  const proposal = await make();
  const { store } = await worktrees.open({ ...proposal, store: `${"0".repeat(24)}-1` }, signal);
  expect(store.folder).toBe(toStore(proposal));
});
