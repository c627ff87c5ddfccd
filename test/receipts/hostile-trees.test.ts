// Working trees that were made to harm the bridge, which runs git outside the sandbox, or that would have an undo remove what is not the turn's.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LARGE_BYTES } from "../../src/receipts/snapshots/git-snapshot.ts";
import { createSnapshots, type TreeChanges } from "../../src/receipts/snapshots/snapshots.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;
beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

const open = (hidden: string[] = [project.stateDir], stateDir = project.stateDir) =>
  createSnapshots({ stateDir, env: project.env, bridgeId: "one", hidden, clock: Date.now });

async function changesOf(act: () => void, snapshots = open(), directory = project.top): Promise<TreeChanges> {
  const before = await snapshots.take(directory, signal);
  // A time stamp is coarse.
  await new Promise((resolve) => setTimeout(resolve, 60));
  act();
  return snapshots.compare(before, await snapshots.takeAgain(before, signal), signal);
}

const list = (changes: TreeChanges) =>
  changes.kind === "known"
    ? changes.files
        .map(({ kind, path, before, after }) => `${kind} ${path}${(before ?? after) ? "" : " (not kept)"}`)
        .sort()
    : changes.reason;

const planted = (name: string) => join(project.stateDir, "..", name);

test("a repository that would fetch what is missing, by a program of its configuration, runs nothing", async () => {
  const program = planted("evil.sh");
  writeFileSync(program, `#!/bin/sh\ntouch ${planted("ran")}\n`, { mode: 0o755 });
  project.write("d/.gitattributes", "*.txt text\n");
  project.write("d/a.txt", "1\n");
  project.git("add", "-A");
  for (const [key, value] of [
    ["extensions.partialClone", "origin"],
    ["remote.origin.url", "ssh://127.0.0.1/x"],
    ["remote.origin.promisor", "true"],
    ["core.sshCommand", program],
    ["core.fsmonitor", program],
  ]) {
    project.git("config", key ?? "", value ?? "");
  }
  rmSync(join(project.top, ".git/objects"), { recursive: true });
  mkdirSync(join(project.top, ".git/objects"));
  rmSync(join(project.top, "d/.gitattributes"));
  expect(list(await changesOf(() => project.write("d/a.txt", "2\n")))).toEqual(["update d/a.txt"]);
  expect(existsSync(planted("ran"))).toBe(false);
});

test("an index that is a FIFO, and one that is none, are not waited for", async () => {
  project.write("a", "1\n");
  for (const make of [
    (path: string) => execFileSync("mkfifo", [path]),
    (path: string) => writeFileSync(path, "no index"),
  ]) {
    rmSync(join(project.top, ".git/index"), { force: true });
    make(join(project.top, ".git/index"));
    const { stateDir } = project;
    expect(
      list(
        await changesOf(
          () => project.write("a", `${Math.random()}\n`),
          open([], join(stateDir, String(Math.random()))),
        ),
      ),
    ).toEqual(["update a"]);
  }
});

test("an ignore file that is a FIFO costs a receipt, not the turn", { timeout: 60_000 }, async () => {
  project.write("src/a", "1\n");
  const startedAt = Date.now();
  const changes = await changesOf(() => execFileSync("mkfifo", [join(project.top, "src/.gitignore")]));
  expect(changes).toEqual({ kind: "unknown", reason: "that took more than 10 s" });
  expect(Date.now() - startedAt).toBeLessThan(25_000);
});

test("files that come to light by a change of .gitignore are not the turn's", async () => {
  project.write(".gitignore", ".env\n");
  project.write(".env", "SECRET=1\n");
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(list(await changesOf(() => project.write(".gitignore", "")))).toEqual(["update .gitignore"]);
});

test("nor are those of a repository whose .git is removed", async () => {
  project.write("a", "1\n");
  mkdirSync(join(project.top, "inner"));
  project.git("-C", join(project.top, "inner"), "init", "--quiet");
  project.git("-C", join(project.top, "inner"), "commit", "--quiet", "--allow-empty", "-m", "x");
  project.write("inner/precious", "1\n");
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(list(await changesOf(() => rmSync(join(project.top, "inner/.git"), { recursive: true })))).toEqual([]);
});

test("a large file that becomes small is a change that cannot be restored, and so is one that grows", async () => {
  project.write("data.db", Buffer.alloc(LARGE_BYTES + 1));
  expect(list(await changesOf(() => project.write("data.db", "small\n")))).toEqual(["update data.db (not kept)"]);
  expect(list(await changesOf(() => project.write("data.db", Buffer.alloc(LARGE_BYTES + 1))))).toEqual([
    "update data.db",
  ]);
});

test("the bridge's own folder in the repository is left out", async () => {
  const stateDir = join(project.top, "my [state]!");
  const snapshots = open([stateDir], stateDir);
  project.write("a", "1\n");
  await changesOf(() => project.write("a", "2\n"), snapshots);
  expect(list(await changesOf(() => project.write("a", "3\n"), snapshots))).toEqual(["update a"]);
});

test("of a repository of the home folder, a directory in it is compared alone", async () => {
  project.write("work/a", "1\n");
  project.write("private", "1\n");
  const env = { ...project.env, HOME: project.top };
  const { stateDir } = project;
  const snapshots = createSnapshots({ stateDir, env, bridgeId: "one", hidden: [], clock: Date.now });
  const act = (): void => {
    project.write("work/a", "2\n");
    project.write("private", "2\n");
  };
  expect(list(await changesOf(act, snapshots, join(project.top, "work")))).toEqual(["update a (not kept)"]);
});

test("objects that are gone cost a new index, not every later receipt", async () => {
  project.write("a", "1\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "x");
  const snapshots = open();
  await changesOf(() => project.write("b", "1\n"), snapshots);
  rmSync(join(project.top, ".git/objects"), { recursive: true });
  mkdirSync(join(project.top, ".git/objects"));
  expect(list(await changesOf(() => project.write("b", "2\n"), snapshots))).toEqual(["update b"]);
});

test("a file that a sparse checkout leaves out, and that is there all the same, is looked at", async () => {
  project.write("local.cfg", "1\n");
  project.git("add", "-A");
  project.git("update-index", "--skip-worktree", "local.cfg");
  expect(list(await changesOf(() => project.write("local.cfg", "2\n")))).toEqual(["update local.cfg"]);
  expect(readFileSync(join(project.top, "local.cfg"), "utf8")).toBe("2\n");
});
