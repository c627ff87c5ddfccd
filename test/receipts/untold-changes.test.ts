// Changes that git itself does not tell, or tells wrong: a receipt without them is not true, and an undo by it loses files.
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findReceipt } from "../../src/delegation/receipts/find-receipt.ts";
import type { Receipt } from "../../src/state/receipt-files.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { changesOf, listChanges, openSnapshots, readTree, toPlan, undo } from "../support/receipts.ts";

let project: GitProject;
beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

async function commitAll(): Promise<void> {
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "1");
  // A time stamp is coarse.
  await new Promise((resolve) => setTimeout(resolve, 120));
}

const KEYS = Array.from({ length: 30 }, (_, index) => `KEY_${index}=value\n`).join("");

test.each([
  ["as it was", () => {}, ["delete .env.example", "update .gitignore"]],
  [
    "and was edited",
    () => project.write(".env", `${KEYS}SECRET=2\n`),
    ["add .env (not kept)", "delete .env.example", "update .gitignore"],
  ],
])("an ignored file that comes to light while a file like it goes is not renamed: %s", async (_, edit, told) => {
  project.write(".gitignore", ".env\n");
  project.write(".env", `${KEYS}SECRET=1\n`);
  project.write(".env.example", KEYS);
  await commitAll();
  const changes = await changesOf(project, () => {
    rmSync(join(project.top, ".env.example"));
    project.write(".gitignore", "\n");
    edit();
  });
  expect(listChanges(changes)).toEqual(told);
  await undo(project, toPlan(project, changes));
  expect(existsSync(join(project.top, ".env"))).toBe(true);
  expect(existsSync(join(project.top, ".env.example"))).toBe(true);
});

test.each<[string, boolean, string]>([
  ["as it was", false, "1\n"],
  ["and written anew", false, "2\n"],
  ["written anew, and shown by a change of .gitignore", true, "2\n"],
])("a file that is moved %s, and whose old place another one takes, is put back", async (_how, isShown, content) => {
  project.write("x", "1\n");
  if (isShown) project.write(".gitignore", "y\n");
  await commitAll();
  const tree = readTree(project.top);
  const changes = await changesOf(project, () => {
    renameSync(join(project.top, "x"), join(project.top, "y"));
    project.write("y", content);
    project.write("x", "other\n");
    if (isShown) rmSync(join(project.top, ".gitignore"));
  });
  expect(listChanges(changes)).toEqual([...(isShown ? ["delete .gitignore"] : []), "add y", "update x"].toSorted());
  await undo(project, toPlan(project, changes));
  expect(readTree(project.top)).toEqual(tree);
});

test("what is written, changed and removed where a sparse checkout leaves a file out", async () => {
  project.write("a/x", "1\n");
  project.write("b/y", "1\n");
  await commitAll();
  project.git("sparse-checkout", "set", "a");
  const made = await changesOf(project, () => project.write("b/y", "2\n"));
  expect(listChanges(made)).toEqual(["add b/y"]);
  expect(listChanges(await changesOf(project, () => project.write("b/y", "3\n")))).toEqual(["update b/y"]);
  expect(listChanges(await changesOf(project, () => rmSync(join(project.top, "b/y"))))).toEqual(["delete b/y"]);
});

test.each([
  ["out", "out/\n", "out"],
  ["out/inner", "out\n", "out/inner"],
  ["out/täglich ", "out/*\n!out/other\n", "out/täglich "],
  ["out/other", "out/*\n!out/other\n", undefined],
  ["src", "out\n*.log\n", undefined],
])("whether git ignores the directory of the work is known: %j", async (directory, rules, ignored) => {
  project.write(".gitignore", rules);
  project.write(`${directory}/tracked`, "1\n");
  project.git("add", "-f", ".");
  project.git("commit", "--quiet", "-m", "1");
  const { signal } = new AbortController();
  const snapshots = openSnapshots(project);
  const before = await snapshots.take(join(project.top, directory), signal);
  project.write(`${directory}/new`, "1\n");
  const changes = await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal);
  expect(changes).toMatchObject({ kind: "known", files: { length: ignored === undefined ? 1 : 0 } });
  expect(changes).toHaveProperty("ignored", ignored);
});

test.each([
  ["x/.GIT/f", () => project.write("x/.GIT/f", "1\n")],
  ["x/.Git", () => project.write("x/.Git", "1\n")],
  [
    "x/.gitmodules",
    () => {
      mkdirSync(join(project.top, "x"));
      symlinkSync("elsewhere", join(project.top, "x/.gitmodules"));
    },
  ],
])("a file of a name that git refuses is told: %s", async (path, plant) => {
  project.write("a", "1\n");
  await commitAll();
  const changes = await changesOf(project, plant);
  expect(listChanges(changes)).toEqual([`add ${path} (not kept)`]);
  expect(toPlan(project, changes).left).toEqual([path]);
  expect(listChanges(await changesOf(project, () => {}))).toEqual([]);
});

test("a file that becomes a repository is told with what is in it", async () => {
  project.write("a", "1\n");
  await commitAll();
  const changes = await changesOf(project, () => {
    rmSync(join(project.top, "a"));
    project.git("init", "--quiet", "a");
    project.write("a/inner", "1\n");
  });
  expect(listChanges(changes)).toEqual(["add a/inner", "delete a"]);
  expect(changes.gitChanged).toEqual(["a/"]);
});

test("a turn whose undo was undone is the newest again", () => {
  const files = [{ path: "a", kind: "update" }];
  const base = { files, outcome: "completed", session: "s", threadId: undefined };
  const turns = [
    { ...base, id: "redo", undoes: "undo" },
    { ...base, id: "undo", undoes: "newer" },
    { ...base, id: "newer" },
    { ...base, id: "older" },
  ] as unknown as Receipt[];
  const find = (receipts: Receipt[]) =>
    findReceipt(
      {
        baseDir: "/",
        session: "s",
        files: { find: () => ({ kind: "absent" }), listNewest: () => receipts, toPath: () => "" },
      },
      undefined,
      true,
    ).id;
  expect([find(turns), find(turns.slice(1)), find(turns.slice(2))]).toEqual(["newer", "older", "newer"]);
});
