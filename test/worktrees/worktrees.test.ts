// Worktrees of the bridge's own: made from the user's working tree as it is, committed to without the project's configuration, removed without a trace.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProposalFiles, type ProposalFiles } from "../../src/state/proposal-files.ts";
import { createWorktrees, type MadeWorktree, type Worktrees } from "../../src/worktrees/worktrees.ts";
import { canMount, mountDisk } from "../support/full-disk.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
let files: ProposalFiles;
let folder: string;

beforeEach(() => {
  project = createGitProject();
  files = createProposalFiles(project.stateDir);
  folder = join(dirname(project.top), "worktrees");
});
afterEach(() => project.close());

let made = 0;
function create(setUp?: { command: string; timeoutMs?: number }): Worktrees {
  const { stateDir, env, top } = project;
  return createWorktrees({
    ...{ stateDir, env, bridgeId: "one", hidden: [stateDir], clock: Date.now, folder, files, project: top },
    locks: { take: () => ({ kind: "taken", wasLeft: false, release: () => {} }) },
    newId: () => {
      made += 1;
      return `pr-${String(made).padStart(8, "0")}`;
    },
    setUp:
      setUp === undefined
        ? undefined
        : { timeoutMs: 10_000, ...setUp, env, ledger: { begin: () => {}, kill: async () => {} } },
  });
}

const make = (worktrees = create(), cwd = project.top): Promise<MadeWorktree> =>
  worktrees.make({ cwd, title: "Fix the login" }, { signal, report: () => {} });

/** A hook of every kind, filters, a monitor and more: programs that leave `ran` behind if git runs them. */
function plantPrograms(): string {
  const ran = join(dirname(project.top), "ran");
  const script = join(dirname(project.top), "planted.sh");
  writeFileSync(script, `#!/bin/sh\necho "$0 $*" >> ${ran}\ncat\n`, { mode: 0o755 });
  const hooks = join(project.top, ".git/hooks");
  for (const name of ["post-checkout", "pre-commit", "post-commit", "reference-transaction", "post-index-change"]) {
    symlinkSync(script, join(hooks, name));
  }
  for (const key of ["filter.x.clean", "filter.x.smudge", "core.fsmonitor", "gpg.program", "diff.x.command"]) {
    project.git("config", key, script);
  }
  project.git("config", "commit.gpgSign", "true");
  return ran;
}

