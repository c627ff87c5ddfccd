// What a caller is told where git fails: never that the bridge met an error of its own.
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toBridgeError } from "../../src/domain/errors.ts";
import { GitError } from "../../src/receipts/snapshots/git-error.ts";
import { createGit } from "../../src/receipts/snapshots/git-program.ts";
import { createProposalFiles, type Proposal } from "../../src/state/proposal-files.ts";
import { createWorktrees, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
let worktrees: Worktrees;
let proposal: Proposal;

beforeEach(async () => {
  project = createGitProject();
  const { stateDir, env, top } = project;
  project.write("a.txt", "a\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  worktrees = createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [stateDir], clock: Date.now, project: top },
    ...{ folder: join(dirname(top), "worktrees"), files: createProposalFiles(stateDir), newId: () => "pr-00000001" },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
    setUp: undefined,
  });
  ({ proposal } = await worktrees.make({ cwd: top, title: "x" }, { signal, report: () => {} }));
  writeFileSync(join(proposal.worktree, "a.txt"), "b\n");
});
afterEach(() => project.close());

const told = async (): Promise<string> => {
  const { code, message, report } = await worktrees.commit(proposal, "t", signal).then(
    () => expect.unreachable(),
    (error: unknown) => toBridgeError(error),
  );
  return `${code} ${message} ${report.nextStep}`;
};

test("a lock that another git left; after it is removed the work is committed", async () => {
  const lock = join(project.top, `.git/refs/heads/${proposal.branch}.lock`);
  writeFileSync(lock, "");
  expect(await told()).toMatch(/^GIT_FAILED Another git holds a lock.*cannot lock ref.* Wait until the other git/);
  rmSync(lock);
  expect(await worktrees.commit(proposal, "t", signal)).toMatchObject({ hasChanged: true });
});

test("a damaged object", async () => {
  const tree = project.git("rev-parse", "HEAD^{tree}").trim();
  const file = join(project.top, ".git/objects", tree.slice(0, 2), tree.slice(2));
  chmodSync(file, 0o644);
  writeFileSync(file, "garbage");
  expect(await told()).toMatch(/^GIT_FAILED The repository lacks an object.*loose object .*corrupt.* `git fsck`/);
});

test("a git that is not there", async () => {
  const { top: workTree, env } = project;
  const git = createGit({ file: "/nowhere/git", env, gitDir: workTree, workTree, indexFile: "" }, signal);
  const { code, message } = toBridgeError(await git(["version"]).catch((error: unknown) => error));
  expect(`${code} ${message}`).toMatch(/^GIT_FAILED Git could not be started: /);
});

test.each([
  ["fatal: write error: No space left on device", /^MACHINE_LIMIT A disk is full: /],
  ["error: unable to write file .git/objects/12/3: Permission denied", /^GIT_FAILED Git may not write .*for this user/],
  ["error: unknown option `missing-ok'\nusage: git write-tree", /^GIT_FAILED This git is too old: .*newer git/],
  ["Command timed out after 300000 milliseconds", /^GIT_FAILED Git took too long: /],
  ["exit code 1", /^GIT_FAILED Git failed: git write-tree: exit code 1 .*`git status`/],
  [
    "error: unable to stat 'tests/corrupt.bin': Not a directory",
    /^GIT_FAILED Git failed: git write-tree: error: unable/,
  ],
  ['error: open("bad object"): Is a directory', /^GIT_FAILED Git failed: /],
  ["error: my corrupt notes: cannot add to the index", /^GIT_FAILED Git failed: /],
  ["fatal: Unable to process path out of memory", /^GIT_FAILED Git failed: /],
  ["error: tests/out of memory/timed.out: is a directory - add files inside instead", /^GIT_FAILED Git failed: /],
  [
    "warning: unable to access '/x': Permission denied\nfatal: this is new",
    /^GIT_FAILED Git failed: fatal: this is new /,
  ],
  [
    "error: a.txt: failed to insert into database\nfatal: file write error: Disk quota exceeded",
    /^MACHINE_LIMIT A disk/,
  ],
  ["error: can't open 'tests/timed out': Permission denied", /^GIT_FAILED Git may not write or read there: /],
  ["fatal: Unable to create '/p/.git/index.lock': File exists.", /^GIT_FAILED Another git holds a lock/],
  ["fatal: unable to read 0123456789012345678901234567890123456789", /^GIT_FAILED The repository lacks an object/],
  ["spawn /nowhere/git ENOENT", /^GIT_FAILED Git could not be started: /],
  ["warning: x\nfatal: a name\u001b[31m of a file", /^GIT_FAILED Git failed: fatal: a name\\u001b\[31m of a file /],
])("%j", (said, expected) => {
  const { code, message, report } = toBridgeError(new GitError("write-tree", said));
  expect(`${code} ${message} ${report.nextStep}`).toMatch(expected);
});
