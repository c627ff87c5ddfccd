// Repositories within the repository: what a turn changes in them is in its receipt, and an undo takes it back.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findBlocked } from "../../src/receipts/restore-plan.ts";
import { MOST_INNER } from "../../src/receipts/snapshots/inner-repositories.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { changesOf, listChanges, openSnapshots, readTree, toPlan, undo } from "../support/receipts.ts";

let project: GitProject;
beforeEach(() => {
  project = createGitProject();
  project.write("a.txt", "1\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
});
afterEach(() => project.close());

const path = (name: string) => join(project.top, name);

function makeInner(name: string): void {
  project.write(`${name}/x.txt`, "x\n");
  project.write(`${name}/y.txt`, "y\n");
  const git = (...args: string[]) => project.git("-C", path(name), ...args);
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "inner");
  project.write(`${name}/untracked.txt`, "mine\n");
}

const old = () => new Promise((resolve) => setTimeout(resolve, 150));

async function expectUndone(act: () => unknown): Promise<string[]> {
  await old();
  const tree = readTree(project.top);
  const changes = await changesOf(project, act);
  const plan = toPlan(project, changes);
  expect(await findBlocked(plan.top, plan.steps)).toEqual([]);
  await undo(project, plan);
  expect(readTree(project.top)).toEqual(tree);
  expect(changes.notCovered).toEqual([]);
  return listChanges(changes);
}

function changeInner(): void {
  writeFileSync(path("inner/x.txt"), "changed\n");
  rmSync(path("inner/untracked.txt"));
  renameSync(path("inner/y.txt"), path("inner/z.txt"));
  writeFileSync(path("a.txt"), "2\n");
}
const INNER_CHANGES = ["delete inner/untracked.txt", "rename y.txt inner/z.txt", "update a.txt", "update inner/x.txt"];

test("a clone inside it is compared and restored", async () => {
  makeInner("inner");
  expect(await expectUndone(changeInner)).toEqual(
    INNER_CHANGES.map((line) => line.replace("rename y", "rename inner/y")),
  );
});

test("a submodule, a linked working tree, and repositories within repositories", async () => {
  makeInner("../origin");
  project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", path("../origin"), "module");
  project.git("worktree", "add", "--quiet", path("linked"));
  makeInner("inner");
  makeInner("inner/deep");
  makeInner("inner/deep/er");
  const act = () => {
    for (const name of ["module", "inner", "inner/deep", "inner/deep/er"]) writeFileSync(path(`${name}/x.txt`), "2\n");
    rmSync(path("linked/a.txt"));
  };
  expect(await expectUndone(act)).toEqual([
    "delete linked/a.txt",
    "update inner/deep/er/x.txt",
    "update inner/deep/x.txt",
    "update inner/x.txt",
    "update module/x.txt",
  ]);
});

test("a .git that is made in a known folder hides nothing, and no file counts as deleted", async () => {
  project.write("folder/a", "1\n");
  project.git("add", "-A");
  project.write("other/b", "1\n");
  const act = () => {
    for (const name of ["folder", "other"]) project.git("-C", path(name), "init", "--quiet");
    project.write("folder/a", "2\n");
    project.write("other/c", "new\n");
  };
  expect(await expectUndone(act)).toEqual(["add other/c", "update folder/a"]);
  expect(await expectUndone(() => rmSync(path("folder/a")))).toEqual(["delete folder/a"]);
  // A bridge that sees it for the first time.
  const changes = await changesOf(project, () => project.write("other/b", "2\n"), openSnapshots(project, "two"));
  expect(listChanges(changes)).toEqual(["update other/b"]);
});

test("a repository that is made during the turn is all new; its .git stays, and that is said", async () => {
  const changes = await changesOf(project, () => makeInner("inner"));
  expect(listChanges(changes)).toEqual(["add inner/untracked.txt", "add inner/x.txt", "add inner/y.txt"]);
  expect([changes.notCovered, changes.gitChanged]).toEqual([[], ["inner/"]]);
  await undo(project, toPlan(project, changes));
  expect([...readTree(project.top).keys()]).toEqual(["a.txt"]);
  expect(existsSync(path("inner/.git"))).toBe(true);
});

test("a repository that was moved there is not the turn's to remove", async () => {
  makeInner("../elsewhere");
  await old();
  const changes = await changesOf(project, () => renameSync(path("../elsewhere"), path("inner")));
  expect([listChanges(changes), changes.notCovered]).toEqual([[], ["inner/"]]);
});

test("a .git that is removed takes no other file with it, and what is not known any more is named", async () => {
  makeInner("inner");
  makeInner("second");
  await old();
  const changes = await changesOf(project, () => {
    for (const name of ["inner", "second"]) rmSync(path(`${name}/.git`), { recursive: true });
    writeFileSync(path("inner/untracked.txt"), "changed\n");
    // Its earlier content went with .git.
    writeFileSync(path("second/x.txt"), "changed\n");
  });
  expect(listChanges(changes)).toEqual(["update inner/untracked.txt"]);
  expect([changes.notCovered, changes.gitChanged]).toEqual([["second/"], ["inner/", "second/"]]);
  await undo(project, toPlan(project, changes));
  expect(readFileSync(path("inner/untracked.txt"), "utf8")).toBe("mine\n");
  // From then on its files are those of the outer one.
  expect(await expectUndone(() => rmSync(path("inner/x.txt")))).toEqual(["delete inner/x.txt"]);
});

