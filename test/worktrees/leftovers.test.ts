// What is left of worktrees after a kill or a failed removal: found, and removed only where it cannot hold work.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createStagingFolders } from "../../src/receipts/staging-folders.ts";
import { checkWorktrees, type WorktreeScope } from "../../src/setup/doctor/worktree-checks.ts";
import { createProposalFiles, type Proposal, type ProposalFiles } from "../../src/state/proposal-files.ts";
import { findLeftovers, type LeftoverScope, removeLeftover, sweepLeftovers } from "../../src/worktrees/leftovers.ts";
import { findObstacle } from "../../src/worktrees/tree-git.ts";
import { createWorktrees, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
const DAY_MS = 86_400_000;
let project: GitProject;
let files: ProposalFiles;
let worktrees: Worktrees;
let scope: WorktreeScope;
let folder: string;
let now: number;
let held: Set<string>;

beforeEach(() => {
  project = createGitProject();
  project.write("a.txt", "a\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  const { stateDir, env, top } = project;
  files = createProposalFiles(stateDir);
  folder = join(dirname(top), "worktrees");
  now = Date.now();
  held = new Set();
  let made = 0;
  const clock = (): number => now;
  const holder = { pid: 1, start: 1, bootId: "b", cwd: "/", since: 0 };
  const toHeld = { kind: "held", holder, isSeenAlive: true, path: "/lock" } as const;
  const locks: LeftoverScope["locks"] = {
    look: (key) => (held.has(key) ? toHeld : undefined),
    take: (key) => (held.has(key) ? toHeld : { kind: "taken", wasLeft: false, release: () => {} }),
  };
  worktrees = createWorktrees({
    ...{
      stateDir,
      env,
      bridgeId: "one",
      hidden: [stateDir],
      clock,
      project: top,
      folder,
      files,
      locks,
      setUp: undefined,
    },
    newId: () => {
      made += 1;
      return `pr-0000000${made}`;
    },
  });
  const staging = createStagingFolders(stateDir, locks);
  scope = { worktrees, files, locks, clock, staging, findObstacle: () => findObstacle(top, env["HOME"]) };
});
afterEach(() => project.close());

const make = async (): Promise<Proposal> =>
  (await worktrees.make({ cwd: project.top, title: "x" }, { signal, report: () => {} })).proposal;
const kinds = (): string[] => findLeftovers(scope, true).map(({ id, kind }) => `${id} ${kind}`);
const removeAll = async () => {
  const words: (string | undefined)[] = [];
  for (const left of findLeftovers(scope, true)) words.push((await removeLeftover(scope, left))?.words);
  return words;
};
const branches = (): string[] => project.git("branch", "--format=%(refname:short)").trim().split("\n");

test("a proposal with work is never a leftover within 30 days; then its folder goes and its branch stays", async () => {
  const proposal = await make();
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  await worktrees.commit(proposal, "t", signal);
  now += 29 * DAY_MS;
  expect(kinds()).toEqual([]);
  now += 2 * DAY_MS;
  expect(kinds()).toEqual([`${proposal.id} old`]);
  expect(await removeAll()).toEqual([expect.stringContaining(`its work is on branch ${proposal.branch}`)]);
  expect([existsSync(proposal.worktree), branches()]).toEqual([false, [proposal.branch, "main"]]);
  expect(project.git("show", `${proposal.branch}:made.txt`)).toBe("made\n");
});

test("doctor tells of each open proposal that is listed, also of one that a killed turn left without a change", async () => {
  expect(await checkWorktrees(scope, true)).toMatchObject({ found: "nothing to remove. No proposal waits" });
  await make();
  const unchanged = "1 open proposal without a recorded change (`codex-bridge proposals --all` lists them; --fix ";
  expect(await checkWorktrees(scope, true)).toMatchObject({
    status: "ok",
    found: expect.stringContaining(`nothing to remove. ${unchanged}`),
  });
  expect((await checkWorktrees(scope, false)).found).toContain(`none left over. ${unchanged}`);
  const other = await make();
  writeFileSync(join(other.worktree, "made.txt"), "made\n");
  await worktrees.commit(other, "t", signal);
  expect((await checkWorktrees(scope, false)).found).toContain(`1 proposal not landed yet, ${unchanged}`);
});

test("one in which nothing was changed goes after a day; one whose turn was killed is committed and kept", async () => {
  const [empty, killed] = [await make(), await make()];
  writeFileSync(join(killed.worktree, "half.txt"), "half\n");
  expect(kinds()).toEqual([]);
  now += DAY_MS + 1;
  expect(kinds().sort()).toEqual([`${empty.id} empty`, `${killed.id} empty`]);
  expect((await removeAll()).filter((words) => words !== undefined)).toEqual([
    `${empty.id}: nothing was changed in it`,
  ]);
  expect([existsSync(empty.worktree), branches()]).toEqual([false, [killed.branch, "main"]]);
  expect(project.git("show", `${killed.branch}:half.txt`)).toBe("half\n");
  expect(files.find(undefined, empty.id).kind).toBe("absent");
});

test("what was killed while it was made, and what was not removed at the end", async () => {
  const [making, landed] = [await make(), await make()];
  worktrees.update({ ...making, state: "making" });
  worktrees.update({ ...landed, state: "landed" });
  held.add(`proposal-${making.id}`);
  expect(kinds()).toEqual([`${landed.id} over`]);
  held.clear();
  expect(kinds().sort()).toEqual([`${making.id} unfinished`, `${landed.id} over`]);
  await sweepLeftovers(scope, signal);
  expect([readdirSync(folder), branches(), kinds()]).toEqual([[], ["main"], []]);
  expect(files.listNewest(undefined, 9).map(({ id }) => id)).toEqual([landed.id]);
  now += 31 * DAY_MS;
  await sweepLeftovers(scope, signal);
  expect(files.listNewest(undefined, 9)).toEqual([]);
});

test("a removal that was cut short before the branch went is finished, after a landing and after a discard", async () => {
  for (const state of ["landed", "discarded"] as const) {
    const proposal = await make();
    writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
    const done = (await worktrees.commit(proposal, "t", signal)).proposal;
    worktrees.update({ ...done, state });
    // Another git holds the branch, so that the removal stops where a kill could.
    const lock = join(project.top, ".git/refs/heads", `${proposal.branch}.lock`);
    writeFileSync(lock, "");
    await expect(worktrees.remove({ ...done, state }, signal)).rejects.toThrow("File exists");
    expect([existsSync(proposal.worktree), branches()]).toEqual([false, [proposal.branch, "main"]]);
    rmSync(lock);
    expect(kinds()).toEqual([`${proposal.id} over`]);
    await sweepLeftovers(scope, signal);
    expect([branches(), kinds(), existsSync(join(project.top, ".git/worktrees"))]).toEqual([["main"], [], false]);
  }
});

test("what is in use is left alone", async () => {
  const proposal = await make();
  now += 40 * DAY_MS;
  const [left] = findLeftovers(scope);
  held.add(`proposal-${proposal.id}`);
  expect(kinds()).toEqual([]);
  expect(left && (await removeLeftover(scope, left))).toBeUndefined();
  expect(existsSync(proposal.worktree)).toBe(true);
});

test("what a bridge went on with after the search is left alone", async () => {
  const [making, old] = [await make(), await make()];
  worktrees.update({ ...making, state: "making" });
  now += 40 * DAY_MS;
  const found = findLeftovers(scope);
  expect(found.map(({ kind }) => kind).sort()).toEqual(["old", "unfinished"]);
  worktrees.update(making);
  writeFileSync(join(old.worktree, "made.txt"), "made\n");
  await worktrees.commit(old, "t", signal);
  for (const left of found) expect(await removeLeftover(scope, left)).toBeUndefined();
  expect([making, old].map(({ worktree }) => existsSync(worktree))).toEqual([true, true]);
  expect(branches()).toEqual([making.branch, old.branch, "main"]);
});

test("a record whose folder is gone goes if nothing was in it", async () => {
  const [empty, full] = [await make(), await make()];
  writeFileSync(join(full.worktree, "made.txt"), "made\n");
  await worktrees.commit(full, "t", signal);
  for (const { worktree } of [empty, full]) rmSync(worktree, { recursive: true });
  expect(kinds()).toEqual([`${empty.id} gone`]);
  await removeAll();
  expect(branches()).toEqual([full.branch, "main"]);
});

test("a folder without a record goes once nothing in it was touched for 30 days; other names never", async () => {
  const unknown = join(folder, "pr-unknown0");
  mkdirSync(join(unknown, "project/deep"), { recursive: true });
  mkdirSync(join(folder, "somebody's"));
  writeFileSync(join(unknown, "project/deep/x"), "x");
  const old = new Date(now - 31 * DAY_MS);
  for (const path of ["project/deep", "project", "."]) utimesSync(join(unknown, path), old, old);
  expect(kinds()).toEqual([]);
  utimesSync(join(unknown, "project/deep/x"), old, old);
  expect(kinds()).toEqual(["pr-unknown0 unknown"]);
  await removeAll();
  expect(readdirSync(folder)).toEqual(["somebody's"]);
});

/** Larger than what a proposal stores. */
const LARGE = Buffer.alloc(6_000_000, 7);
const gitIn = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

test("an empty proposal with a large file, a repository and an ignored file is left, and all are named", async () => {
  project.write(".gitignore", "*.out\n");
  const proposal = await make();
  const at = (name: string): string => join(proposal.worktree, name);
  writeFileSync(at("big.bin"), LARGE);
  writeFileSync(at("result.out"), "hours of computing\n");
  mkdirSync(at("lib"));
  gitIn(at("lib"), "init", "--quiet");
  now += 2 * DAY_MS;
  expect(kinds()).toEqual([`${proposal.id} empty`]);
  expect(await removeAll()).toEqual([`${proposal.id} (big.bin, lib/, result.out; ${proposal.worktree})`]);
  now += 2 * DAY_MS;
  expect(await checkWorktrees(scope, true)).toMatchObject({
    status: "warning",
    found: expect.stringContaining(`Left, since no branch holds: ${proposal.id} (big.bin, lib/, result.out; `),
  });
  expect([existsSync(at("big.bin")), branches()]).toEqual([true, [proposal.branch, "main"]]);
});

test("what git ignores goes with a worktree that is over, and is named; one that is open keeps it", async () => {
  project.write(".gitignore", "coverage/\n");
  const [open, over] = [await make(), await make()];
  for (const { worktree } of [open, over]) {
    mkdirSync(join(worktree, "coverage"));
    writeFileSync(join(worktree, "coverage/index.html"), "100 %\n");
  }
  worktrees.update({ ...over, state: "landed" });
  now += 2 * DAY_MS;
  expect(await checkWorktrees(scope, true)).toMatchObject({
    status: "warning",
    found: expect.stringMatching(
      new RegExp(
        `^removed ${over.id}: landed, with what git ignores \\(coverage/\\)\\. .* holds: ${open.id} \\(coverage/; `,
      ),
    ),
  });
  expect([existsSync(open.worktree), existsSync(over.worktree)]).toEqual([true, false]);
});

test("an old proposal keeps its folder for a large file of later, and one with a commit on no branch keeps it too", async () => {
  const [old, detached] = [await make(), await make()];
  writeFileSync(join(old.worktree, "made.txt"), "made\n");
  await worktrees.commit(old, "t", signal);
  writeFileSync(join(old.worktree, "big.bin"), LARGE);
  gitIn(detached.worktree, "checkout", "--quiet", "--detach");
  gitIn(detached.worktree, "commit", "--quiet", "--allow-empty", "-m", "mine");
  const head = gitIn(detached.worktree, "rev-parse", "HEAD").trim();
  now += 31 * DAY_MS;
  expect((await removeAll()).sort()).toEqual([
    `${old.id} (big.bin; ${old.worktree})`,
    `${detached.id} (HEAD at commit ${head}; ${detached.worktree})`,
  ]);
  rmSync(detached.worktree, { recursive: true });
  expect(kinds()).toContain(`${detached.id} gone`);
  expect(await removeAll()).toContain(`${detached.id} (HEAD at commit ${head}; ${detached.worktree})`);
});

test("what a landing kept is left by the sweep; files that a removal took away already are no work", async () => {
  const [kept, half] = [await make(), await make()];
  worktrees.update({ ...kept, state: "landed" });
  worktrees.update({ ...half, state: "landed" });
  writeFileSync(join(kept.worktree, "late.txt"), "late\n");
  rmSync(join(half.worktree, "a.txt"));
  for (const _ of [1, 2]) await sweepLeftovers(scope, signal);
  expect([existsSync(join(kept.worktree, "late.txt")), existsSync(half.worktree)]).toEqual([true, false]);
  expect(await removeAll()).toEqual([`${kept.id} (late.txt; ${kept.worktree})`]);
});

test("a worktree that somebody moved is theirs: it is no leftover, and a removal leaves its entry", async () => {
  const proposal = await make();
  const moved = join(dirname(project.top), "moved");
  project.git("worktree", "move", proposal.worktree, moved);
  writeFileSync(join(moved, "mine.txt"), "mine\n");
  now += 40 * DAY_MS;
  expect(kinds()).toEqual([]);
  worktrees.update({ ...proposal, state: "landed" });
  expect(kinds()).toEqual([]);
  await worktrees.removeFolder(proposal);
  expect(gitIn(moved, "status", "--short")).toBe("?? mine.txt\n");
});

test("doctor names the folder of a landing that was killed, and removes it; not one that is in use", async () => {
  const folder = (await createStagingFolders(project.stateDir, scope.locks).make(project.top)).path.toString("utf8");
  held.add(`staging-${folder.slice(-12)}`);
  expect((await checkWorktrees(scope, true)).status).toBe("ok");
  expect(existsSync(folder)).toBe(true);
  held.clear();
  expect(await checkWorktrees(scope, false)).toMatchObject({
    status: "warning",
    found: expect.stringContaining(`left over: ${folder} (of a landing or an undo that was killed)`),
  });
  expect(await checkWorktrees(scope, true)).toMatchObject({
    status: "ok",
    found: expect.stringContaining(`removed ${folder} (of a landing`),
  });
  expect(existsSync(folder)).toBe(false);
});

test.each([
  "[extensions]\n\trefStorage = reftable\n",
  "[extensions]\n\trefStorage = reftable # newer\n",
  '[Extensions] refstorage="reftable"; newer\n',
  "[extensions]\n\trefStorage = files\n\trefstorage = reftable\r\n",
])("doctor says where no worktree can be made: a repository of another format (%j)", async (lines) => {
  expect((await checkWorktrees(scope, false)).status).toBe("ok");
  project.git("config", "core.repositoryFormatVersion", "1");
  appendFileSync(join(project.top, ".git/config"), lines);
  // As git lays it out.
  rmSync(join(project.top, ".git/refs/heads"), { recursive: true });
  writeFileSync(join(project.top, ".git/refs/heads"), "this repository uses the reftable format\n");
  const said = /needs a repository that keeps its branches as files; .* has the format reftable\./;
  await expect(make()).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(said),
    report: { nextStep: expect.stringContaining("git refs migrate --ref-format=files") },
  });
  expect(await checkWorktrees(scope, false)).toMatchObject({
    status: "warning",
    found: expect.stringMatching(said),
    advice: expect.stringContaining("git refs migrate"),
  });
  rmSync(join(project.top, ".git"), { recursive: true });
  expect((await checkWorktrees(scope, false)).status).toBe("ok");
});

test("the old state of a proposal that a killed bridge was measuring is removed whole, and the proposal stays", async () => {
  const proposal = await make();
  writeFileSync(join(proposal.worktree, "a.txt"), "new\n");
  const base = await worktrees.makeBase(proposal, { signal, report: () => {} });
  expect(readFileSync(join(base.cwd, "a.txt"), "utf8")).toBe("a\n");
  held.add("proposal-pr-00000002");
  expect(kinds()).toEqual([]);
  held.clear();
  expect(kinds()).toEqual(["pr-00000002 unfinished"]);
  await sweepLeftovers(scope, signal);
  expect(existsSync(base.cwd)).toBe(false);
  expect(files.listNewest(undefined, 9).map(({ id }) => id)).toEqual([proposal.id]);
  expect(readdirSync(join(project.top, ".git", "worktrees"))).toEqual([proposal.id]);
  expect(readFileSync(join(proposal.worktree, "a.txt"), "utf8")).toBe("new\n");
});