function commitSome(): void {
  project.write("a.txt", "one\ntwo\n");
  project.write("run.sh", "#!/bin/sh\n", 0o755);
  project.write("sub/deep.txt", "deep\n");
  symlinkSync("a.txt", join(project.top, "link"));
  project.write(".gitignore", "ignored/\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
}

const read = (top: string, name: string) => readFileSync(join(top, name), "utf8");

test("the worktree has the files as they are: committed, changed, staged, new; none that are ignored", async () => {
  commitSome();
  project.write("a.txt", "changed\n");
  project.write("staged.txt", "staged\n");
  project.git("add", "staged.txt");
  project.write("new.txt", "new\r\n");
  project.write("ignored/x", "x");
  rmSync(join(project.top, "sub/deep.txt"));
  const { proposal, warnings } = await make();
  const { worktree } = proposal;
  expect(warnings).toEqual([]);
  expect(worktree).toBe(join(realpathSync(folder), proposal.id, "project"));
  expect(lstatSync(join(folder, proposal.id)).mode & 0o777).toBe(0o700);
  expect([read(worktree, "a.txt"), read(worktree, "new.txt"), readlinkSync(join(worktree, "link"))]).toEqual([
    "changed\n",
    "new\r\n",
    "a.txt",
  ]);
  expect(lstatSync(join(worktree, "run.sh")).mode & 0o111).not.toBe(0);
  expect([existsSync(join(worktree, "ignored")), existsSync(join(worktree, "sub/deep.txt"))]).toEqual([false, false]);
  // git shows there what it shows to the user.
  const inTree = project.git("-C", worktree, "status", "--short");
  expect(inTree).toBe(project.git("status", "--short"));
  expect(project.git("-C", worktree, "branch", "--show-current").trim()).toBe(proposal.branch);
  expect(proposal.branch).toBe(`codex/fix-the-login-${proposal.id}`);
});

test("work is committed on the branch, after what the user had not committed; the user's tree, index and branch stay", async () => {
  commitSome();
  project.write("a.txt", "mine\n");
  const before = [project.git("status", "--short"), project.git("rev-parse", "HEAD"), read(project.top, ".git/index")];
  const worktrees = create();
  const { proposal } = await make(worktrees);
  writeFileSync(join(proposal.worktree, "sub/deep.txt"), "deeper\n");
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  const done = await worktrees.commit(proposal, "thread-1", signal);
  expect(done).toMatchObject({ hasChanged: true, diffStat: "2 files changed, 2 insertions(+), 1 deletion(-)" });
  expect(done.files.map(({ kind, path }) => `${kind} ${path}`)).toEqual(["add made.txt", "update sub/deep.txt"]);
  const log = project.git("log", "--format=%s|%an", proposal.branch).trim().split("\n");
  expect(log).toEqual([
    "Fix the login|codex-bridge",
    "The working tree before the turn, with what was not committed|codex-bridge",
    "first|T",
  ]);
  expect(project.git("show", `${proposal.branch}:a.txt`)).toBe("mine\n");
  expect(project.git("-C", proposal.worktree, "status", "--short")).toBe("");
  expect([project.git("status", "--short"), project.git("rev-parse", "HEAD"), read(project.top, ".git/index")]).toEqual(
    before,
  );
  expect(await worktrees.readDiff(done.proposal, 10_000, signal)).toContain("-deep\n+deeper\n");
  expect(await worktrees.commit(done.proposal, undefined, signal)).toMatchObject({ hasChanged: false });
  // The branch is whole without the bridge's store.
  rmSync(project.stateDir, { recursive: true });
  expect(project.git("fsck", "--full", "--strict")).toBe("");
});

test("a clean tree needs no commit of its own before the work, and the user's name is on it", async () => {
  commitSome();
  project.git("config", "user.name", "Own Name");
  project.git("config", "user.email", "own@localhost");
  const worktrees = create();
  const { proposal } = await make(worktrees);
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  await worktrees.commit(proposal, "t", signal);
  expect(project.git("log", "--format=%s|%an|%ae", proposal.branch).trim().split("\n")).toEqual([
    "Fix the login|Own Name|own@localhost",
    "first|T|t@localhost",
  ]);
});

test("nothing that the project's configuration names is run, and contents are taken byte by byte", async () => {
  commitSome();
  project.write(".gitattributes", "*.txt filter=x diff=x text eol=crlf\n");
  const ran = plantPrograms();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  writeFileSync(join(proposal.worktree, "a.txt"), "crlf\r\n");
  const done = await worktrees.commit(proposal, "t", signal);
  await worktrees.readDiff(done.proposal, 1_000, signal);
  await worktrees.remove(done.proposal, signal);
  expect(existsSync(ran)).toBe(false);
});

test("it is removed without a trace, also with folders that cannot be written and packed branches", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  mkdirSync(join(proposal.worktree, "closed"));
  writeFileSync(join(proposal.worktree, "closed/x"), "x");
  const done = await worktrees.commit(proposal, "t", signal);
  chmodSync(join(proposal.worktree, "closed"), 0o500);
  project.git("pack-refs", "--all");
  expect(await worktrees.remove(done.proposal, signal)).toEqual({ keptBranch: undefined });
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(project.top, ".git/worktrees"))).toBe(false);
  expect(project.git("branch", "--list").trim()).toBe("* main");
});

test("a branch with commits of the user's is kept", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  project.git("-C", proposal.worktree, "commit", "--quiet", "--allow-empty", "-m", "mine");
  expect(await worktrees.remove(proposal, signal)).toEqual({ keptBranch: "moved" });
  expect(project.git("log", "-1", "--format=%s", proposal.branch).trim()).toBe("mine");
});