test("a .git that is replaced", async () => {
  makeInner("inner");
  await old();
  const changes = await changesOf(project, () => {
    rmSync(path("inner/.git"), { recursive: true });
    project.git("-C", path("inner"), "init", "--quiet");
    project.git("-C", path("inner"), "add", "-A");
    project.git("-C", path("inner"), "commit", "--quiet", "-m", "again");
    writeFileSync(path("inner/x.txt"), "changed\n");
  });
  expect(changes.gitChanged).toEqual(["inner/"]);
  expect(listChanges(changes).filter((line) => line !== "update inner/x.txt")).toEqual([]);
});

test("a .git that is put beside files of the repository is told, also within a repository, and each time it changes", async () => {
  makeInner("inner");
  project.write("inner/deep/x", "x\n");
  project.write("pkg/deep/x", "x\n");
  project.write("pkg/quiet/.git", "gitdir: elsewhere\n");
  project.write("pkg/quiet/x", "x\n");
  await old();
  const changes = await changesOf(project, () => {
    writeFileSync(path("pkg/.git"), "gitdir: ../.git\n");
    mkdirSync(path("pkg/deep/.git"));
    mkdirSync(path("inner/deep/.git"));
  });
  expect(changes.gitChanged).toEqual(["pkg/", "pkg/deep/", "inner/deep/"]);
  expect(listChanges(changes)).toEqual([]);
  await old();
  const again = await changesOf(project, () => writeFileSync(path("pkg/.git"), "gitdir: ../../.git\n"));
  expect(again.gitChanged).toEqual(["pkg/"]);
});

test("a .git file that is written anew in place", async () => {
  project.git("-c", "protocol.file.allow=always", "clone", "--quiet", project.top, path("../origin"));
  project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", path("../origin"), "module");
  await old();
  const changes = await changesOf(project, () =>
    writeFileSync(path("module/.git"), `gitdir: ${path("../origin/.git")}\n`),
  );
  expect(changes.gitChanged).toEqual(["module/"]);
});

test("a repository that is removed whole: its files are listed, and cannot be restored", async () => {
  makeInner("inner");
  await old();
  const changes = await changesOf(project, () => rmSync(path("inner"), { recursive: true }));
  expect(listChanges(changes)).toEqual([
    "delete inner/untracked.txt (not kept)",
    "delete inner/x.txt (not kept)",
    "delete inner/y.txt (not kept)",
  ]);
  expect(changes.gitChanged).toEqual(["inner/"]);
});

test("a submodule's folder that is removed comes back, since its git folder lies elsewhere", async () => {
  makeInner("../origin");
  project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", path("../origin"), "module");
  const act = () => {
    rmSync(path("module"), { recursive: true });
    writeFileSync(path("module"), "a file in its place\n");
  };
  expect(await expectUndone(act)).toEqual(["add module", "delete module/x.txt", "delete module/y.txt"]);
});

test("a link in its place is not followed", async () => {
  makeInner("inner");
  makeInner("../elsewhere");
  await old();
  const changes = await changesOf(project, () => {
    renameSync(path("inner"), path("../away"));
    symlinkSync("../elsewhere", path("inner"));
    writeFileSync(path("../elsewhere/x.txt"), "not in the tree\n");
  });
  expect(listChanges(changes).filter((line) => !line.startsWith("delete inner/"))).toEqual(["add inner"]);
});

test("only so many are looked into, and the others are named", async () => {
  for (let at = 0; at <= MOST_INNER; at += 1) {
    mkdirSync(path(`inner${at}`));
    project.git("-C", path(`inner${at}`), "init", "--quiet");
    project.git("-C", path(`inner${at}`), "commit", "--quiet", "--allow-empty", "-m", "x");
  }
  const changes = await changesOf(project, () => {
    for (let at = 0; at <= MOST_INNER; at += 1) writeFileSync(path(`inner${at}/new`), "");
  });
  expect(changes.files).toHaveLength(MOST_INNER);
  expect(changes.notCovered).toHaveLength(1);
});

test("a planted .git file that names a FIFO or another repository neither waits nor runs anything", async () => {
  execFileSync("mkfifo", [path("../fifo")]);
  project.write("one/x", "1\n");
  project.write("two/x", "1\n");
  makeInner("../elsewhere");
  project.write("one/.git", `gitdir: ${path("../fifo")}\n`);
  project.write("two/.git", `gitdir: ${path("../elsewhere/.git")}\n`);
  const index = readFileSync(path("../elsewhere/.git/index"));
  expect(listChanges(await changesOf(project, () => project.write("two/x", "2\n")))).toEqual(["update two/x"]);
  expect(readFileSync(path("../elsewhere/.git/index"))).toEqual(index);
});
