// How a proposal gets into the user's files: what is replaced, merged or refused.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProposalFiles, type Proposal } from "../../src/state/proposal-files.ts";
import { planLanding } from "../../src/worktrees/plan-landing.ts";
import { createWorktrees, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
let worktrees: Worktrees;
let proposal: Proposal;

const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
const withLine = (at: number, text: string): string => LINES.with(at, `${text}\n`).join("");

beforeEach(async () => {
  project = createGitProject();
  const { stateDir, env, top } = project;
  project.write("long.txt", LINES.join(""));
  project.write("a.txt", "a\n");
  project.write("run.sh", "#!/bin/sh\n");
  project.write("folder/x.txt", "x\n");
  project.write("data.bin", Buffer.from([0, 1, 2, 255]));
  symlinkSync("a.txt", join(top, "link"));
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [stateDir], clock: Date.now, project: top },
    ...{ folder: join(dirname(top), "worktrees"), files: createProposalFiles(stateDir), newId: () => "pr-00000001" },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
    setUp: undefined,
  });
  ({ proposal } = await worktrees.make({ cwd: top, title: "x" }, { signal, report: () => {} }));
});
afterEach(() => project.close());

const there = (name: string): string => join(proposal.worktree, name);
const here = (name: string): string => join(project.top, name);

async function plan() {
  const { proposal: next } = await worktrees.commit(proposal, "t", signal);
  const { steps, merged, conflicts } = await planLanding(await worktrees.open(next, signal), next, signal);
  return { steps: steps.map(({ path }) => path).sort(), merged, conflicts };
}

test("files that are as they were are replaced; changes, new files, removals, modes and links", async () => {
  writeFileSync(there("a.txt"), "b\n");
  writeFileSync(there("new.txt"), "new\n");
  chmodSync(there("run.sh"), 0o755);
  rmSync(there("link"));
  symlinkSync("new.txt", there("link"));
  rmSync(there("folder"), { recursive: true });
  expect(await plan()).toEqual({
    steps: ["a.txt", "folder/x.txt", "link", "new.txt", "run.sh"],
    merged: [],
    conflicts: [],
  });
});

test("a new file that the turn closed to others is landed closed; one that is open has the user's usual permissions", async () => {
  writeFileSync(there("key"), "k\n", { mode: 0o600 });
  writeFileSync(there("open"), "o\n", { mode: 0o644 });
  chmodSync(there("a.txt"), 0o600);
  writeFileSync(there("a.txt"), "b\n");
  const { proposal: next } = await worktrees.commit(proposal, "t", signal);
  const git = await worktrees.open(proposal, signal);
  const { steps } = await planLanding(git, next, signal);
  const wanted = new Map(steps.map(({ path, before }) => [path, before?.permissions]));
  expect(wanted).toEqual(
    new Map([
      ["a.txt", undefined],
      ["key", "600"],
      ["open", undefined],
    ]),
  );
  rmSync(proposal.worktree, { recursive: true });
  expect((await planLanding(git, next, signal)).steps.map(({ before }) => before?.permissions)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a file that both sides changed is merged where the changes go together", async () => {
  writeFileSync(there("long.txt"), withLine(2, "theirs"));
  writeFileSync(here("long.txt"), withLine(15, "mine"));
  chmodSync(here("long.txt"), 0o755);
  expect(await plan()).toEqual({ steps: ["long.txt"], merged: ["long.txt"], conflicts: [] });
});

test("what is there already is no step, and a file that only the user changed is none either", async () => {
  writeFileSync(there("a.txt"), "same\n");
  writeFileSync(here("a.txt"), "same\n");
  writeFileSync(here("long.txt"), "mine\n");
  expect(await plan()).toEqual({ steps: [], merged: [], conflicts: [] });
});

/** Two changes of one path: in the worktree and in the user's tree. */
type Sides = readonly [there: (path: string) => void, here: (path: string) => void];

const write = (content: string | Buffer) => (path: string) => writeFileSync(path, content);
const remove = (path: string): void => rmSync(path, { recursive: true });
const linkTo = (target: string) => (path: string) => {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
};
const makeFolder = (path: string): void => {
  mkdirSync(path);
  writeFileSync(join(path, "y"), "y");
};

test.each<[string, string, Sides]>([
  ["the same line", "a.txt", [write("b\n"), write("c\n")]],
  ["changed there, removed here", "a.txt", [write("b\n"), remove]],
  ["removed there, changed here", "a.txt", [remove, write("c\n")]],
  ["a new file of both", "new.txt", [write("b\n"), write("c\n")]],
  ["a binary file", "data.bin", [write(Buffer.from([0, 9])), write("\0")]],
  ["a link", "link", [linkTo("x"), linkTo("y")]],
  ["a folder in place of a new file", "made", [write("x"), makeFolder]],
  ["a link in place of a folder", "folder", [(path) => write("y")(join(path, "x.txt")), linkTo("/tmp")]],
])("a conflict is named, and nothing is written: %s", async (_, name, [inWorktree, inTree]) => {
  inWorktree(there(name));
  inTree(here(name));
  const { conflicts } = await plan();
  expect(conflicts).toHaveLength(1);
});

test("a file becomes a folder, and a folder a file", async () => {
  rmSync(there("a.txt"));
  mkdirSync(there("a.txt"));
  writeFileSync(there("a.txt/deep"), "deep\n");
  rmSync(there("folder"), { recursive: true });
  writeFileSync(there("folder"), "now a file\n");
  expect(await plan()).toEqual({ steps: ["a.txt", "a.txt/deep", "folder", "folder/x.txt"], merged: [], conflicts: [] });
});

test("a merge driver and a conflict style of the project's have no effect", async () => {
  const ran = join(dirname(project.top), "ran");
  project.git("config", "merge.x.driver", `touch ${ran}`);
  project.git("config", "merge.conflictStyle", "diff3");
  project.write(".gitattributes", "*.txt merge=x\n");
  writeFileSync(there("a.txt"), "b\n");
  writeFileSync(here("a.txt"), "c\n");
  expect((await plan()).conflicts).toEqual(["a.txt"]);
  expect(() => project.git("-C", dirname(project.top), "hash-object", ran)).toThrow();
});
