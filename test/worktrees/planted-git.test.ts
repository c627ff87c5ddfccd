// A command of an earlier turn can put a `.git` into any folder but its own directory. The bridge writes by none that leads elsewhere, and by every
// one that git itself has made.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { moveBranch, readHead } from "../../src/worktrees/branches.ts";
import { openTreeGit, type TreeGit } from "../../src/worktrees/tree-git.ts";
import { putIndex, removeFolders } from "../../src/worktrees/worktree-folder.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
let root: string;
beforeEach(() => {
  project = createGitProject();
  root = dirname(project.top);
  project.write("pkg/a.txt", "1\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
});
afterEach(() => project.close());

const open = (directory: string): Promise<TreeGit> => {
  const { stateDir, env } = project;
  return openTreeGit({ stateDir, env, bridgeId: "one", hidden: [], clock: Date.now }, directory, signal);
};
const pkg = (...names: string[]): string => join(project.top, "pkg", ...names);
const git = (cwd: string, ...args: string[]): string =>
  project.git("-C", cwd, "-c", "protocol.file.allow=always", ...args);

/** Another repository of the user's, which no turn may write. */
function makeVictim(name = "victim"): string {
  git(root, "clone", "--quiet", project.top, name);
  return join(root, name);
}

/** A git folder as a command can make it, sound but for what the row adds. */
function plantFolder(): string {
  git(project.top, "init", "--quiet", "pkg");
  git(pkg(), "commit", "--quiet", "--allow-empty", "-m", "planted");
  return pkg(".git");
}

/** The repository around it tracks nothing in the folder any more. */
const leaveToItself = (): void => void project.git("rm", "-r", "-q", "--cached", "pkg");

test.each<[string, () => void]>([
  ["a file that names another repository", () => writeFileSync(pkg(".git"), `gitdir: ${makeVictim()}/.git\n`)],
  ["a file that names the repository around it", () => writeFileSync(pkg(".git"), "gitdir: ../.git\n")],
  [
    "a file that names somebody's linked working tree",
    () => {
      project.git("worktree", "add", "--quiet", join(root, "linked"));
      writeFileSync(pkg(".git"), `gitdir: ${project.top}/.git/worktrees/linked\n`);
    },
  ],
  [
    "a file that names an entry of its own, which leads on",
    () => {
      mkdirSync(pkg("own/worktrees/x"), { recursive: true });
      writeFileSync(pkg("own/worktrees/x/HEAD"), "ref: refs/heads/main\n");
      writeFileSync(pkg("own/worktrees/x/gitdir"), `${pkg(".git")}\n`);
      writeFileSync(pkg("own/worktrees/x/commondir"), `${makeVictim()}/.git\n`);
      writeFileSync(pkg(".git"), "gitdir: own/worktrees/x\n");
    },
  ],
  [
    "a file that names a submodule of somebody's",
    () => {
      git(root, "init", "--quiet", "outer");
      git(join(root, "outer"), "submodule", "--quiet", "add", project.top, "module");
      writeFileSync(pkg(".git"), `gitdir: ${root}/outer/.git/modules/module\n`);
    },
  ],
  ...["bare = true", "bare = true # for all", 'bare = "yes"', "bare"].map((line): [string, () => void] => [
    `a file that names a bare repository (${line})`,
    () => {
      git(root, "init", "--quiet", "--bare", "bare.git");
      const config = join(root, "bare.git/config");
      writeFileSync(config, readFileSync(config, "utf8").replace("bare = true", line));
      expect(git(join(root, "bare.git"), "rev-parse", "--is-bare-repository").trim()).toBe("true");
      writeFileSync(pkg(".git"), `gitdir: ${root}/bare.git\n`);
    },
  ]),
  ["a link to another repository", () => symlinkSync(join(makeVictim(), ".git"), pkg(".git"))],
  [
    "a link in the way of a file",
    () => {
      symlinkSync(join(makeVictim(), ".git"), pkg("way"));
      writeFileSync(pkg(".git"), "gitdir: way\n");
    },
  ],
  [
    "a folder with the objects of another one",
    () => writeFileSync(join(plantFolder(), "commondir"), `${makeVictim()}/.git\n`),
  ],
])("%s is not written by", async (_, plant) => {
  plant();
  await expect(open(pkg())).rejects.toMatchObject({
    code: "ISOLATION_FAILED",
    message: expect.stringContaining(pkg(".git")),
  });
  expect(existsSync(join(project.stateDir, "snapshots"))).toBe(false);
});

test.each([
  ...["index", "HEAD", "packed-refs", "refs", "refs/heads", "logs", "logs/HEAD", "logs/refs", "logs/refs/heads"],
  ...["objects", "objects/pack", "worktrees"],
])("a link in place of %s in a git folder is not written by", async (name) => {
  const path = join(plantFolder(), name);
  if (existsSync(path)) renameSync(path, join(root, "out"));
  else mkdirSync(join(root, "out"));
  symlinkSync(join(root, "out"), path);
  await expect(open(pkg())).rejects.toMatchObject({ code: "ISOLATION_FAILED", message: expect.stringContaining(path) });
});

test.each<[string, (out: string) => void]>([
  ["a branch that is a link", (out) => symlinkSync(out, pkg(".git/refs/heads/codex"))],
  ["a log that is a link", (out) => symlinkSync(out, pkg(".git/logs/refs/heads/codex"))],
  [
    "a log that is another file too",
    (out) => {
      mkdirSync(pkg(".git/logs/refs/heads/codex"));
      linkSync(join(out, "profile"), pkg(".git/logs/refs/heads/codex/x"));
    },
  ],
  [
    "a log that is a FIFO",
    () => {
      mkdirSync(pkg(".git/logs/refs/heads/codex"));
      execFileSync("mkfifo", [pkg(".git/logs/refs/heads/codex/x")]);
    },
  ],
])("%s moves no branch", async (_, plant) => {
  leaveToItself();
  plantFolder();
  const out = join(root, "out");
  mkdirSync(out);
  writeFileSync(join(out, "profile"), "export A=1\n");
  plant(out);
  const opened = await open(pkg());
  const { commit = "" } = await readHead(opened, signal);
  await expect(moveBranch(opened, "codex/x", { to: commit, from: undefined }, signal)).rejects.toMatchObject({
    code: "ISOLATION_FAILED",
  });
  expect(readdirSync(out)).toEqual(["profile"]);
  expect(readFileSync(join(out, "profile"), "utf8")).toBe("export A=1\n");
});

test("an entry of a worktree that has become a link is neither written nor removed", async () => {
  const out = join(root, "out");
  mkdirSync(join(out, "pr-00000001"), { recursive: true });
  writeFileSync(join(out, "pr-00000001/gitdir"), "x\n");
  const commonDir = plantFolder();
  symlinkSync(out, join(commonDir, "worktrees"));
  expect(() => putIndex(join(commonDir, "worktrees/pr-00000001"), Buffer.from("x"))).toThrow(/is a link/);
  await removeFolders(join(root, "worktrees"), { id: "pr-00000001", commonDir });
  expect(readdirSync(join(out, "pr-00000001"))).toEqual(["gitdir"]);
});

test("what was lent from a git folder that is another one now is not written by", async () => {
  leaveToItself();
  plantFolder();
  const { store } = await open(pkg());
  const lent = join(store.folder, "branches.git/refs");
  rmSync(lent);
  symlinkSync(join(makeVictim(), ".git/refs"), lent);
  await open(pkg());
  expect(realpathSync(lent)).toBe(pkg(".git/refs"));
});

test("a sound repository among files that the one around it tracks is not written by", async () => {
  plantFolder();
  await expect(open(pkg())).rejects.toMatchObject({
    code: "ISOLATION_FAILED",
    message: expect.stringContaining(`The repository ${project.top} tracks files within ${pkg()}`),
  });
  leaveToItself();
  expect((await open(pkg())).store.repository.top).toBe(pkg());
});

const OWN: [string, () => string][] = [
  ["a plain clone", () => makeVictim()],
  [
    "a linked working tree",
    () => {
      project.git("worktree", "add", "--quiet", join(root, "linked"));
      return join(root, "linked");
    },
  ],
  [
    "a linked working tree of a bare repository",
    () => {
      git(root, "clone", "--quiet", "--bare", project.top, "bare.git");
      git(join(root, "bare.git"), "worktree", "add", "--quiet", "../linked");
      return join(root, "linked");
    },
  ],
  [
    "a linked working tree that was moved",
    () => {
      project.git("worktree", "add", "--quiet", join(root, "linked"));
      project.git("worktree", "move", join(root, "linked"), join(root, "moved"));
      return join(root, "moved");
    },
  ],
  [
    "a submodule",
    () => {
      git(project.top, "submodule", "--quiet", "add", makeVictim(), "module");
      return join(project.top, "module");
    },
  ],
  [
    "a sparse submodule",
    () => {
      git(project.top, "submodule", "--quiet", "add", makeVictim(), "module");
      git(join(project.top, "module"), "sparse-checkout", "set", "--cone", "x");
      return join(project.top, "module");
    },
  ],
  [
    "a submodule of old, with a .git of its own",
    () => {
      git(project.top, "clone", "--quiet", makeVictim(), "module");
      git(project.top, "submodule", "--quiet", "add", "./module");
      return join(project.top, "module");
    },
  ],
  [
    "a linked working tree of a submodule",
    () => {
      git(project.top, "submodule", "--quiet", "add", makeVictim(), "module");
      git(join(project.top, "module"), "worktree", "add", "--quiet", join(root, "linked"));
      return join(root, "linked");
    },
  ],
  [
    "a separate git folder",
    () => {
      git(root, "clone", "--quiet", "--separate-git-dir=sep.git", project.top, "sep");
      return join(root, "sep");
    },
  ],
  [
    "a git folder that was moved away, once it names its working tree",
    () => {
      const top = makeVictim();
      git(top, "init", "--quiet", `--separate-git-dir=${root}/sep.git`);
      git(top, "config", "core.worktree", top);
      return top;
    },
  ],
  [
    "a folder that is reached by a link",
    () => {
      mkdirSync(join(root, "deep"));
      git(root, "clone", "--quiet", project.top, "deep/real");
      symlinkSync(join(root, "deep"), join(root, "short"));
      git(join(root, "short/real"), "worktree", "add", "--quiet", join(root, "short/linked"));
      return realpathSync(join(root, "short/linked"));
    },
  ],
];

test.each(OWN)("%s is the user's", async (_, make) => {
  const top = make();
  const opened = await open(top);
  const { commit = "" } = await readHead(opened, signal);
  await moveBranch(opened, "codex/x", { to: commit, from: undefined }, signal);
  expect(git(top, "rev-parse", "codex/x").trim()).toBe(commit);
});
