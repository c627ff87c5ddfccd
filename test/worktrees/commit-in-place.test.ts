// Commits of what changed in repositories of every kind: the commit is sound, and git finds nothing left to commit.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commitInPlace } from "../../src/worktrees/commit-in-place.ts";
import { openTreeGit } from "../../src/worktrees/tree-git.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { changesOf } from "../support/receipts.ts";

const { signal } = new AbortController();
let project: GitProject;
beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

const start = () => {
  project.git("config", "user.name", "U");
  project.git("config", "user.email", "u@localhost");
  project.write("a.txt", "1\n");
  project.write("folder/b.txt", "1\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
};

async function commit(act: () => unknown) {
  const { files } = await changesOf(project, act);
  const { stateDir, env, top } = project;
  const git = await openTreeGit({ stateDir, env, bridgeId: "two", hidden: [], clock: Date.now }, top, signal);
  const each = files.flatMap(({ path, from, before, after }) =>
    from === undefined
      ? [{ path, before, after }]
      : [
          { path: from, before, after: undefined },
          { path, before: undefined, after },
        ],
  );
  return commitInPlace(git, { files: each, message: "m\n", id: "rc-1" }, signal);
}

/** Gives git a configuration of the machine. */
function configureMachine(text: string): void {
  const root = join(project.top, "..");
  const [path, machine] = [join(root, "bin"), join(root, "machine.conf")];
  mkdirSync(path);
  writeFileSync(machine, text);
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh\nGIT_CONFIG_SYSTEM=${machine} exec ${real} "$@"\n`;
  writeFileSync(join(path, "git"), script, { mode: 0o755 });
  project.env["PATH"] = `${path}:${project.env["PATH"]}`;
}

const change = () => {
  project.write("a.txt", "2\n");
  project.write("new\nline", "1\n");
  writeFileSync(Buffer.concat([Buffer.from(`${project.top}/`), Buffer.from([0x66, 0xff])]), "1\n");
  rmSync(join(project.top, "folder"), { recursive: true });
  project.write("folder", "a file now\n");
};

test.each(["a plain one", "a linked working tree", "sha256", "a split index", "a sparse checkout", "packed branches"])(
  "%s",
  async (what) => {
    if (what === "sha256") {
      rmSync(join(project.top, ".git"), { recursive: true });
      project.git("init", "--quiet", "--object-format=sha256");
    }
    if (what === "a sparse checkout") project.write("left/out", "1\n");
    start();
    const main = project;
    const log = main.git("reflog");
    if (what === "a linked working tree") {
      project.git("worktree", "add", "--quiet", join(project.top, "../linked"));
      const top = realpathSync(join(project.top, "../linked"));
      const git = (...args: string[]) => execFileSync("git", args, { cwd: top, env: project.env, encoding: "utf8" });
      project = { ...project, top, git, write: (path, text) => writeFileSync(join(top, path), text) };
    }
    if (what === "a split index") project.git("update-index", "--split-index");
    if (what === "a sparse checkout") project.git("sparse-checkout", "set", "--cone", "folder");
    if (what === "packed branches") project.git("pack-refs", "--all");
    const done = await commit(change);
    if (what === "a split index") {
      expect(done).toMatchObject({ kind: "refused", reason: expect.stringContaining("split") });
      return;
    }
    expect(done).toMatchObject({ kind: "committed", files: 5 });
    expect(project.git("status", "--porcelain")).toBe("");
    project.git("fsck", "--strict");
    expect(project.git("ls-tree", "-r", "--name-only", "HEAD").includes("left/out")).toBe(what === "a sparse checkout");
    expect(project.git("log", "-1", "--format=%s")).toBe("m\n");
    // Each working tree has a log of its own.
    expect(project.git("rev-parse", "HEAD@{0}", "HEAD@{1}")).toBe(project.git("rev-parse", "HEAD", "HEAD^"));
    if (what === "a linked working tree") expect(main.git("reflog")).toBe(log);
  },
);

test.each([
  ["a folder", "n/staged", "n"],
  ["a file", "n", "n/new"],
])("%s that is staged, or whose removal is, is not replaced", async (_, staged, made) => {
  start();
  project.write(staged, "staged\n");
  project.git("add", "--all");
  rmSync(join(project.top, "n"), { recursive: true });
  const refused = await commit(() => project.write(made, "1\n"));
  expect(refused).toMatchObject({ kind: "refused", paths: [staged] });
  expect(project.git("show", `:${staged}`)).toBe("staged\n");
  project.git("commit", "--quiet", "-m", "second");
  project.git("rm", "-r", "--cached", "--quiet", "n");
  rmSync(join(project.top, "n"), { recursive: true });
  expect(await commit(() => project.write(made, "1\n"))).toMatchObject({ kind: "refused", paths: [staged] });
  expect(project.git("status", "--porcelain")).toContain(`D  ${staged}\n`);
});

test("where the branch cannot be moved, the index is put back", async () => {
  start();
  const lock = join(project.top, ".git/refs/heads/main.lock");
  writeFileSync(lock, "");
  const turn = commit(() => {
    change();
    rmSync(join(project.top, "folder"));
    project.write("folder/c.txt", "1\n");
  });
  await expect(turn).rejects.toThrow(/^git update-ref: .*main\.lock/);
  expect(project.git("diff", "--cached", "--name-only")).toBe("");
  expect(project.git("ls-files")).toBe("a.txt\nfolder/b.txt\n");
  rmSync(lock);
  expect(await commit(() => project.write("b.txt", "1\n"))).toMatchObject({ kind: "committed", files: 1 });
});

test("while another git has the index nothing is committed", async () => {
  start();
  writeFileSync(join(project.top, ".git/index.lock"), "");
  const head = project.git("rev-parse", "HEAD");
  await expect(commit(() => project.write("a.txt", "2\n"))).rejects.toThrow(/^git update-index: .*index\.lock/s);
  expect(project.git("rev-parse", "HEAD")).toBe(head);
  expect(existsSync(join(project.top, ".git/index.lock"))).toBe(true);
});

test("files of a repository within it, and line ends that git converts, are refused by name", async () => {
  start();
  mkdirSync(join(project.top, "inner"));
  project.git("-C", join(project.top, "inner"), "init", "--quiet");
  expect(await commit(() => project.write("inner/x", "1\n"))).toMatchObject({ kind: "refused", paths: ["inner/x"] });
  project.write(".gitattributes", "* text=auto\n");
  const refused = await commit(() => project.write("dos.txt", "1\r\n"));
  expect(refused).toMatchObject({ kind: "refused", paths: ["dos.txt"] });
  expect((await commit(() => project.write("unix.txt", "1\n"))).kind).toBe("committed");
});

test.each<[string, () => void]>([
  [
    "in one line",
    () => project.write(".git/config", `${readFileSync(join(project.top, ".git/config"))}[core]autocrlf\n`),
  ],
  ["by an include", () => project.git("config", "include.path", "more")],
  ["of one worktree", () => project.write(".git/config.worktree", "[core]\n\tautocrlf = input\n")],
  ["of the user", () => writeFileSync(join(project.env["HOME"] ?? "", ".gitconfig"), "[core]\nautocrlf = on\n")],
  [
    "of the user, for some folders",
    () => writeFileSync(join(project.env["HOME"] ?? "", ".gitconfig"), '[includeIf "gitdir:~/x/"]\npath = more\n'),
  ],
  ["of the machine", () => configureMachine("[core]\nautocrlf = input\n")],
])("line ends that git converts, or may convert, by its configuration: %s", async (_, configure) => {
  start();
  configure();
  expect(await commit(() => project.write("dos.txt", "1\r\n"))).toMatchObject({ kind: "refused", paths: ["dos.txt"] });
  expect(await commit(() => project.write("unix.txt", "1\n"))).toMatchObject({ kind: "committed" });
});

test.each<[string, (config: string) => void]>([
  [
    "of the repository",
    (config) => project.write(".git/config", readFileSync(join(project.top, ".git/config")) + config),
  ],
  ["of the user", (config) => writeFileSync(join(project.env["HOME"] ?? "", ".gitconfig"), config)],
  ["of the machine", (config) => configureMachine(config)],
])("a filter by a file of attributes that the configuration names: %s", async (_, configure) => {
  start();
  const attributes = join(project.top, "../attributes");
  writeFileSync(attributes, "*.bin filter=lfs\n");
  configure(`[core]\nattributesFile = ${attributes}\n`);
  expect(await commit(() => project.write("x.bin", "1\n"))).toMatchObject({ kind: "refused", paths: ["x.bin"] });
  expect(await commit(() => project.write("x.txt", "1\n"))).toMatchObject({ kind: "committed" });
});

test("what is staged of a changed file is not lost, and what is committed already is nothing", async () => {
  start();
  project.write("a.txt", "staged\n");
  project.git("add", "a.txt");
  project.write("a.txt", "1\n");
  const refused = await commit(() => project.write("a.txt", "2\n"));
  expect(refused).toMatchObject({ kind: "refused", paths: ["a.txt"] });
  expect(project.git("show", ":a.txt")).toBe("staged\n");
  project.git("reset", "--quiet", "--hard");
  const again = await commit(() => {
    renameSync(join(project.top, "a.txt"), join(project.top, "c.txt"));
    project.git("add", "-A");
    project.git("commit", "--quiet", "-m", "by the turn");
  });
  expect(again).toMatchObject({ kind: "refused", reason: "all of it is committed already" });
  expect(readFileSync(join(project.top, "c.txt"), "utf8")).toBe("1\n");
});

test("the address is the one that git has for this repository", async () => {
  start();
  project.git("config", "--unset", "user.email");
  const home = String(project.env["HOME"]);
  const condition = `[includeIf "gitdir:${project.top}/"]\npath = work.inc\n`;
  writeFileSync(join(home, ".gitconfig"), `[user]\nname = Me\nemail = me@home.example\n${condition}`);
  writeFileSync(join(home, "work.inc"), "[user]\nemail = me@work.example\n");
  expect(await commit(() => project.write("a.txt", "2\n"))).toMatchObject({ kind: "committed" });
  expect(project.git("log", "-1", "--format=%an <%ae>")).toBe("U <me@work.example>\n");
  mkdirSync(join(home, ".config/git"), { recursive: true });
  renameSync(join(home, ".gitconfig"), join(home, ".config/git/config"));
  renameSync(join(home, "work.inc"), join(home, ".config/git/work.inc"));
  expect(await commit(() => project.write("a.txt", "3\n"))).toMatchObject({ kind: "committed" });
  expect(project.git("log", "-1", "--format=%ae")).toBe("me@work.example\n");
});

test("where nothing nearer names the user, the machine's configuration does", async () => {
  start();
  project.git("config", "--unset", "user.email");
  configureMachine("[user]\nname = Machine\nemail = me@machine.example\n");
  expect(await commit(() => project.write("a.txt", "2\n"))).toMatchObject({ kind: "committed" });
  expect(project.git("log", "-1", "--format=%an <%ae>")).toBe("U <me@machine.example>\n");
});