test("a branch that a working tree is on is kept: the user's own, another worktree, one in a rebase", async () => {
  commitSome();
  const worktrees = create();
  const propose = async () => {
    const { proposal } = await make(worktrees);
    writeFileSync(join(proposal.worktree, "work.txt"), "work\n");
    return (await worktrees.commit(proposal, "t", signal)).proposal;
  };
  const [here, beside, rebased] = [await propose(), await propose(), await propose()];
  for (const { worktree } of [here, beside, rebased]) project.git("worktree", "remove", "--force", worktree);
  project.git("checkout", "--quiet", here.branch);
  project.git("worktree", "add", "--quiet", join(dirname(project.top), "beside"), beside.branch);
  const third = join(dirname(project.top), "third");
  project.git("worktree", "add", "--quiet", third, rebased.branch);
  const stop = ["-C", third, "-c", "sequence.editor=sed -i s/pick/edit/", "rebase", "--quiet", "-i", "HEAD~1"];
  project.git(...stop);
  expect(project.git("-C", third, "branch", "--show-current")).toBe("");
  for (const proposal of [here, beside, rebased]) {
    expect(await worktrees.remove(proposal, signal)).toEqual({ keptBranch: "checked-out" });
  }
  expect(project.git("status", "--short")).toBe("");
  project.git("checkout", "--quiet", "main");
  expect(await worktrees.remove(here, signal)).toEqual({ keptBranch: undefined });
});

test("submodules and what a sparse checkout leaves out stay in the commits", async () => {
  commitSome();
  const other = createGitProject();
  try {
    other.write("x", "x");
    other.git("add", "-A");
    other.git("commit", "--quiet", "-m", "other");
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.top, "module");
    project.git("commit", "--quiet", "-m", "module");
    project.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/");
    expect(existsSync(join(project.top, "sub"))).toBe(false);
    const worktrees = create();
    const { proposal, warnings } = await make(worktrees);
    expect(warnings).toEqual(["The worktree lacks the git repositories within this one: module/."]);
    expect(project.git("-C", proposal.worktree, "status", "--short")).toBe("");
    writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
    await worktrees.commit(proposal, "t", signal);
    expect(project.git("diff", "--name-status", "main", proposal.branch)).toBe("A\tmade.txt\n");
    expect(project.git("-C", proposal.worktree, "status", "--short")).toBe("");
  } finally {
    other.close();
  }
});

test.skipIf(!canMount())("a disk that becomes full leaves nothing, and the error says so", async () => {
  commitSome();
  project.write("big.txt", "x".repeat(300_000));
  const unmount = mountDisk(folder, "256k");
  try {
    await expect(make()).rejects.toMatchObject({
      code: "ISOLATION_FAILED",
      message: expect.stringMatching(/^The worktree could not be made: no space is left in /),
    });
    expect([readdirSync(folder), files.listNewest(undefined, 9), project.git("branch", "--list").trim()]).toEqual([
      [],
      [],
      "* main",
    ]);
    expect(project.git("worktree", "list").trim().split("\n")).toHaveLength(1);
  } finally {
    unmount();
  }
});

test("a split index, which cannot be copied, loses no submodule", async () => {
  commitSome();
  const commit = project.git("rev-parse", "HEAD").trim();
  project.git("update-index", "--add", "--cacheinfo", `160000,${commit},module`);
  project.git("commit", "--quiet", "-m", "module");
  project.git("update-index", "--split-index");
  const worktrees = create();
  const { proposal } = await make(worktrees);
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  await worktrees.commit(proposal, "t", signal);
  expect(project.git("diff", "--name-status", "main", proposal.branch)).toBe("A\tmade.txt\n");
});

test("before the first commit, with a detached HEAD, in a linked worktree, in a subfolder", async () => {
  project.write("sub/a.txt", "a\n");
  const worktrees = create();
  const first = await make(worktrees, join(project.top, "sub"));
  expect(first.proposal.cwd).toBe(join(first.proposal.worktree, "sub"));
  writeFileSync(join(first.proposal.cwd, "b.txt"), "b\n");
  await worktrees.commit(first.proposal, "t", signal);
  expect(project.git("log", "--format=%s", first.proposal.branch).trim().split("\n")).toHaveLength(2);
  commitSome();
  project.git("checkout", "--quiet", "--detach");
  const detached = await make(worktrees);
  expect(detached.proposal.headBranch).toBeUndefined();
  expect(detached.proposal.head).toBe(project.git("rev-parse", "HEAD").trim());
  const linked = join(dirname(project.top), "linked");
  project.git("worktree", "add", "--quiet", linked);
  writeFileSync(join(linked, "only-here.txt"), "x\n");
  const nested = await make(worktrees, realpathSync(linked));
  expect(read(nested.proposal.worktree, "only-here.txt")).toBe("x\n");
  writeFileSync(join(nested.proposal.worktree, "made.txt"), "made\n");
  const done = await worktrees.commit(nested.proposal, "t", signal);
  expect(project.git("rev-parse", done.proposal.branch).trim()).toBe(done.proposal.commit);
});

