// States of a repository and of the machine that nobody hopes for: the receipt is right, the undo restores, and nothing is lost.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toRestorable } from "../../src/delegation/receipts/find-receipt.ts";
import { createContentReader } from "../../src/receipts/read-contents.ts";
import { restoreFiles } from "../../src/receipts/restore.ts";
import type { Receipt } from "../../src/state/receipt-files.ts";
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { changesOf, listChanges, openStaging, readTree, toPlan, undo } from "../support/receipts.ts";

const { signal } = new AbortController();
let project: GitProject;
beforeEach(() => {
  project = createGitProject();
  project.write("a.txt", "1\n");
  project.write("b.txt", "1\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
});
afterEach(() => project.close());

const path = (name: string) => join(project.top, name);

function conflict(how: "merge" | "rebase"): void {
  project.git("switch", "--quiet", "-c", "side");
  project.write("a.txt", "side\n");
  project.git("commit", "--quiet", "-a", "-m", "side");
  project.git("switch", "--quiet", "main");
  project.write("a.txt", "main\n");
  project.git("commit", "--quiet", "-a", "-m", "main");
  expect(() => project.git(how, "--quiet", "side")).toThrow();
}

function makePointers(): void {
  // As Git LFS: a pointer is committed, and the content stands in the working tree.
  project.git("config", "filter.lfs.clean", "sh -c 'cat >/dev/null; echo version https://git-lfs'");
  project.git("config", "filter.lfs.smudge", "cat");
  project.write(".gitattributes", "*.bin filter=lfs -text\n");
  project.write("big.bin", "the content\r\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "lfs");
}

test.each<[string, () => unknown, (() => unknown)?]>([
  ["a detached HEAD", () => project.git("checkout", "--quiet", "--detach")],
  ["a merge in progress", () => conflict("merge")],
  ["a rebase in progress", () => conflict("rebase")],
  ["LFS pointers", makePointers, () => project.write("big.bin", "other content\n")],
  ["a dirty tree", () => [project.write("a.txt", "mine\n"), project.git("add", "b.txt"), project.write("c", "mine\n")]],
  ["a name that is no UTF-8", () => {}, () => writeFileSync(Buffer.from(`${project.top}/n\xff\n`, "latin1"), "new\n")],
])("%s", async (_what, prepare, act = () => project.write("x/new", "something new\n")) => {
  prepare();
  const tree = readTree(project.top);
  const status = project.git("status", "--porcelain");
  const changes = await changesOf(project, () => [
    act(),
    project.write("a.txt", "by the turn\n"),
    rmSync(path("b.txt")),
  ]);
  expect(changes.files).toHaveLength(3);
  await undo(project, toPlan(project, changes));
  expect(readTree(project.top)).toEqual(tree);
  expect(project.git("status", "--porcelain")).toBe(status);
});

test("an untracked file of 200 MB is neither read whole nor stored", async () => {
  const grow = (bytes: number) => {
    const file = openSync(path("huge.bin"), "a");
    ftruncateSync(file, bytes);
    closeSync(file);
  };
  grow(200 * 1_048_576);
  const startedAt = Date.now();
  const changes = await changesOf(project, () => grow(200 * 1_048_576 + 1));
  expect(listChanges(changes)).toEqual(["update huge.bin (not kept)"]);
  expect(Date.now() - startedAt).toBeLessThan(15_000);
  expect(toPlan(project, changes)).toMatchObject({ steps: [], left: ["huge.bin"] });
});

test("a file that somebody changes while an undo runs is left to them", async () => {
  const changes = await changesOf(project, () => [project.write("a.txt", "2\n"), project.write("b.txt", "2\n")]);
  const { top, store, steps } = toPlan(project, changes);
  const oids = steps.flatMap(({ before }) => before?.oid ?? []);
  const read = createContentReader({ store, top, env: project.env }, oids, signal);
  const done: string[] = [];
  const readContent = (oid: string) => {
    project.write("b.txt", "mine\n");
    return read(oid);
  };
  await restoreFiles({
    top,
    steps,
    forced: new Set(),
    readContent,
    staging: openStaging(project),
    onDone: (step) => done.push(step.path),
  });
  expect([done, readFileSync(path("a.txt"), "utf8"), readFileSync(path("b.txt"), "utf8")]).toEqual([
    ["a.txt"],
    "1\n",
    "mine\n",
  ]);
});

test("a disk that is full, or a content that is gone, changes nothing and leaves nothing behind", async () => {
  const changes = await changesOf(project, () => [project.write("a.txt", "2\n"), rmSync(path("b.txt"))]);
  const tree = readTree(project.top);
  const { top, steps } = toPlan(project, changes);
  for (const code of ["ENOSPC", "EIO"]) {
    let count = 0;
    const readContent = async () => {
      count += 1;
      if (count > 1) throw Object.assign(new Error(code), { code });
      return Buffer.from("1\n");
    };
    await expect(
      restoreFiles({ top, steps, forced: new Set(), readContent, staging: openStaging(project), onDone: () => {} }),
    ).rejects.toThrow(code);
    expect(readTree(project.top)).toEqual(tree);
  }
});

test("an edited receipt whose directory is another one, or a link, is refused", async () => {
  const changes = await changesOf(project, () => project.write("a.txt", "2\n"));
  const { store } = toPlan(project, changes);
  symlinkSync(project.top, path("../link"));
  for (const top of ["/etc", path("../link"), path("../nowhere")]) {
    const receipt = { cwd: project.top, top, store, files: [] } as unknown as Receipt;
    expect(() => toRestorable(receipt, project.stateDir), top).toThrow(/was edited|is gone/);
  }
  expect(existsSync("/etc/a.txt")).toBe(false);
});

test.skipIf(!canMount())("on a disk that is really full", async () => {
  const top = path("../small");
  const unmount = mountDisk(top, "1500k");
  try {
    const git = (...args: string[]) => project.git("-C", top, ...args);
    git("init", "--quiet");
    writeFileSync(join(top, "big"), randomBytes(300_000));
    git("add", "-A");
    git("commit", "--quiet", "-m", "first");
    const small = { ...project, top };
    const tree = readTree(top);
    const changes = await changesOf(small, () => rmSync(join(top, "big")));
    writeFileSync(join(top, "fill-1"), "");
    fillDisk(top);
    await expect(undo(small, toPlan(small, changes))).rejects.toThrow(/ENOSPC/);
    expect(readdirSync(top).filter((name) => !name.startsWith("fill-"))).toEqual([".git"]);
    for (const name of ["fill-1", "fill-4096"]) rmSync(join(top, name), { force: true });
    await undo(small, toPlan(small, changes));
    expect(readTree(top)).toEqual(tree);
  } finally {
    unmount();
  }
});

test.skipIf(!canMount())("a state folder that is full costs the receipt, and says so", async () => {
  const unmount = mountDisk(project.stateDir, "64k");
  try {
    fillDisk(project.stateDir);
    await expect(changesOf(project, () => project.write("a.txt", "2\n"))).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(path("a.txt"), "utf8")).toBe("2\n");
  } finally {
    unmount();
  }
});