test("names with newlines and bytes that are no UTF-8, and a large file that is not stored", async () => {
  commitSome();
  const odd = Buffer.concat([Buffer.from(`${project.top}/`), Buffer.from([0x61, 0xff, 0x0a, 0x62])]);
  writeFileSync(odd, "odd\n");
  project.write("large.bin", Buffer.alloc(6 * 1_048_576, 1));
  const worktrees = create();
  const { proposal, warnings } = await make(worktrees);
  expect(warnings).toEqual([]);
  const copy = Buffer.concat([Buffer.from(`${proposal.worktree}/`), Buffer.from([0x61, 0xff, 0x0a, 0x62])]);
  expect(readFileSync(copy, "utf8")).toBe("odd\n");
  expect(lstatSync(join(proposal.worktree, "large.bin")).size).toBe(6 * 1_048_576);
  writeFileSync(copy, "odder\n");
  const done = await worktrees.commit(proposal, "t", signal);
  expect(done.files).toHaveLength(1);
  expect(done.unstored).toEqual(["large.bin"]);
});

test("a merge in progress is told", async () => {
  commitSome();
  project.git("checkout", "--quiet", "-b", "other");
  project.write("a.txt", "theirs\n");
  project.git("commit", "--quiet", "-am", "theirs");
  project.git("checkout", "--quiet", "main");
  project.write("a.txt", "ours\n");
  project.git("commit", "--quiet", "-am", "ours");
  expect(() => project.git("merge", "other")).toThrow();
  const worktrees = create();
  const { proposal, warnings } = await make(worktrees);
  expect(warnings).toEqual([expect.stringMatching(/^A merge is in progress/)]);
  expect(read(proposal.worktree, "a.txt")).toContain("<<<<<<<");
  writeFileSync(join(proposal.worktree, "a.txt"), "both\n");
  expect((await worktrees.commit(proposal, "t", signal)).files).toHaveLength(1);
});

test("the setup command runs there first, and what it changes is no part of the work", async () => {
  commitSome();
  const worktrees = create({ command: "mkdir ignored && echo dep > ignored/dep && echo lock > lock.json" });
  const { proposal } = await make(worktrees);
  expect(read(proposal.worktree, "ignored/dep")).toBe("dep\n");
  expect(await worktrees.commit(proposal, "t", signal)).toMatchObject({ hasChanged: false, files: [] });
});

test("what was there before the first turn would be no loss; what came since is named, also within a folder of the setup", async () => {
  project.write("large.bin", Buffer.alloc(6_000_000));
  commitSome();
  project.git("rm", "--quiet", "--cached", "large.bin");
  project.git("commit", "--quiet", "-m", "no large file");
  const worktrees = create({ command: "mkdir -p ignored/dep && echo dep > ignored/dep/a" });
  const { proposal } = await make(worktrees);
  const at = (name: string): string => join(proposal.worktree, name);
  expect(existsSync(at("large.bin"))).toBe(true);
  const find = async () => {
    const { changed, unheld, mark, ignored } = await worktrees.findLeftOut(proposal, signal);
    return { changed, unheld, mark, ignored };
  };
  expect(await find()).toEqual({ changed: [], unheld: [], mark: "", ignored: [] });
  mkdirSync(at("ignored/.cache"));
  writeFileSync(at("ignored/.cache/result"), "one\n");
  expect(await find()).toEqual({ changed: [], unheld: [], mark: "", ignored: ["ignored/.cache/"] });
  mkdirSync(at("large"));
  writeFileSync(at("large/other.bin"), Buffer.alloc(6_000_000));
  const first = await find();
  expect(first.unheld).toEqual(["large/other.bin"]);
  expect(await find()).toEqual(first);
  writeFileSync(at("large/other.bin"), Buffer.alloc(6_000_001));
  expect((await find()).mark).not.toBe(first.mark);
});

test("what git ignores by the user's rules goes with its worktree; what a rule of the proposal hides is work", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(proposal.worktree, name)), { recursive: true });
    writeFileSync(join(proposal.worktree, name), text);
  };
  write("ignored/x", "x");
  const find = async () => {
    const { unheld, ignored } = await worktrees.findLeftOut(proposal, signal);
    return { unheld, ignored };
  };
  expect(await find()).toEqual({ unheld: [], ignored: ["ignored/"] });
  write("sub/.gitignore", "hidden\n*.log\n");
  write("sub/hidden", "work");
  write("sub/logs/a.log", "work");
  expect(await find()).toEqual({ unheld: ["sub/hidden", "sub/logs/"], ignored: ["ignored/"] });
  write(".gitignore", "ignored/\nmine\n");
  write("mine", "work");
  // A changed file of rules stands for all that it names: nobody compares its lines.
  expect(await find()).toEqual({ unheld: ["ignored/", "mine", "sub/hidden", "sub/logs/"], ignored: [] });
});

test("no mark that a turn can choose gives work away: a rule that ignores itself, a cache's tag, a folder moved with its old rule, a name of the bridge's own", async () => {
  commitSome();
  const worktrees = create({ command: "mkdir dep && echo '*' > dep/.gitignore && echo a > dep/old" });
  const { proposal } = await make(worktrees);
  const at = (name: string): string => join(proposal.worktree, name);
  renameSync(at("dep"), at("moved"));
  writeFileSync(at("moved/work.md"), "work");
  mkdirSync(at("cache"));
  writeFileSync(at("cache/.gitignore"), "*\n");
  writeFileSync(at("cache/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n# A cache.\n");
  writeFileSync(at("cache/work.md"), "work");
  mkdirSync(at(".codex-bridge-undo-x"));
  writeFileSync(at(".codex-bridge-undo-x/work.md"), "work");
  mkdirSync(at("notes/logs"), { recursive: true });
  writeFileSync(at("notes/logs/work.md"), "work");
  writeFileSync(at("notes/.gitignore"), "*\n");
  mkdirSync(at("part/of"), { recursive: true });
  writeFileSync(at("part/.gitignore"), ".gitignore\n*.c\n");
  writeFileSync(at("part/of/work.c"), "work");
  const { unheld, ignored } = await worktrees.findLeftOut(proposal, signal);
  expect({ unheld, ignored }).toEqual({
    unheld: [".codex-bridge-undo-x/", "cache/", "moved/work.md", "notes/", "part/"],
    ignored: [],
  });
});

test("a build by the user's rules goes with its worktree also where git names its folder alone, or has written the rules anew", async () => {
  commitSome();
  project.write(".gitignore", "ignored/\n*.o\n");
  const worktrees = create();
  const { proposal } = await make(worktrees);
  const at = (name: string): string => join(proposal.worktree, name);
  mkdirSync(at("build"));
  writeFileSync(at("build/a.o"), "o");
  writeFileSync(at(".gitignore"), "ignored/\n*.o\n");
  writeFileSync(at("sub/.gitignore"), "other\n");
  const { unheld, ignored } = await worktrees.findLeftOut(proposal, signal);
  expect({ unheld, ignored }).toEqual({ unheld: [], ignored: ["build/"] });
});

test("a worktree that cannot be looked at is never taken for an empty one", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  rmSync(join(project.top, ".git"), { recursive: true });
  const { unheld, mark } = await worktrees.findLeftOut(proposal, signal);
  expect(unheld).toEqual([
    expect.stringMatching(/^what it holds could not be read \(proposal pr-\S+ needs a git repository/),
  ]);
  expect(mark).not.toBe("");
});

test.each([
  ["exit 3", { command: "echo no such package; exit 3" }, /ended with exit code 3: no such package/],
  ["too long", { command: "echo slow; sleep 30", timeoutMs: 300 }, /was ended after 0\.3 s: slow/],
])("a setup command that fails (%s) leaves nothing", async (_, setUp, words) => {
  commitSome();
  const error: unknown = await make(create(setUp)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringMatching(words) });
  expect([readdirSync(folder), files.listNewest(undefined, 9), project.git("branch", "--list").trim()]).toEqual([
    [],
    [],
    "* main",
  ]);
});

test("no repository, and a repository without room for a branch", async () => {
  const outside = dirname(project.top);
  await expect(make(create(), outside)).rejects.toMatchObject({ code: "NOT_A_GIT_REPO" });
  commitSome();
  project.git("branch", "codex");
  const { proposal } = await make();
  expect(proposal.branch).toBe(`codex-fix-the-login-${proposal.id}`);
});

test("a commit keeps what the turn wrote where a sparse checkout leaves a file out; what it wrote into a submodule is named", async () => {
  commitSome();
  const commit = project.git("rev-parse", "HEAD").trim();
  project.git("update-index", "--add", "--cacheinfo", `160000,${commit},module`);
  project.git("commit", "--quiet", "-m", "module");
  project.git("sparse-checkout", "set", "--no-cone", "/*", "!/sub/");
  const worktrees = create();
  const { proposal } = await make(worktrees);
  mkdirSync(join(proposal.worktree, "sub"), { recursive: true });
  writeFileSync(join(proposal.worktree, "sub/deep.txt"), "by the turn\n");
  writeFileSync(join(proposal.worktree, "module/made.txt"), "made\n");
  const { proposal: next } = await worktrees.commit(proposal, "t", signal);
  expect(project.git("show", `${next.branch}:sub/deep.txt`)).toBe("by the turn\n");
  expect(project.git("diff", "--name-status", "main", next.branch)).toBe("M\tsub/deep.txt\n");
  expect((await worktrees.findLeftOut(next, signal)).unheld).toEqual(["module/made.txt"]);
});

test("a branch that has a commit without a record gets no commit that takes it back; one that was removed begins at HEAD", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
  await worktrees.commit(proposal, "t", signal);
  worktrees.update(proposal);
  writeFileSync(join(proposal.worktree, "more.txt"), "more\n");
  const { proposal: next } = await worktrees.commit(proposal, "t", signal);
  expect(project.git("log", "--format=%s", "--name-status", `main..${next.branch}`)).toBe(
    "Fix the login\n\nA\tmore.txt\nFix the login\n\nA\tmade.txt\n",
  );
  const other = (await make(worktrees)).proposal;
  project.git("update-ref", "-d", `refs/heads/${other.branch}`);
  writeFileSync(join(other.worktree, "made.txt"), "made\n");
  await worktrees.commit(other, "t", signal);
  expect(project.git("log", "--format=%s", other.branch)).toBe("Fix the login\nfirst\n");
});

const [hereIs, memoryIs] = [tmpdir(), "/dev/shm"].map((path) => statSync(path, { throwIfNoEntry: false })?.dev);
test.skipIf(memoryIs === undefined || memoryIs === hereIs)(
  "the bridge's files and the repository may be on different file systems",
  async () => {
    commitSome();
    const stateDir = realpathSync(mkdtempSync("/dev/shm/codex-bridge-state-"));
    try {
      project = { ...project, stateDir };
      const worktrees = create();
      const { proposal } = await make(worktrees);
      writeFileSync(join(proposal.worktree, "made.txt"), "made\n");
      const { proposal: next } = await worktrees.commit(proposal, "t", signal);
      expect(project.git("show", `${next.branch}:made.txt`)).toBe("made\n");
      expect(project.git("fsck", "--full", "--strict")).toBe("");
      expect(
        readdirSync(join(project.top, ".git/objects/pack")).map((name) => name.replace(/[0-9a-f]{40}/, "")),
      ).toEqual(["pack-.idx", "pack-.pack"]);
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
);

test("a repository elsewhere by now is not the proposal's, and a branch that cannot be looked at is told as kept", async () => {
  commitSome();
  const worktrees = create();
  const { proposal } = await make(worktrees);
  const git = join(project.top, ".git");
  rmSync(git, { recursive: true });
  project.git("init", "--quiet", "--separate-git-dir", join(dirname(project.top), "other.git"));
  const refused = { code: "PROPOSAL_NOT_FOUND", message: expect.stringContaining("not the repository of proposal") };
  await expect(worktrees.commit(proposal, "t", signal)).rejects.toMatchObject(refused);
  await expect(worktrees.compare(proposal, signal)).rejects.toMatchObject(refused);
  expect(await worktrees.remove(proposal, signal)).toEqual({ keptBranch: undefined });
  rmSync(git);
  project.git("init", "--quiet");
  const again = (await make(worktrees)).proposal;
  symlinkSync("/nowhere", join(git, "logs"));
  expect(await worktrees.remove({ ...again, head: "0".repeat(40) }, signal)).toEqual({ keptBranch: "unopened" });
});
