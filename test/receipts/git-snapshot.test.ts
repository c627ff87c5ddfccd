import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findOnPath } from "../../src/files/find-on-path.ts";
import { sampleFile } from "../../src/receipts/sample-file.ts";
import { toReadablePath } from "../../src/receipts/snapshots/byte-path.ts";
import { type ComparedFile, compareGit } from "../../src/receipts/snapshots/compare-git.ts";
import { type GitSnapshot, LARGE_BYTES, takeGitSnapshot } from "../../src/receipts/snapshots/git-snapshot.ts";
import { findRepository } from "../../src/receipts/snapshots/repository.ts";
import { openStore } from "../../src/receipts/snapshots/snapshot-store.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const { signal } = new AbortController();
let project: GitProject;

beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

async function snapshot(bridgeId = "one"): Promise<GitSnapshot> {
  const repository = findRepository(project.top);
  const gitFile = findOnPath("git", process.env["PATH"] ?? "");
  if (repository === undefined || gitFile === undefined) throw new Error("no repository or no git");
  const { stateDir, env } = project;
  return takeGitSnapshot(
    await openStore({ stateDir, gitFile, env, bridgeId, hidden: [stateDir], repository, clock: Date.now }, signal),
    signal,
  );
}

async function changesOf(act: () => void): Promise<ComparedFile[]> {
  const before = await snapshot();
  act();
  return compareGit(before, await snapshot(), signal);
}

function list(files: readonly ComparedFile[]): string[] {
  return files
    .map(({ kind, path, from, added, deleted }) =>
      [kind, ...(from === undefined ? [] : [toReadablePath(from)]), toReadablePath(path), `+${added} -${deleted}`].join(
        " ",
      ),
    )
    .sort();
}

function commitSome(): void {
  project.write("a.txt", "one\ntwo\nthree\n");
  project.write("run.sh", "#!/bin/sh\n", 0o755);
  project.write("sub/b.txt", "b\n".repeat(50));
  project.write(".gitignore", "ignored/\n*.log\n");
  symlinkSync("a.txt", join(project.top, "link"));
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
}

test("sees edits, additions, deletions, renamings, modes and links, tracked or not", async () => {
  commitSome();
  project.write("untracked.txt", "mine\n");
  const seen = await changesOf(() => {
    execFileSync("sed", ["-i", "s/two/2/", "a.txt"], { cwd: project.top });
    project.write("new/c.txt", "x\ny\n");
    rmSync(join(project.top, "untracked.txt"));
    project.git("mv", "sub/b.txt", "sub/moved.txt");
    chmodSync(join(project.top, "run.sh"), 0o644);
    rmSync(join(project.top, "link"));
    symlinkSync("run.sh", join(project.top, "link"));
    project.write("ignored/z.txt", "no");
    project.write("debug.log", "no");
  });
  expect(list(seen)).toEqual([
    "add new/c.txt +2 -0",
    "delete untracked.txt +0 -1",
    "rename sub/b.txt sub/moved.txt +0 -0",
    "update a.txt +1 -1",
    "update link +1 -1",
    "update run.sh +0 -0",
  ]);
});

test("without a commit, and with nothing changed", async () => {
  expect(await changesOf(() => {})).toEqual([]);
  project.write("first.txt", "1\n");
  expect(list(await changesOf(() => project.write("second.txt", "2\n")))).toEqual(["add second.txt +1 -0"]);
});

test("a commit or a checkout of the same files by the turn changes no file", async () => {
  commitSome();
  project.write("a.txt", "changed\n");
  expect(await changesOf(() => project.git("commit", "--quiet", "-a", "-m", "second"))).toEqual([]);
});

test("the user's repository stays byte for byte the same, and no program of its configuration is run", async () => {
  commitSome();
  const proof = join(project.stateDir, "..", "ran");
  const program = join(project.stateDir, "..", "program.sh");
  writeFileSync(program, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
  project.git("config", "core.fsmonitor", program);
  project.git("config", "filter.evil.clean", program);
  project.git("config", "core.hooksPath", join(project.stateDir, ".."));
  project.write(".gitattributes", "*.txt filter=evil\n");
  const index = readFileSync(join(project.top, ".git/index"));
  const objects = () => execFileSync("find", [join(project.top, ".git"), "-type", "f"], { encoding: "utf8" });
  const before = objects();
  await changesOf(() => project.write("a.txt", "changed\n"));
  expect(readFileSync(join(project.top, ".git/index"))).toEqual(index);
  expect(objects()).toBe(before);
  expect(existsSync(proof)).toBe(false);
});

test("a snapshot holds the bytes of a file, whatever filter and line ends the project has", async () => {
  project.git("config", "filter.upper.clean", "tr a-z A-Z");
  project.git("config", "filter.upper.smudge", "tr A-Z a-z");
  project.write(".gitattributes", "*.up filter=upper\n*.txt text\n");
  project.write("x.up", "small letters\n");
  project.write("y.txt", "dos\r\nlines\r\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
  const before = await snapshot();
  const git = before.store.toGit(signal);
  const read = async (path: string) => (await git(["cat-file", "blob", `${before.tree}:${path}`])).toString("utf8");
  expect(await read("x.up")).toBe("small letters\n");
  expect(await read("y.txt")).toBe("dos\r\nlines\r\n");
});

test("names with newlines, tabs, quotes, backslashes and bytes that are no UTF-8", async () => {
  const names = ["a\nb", "tab\there", 'quo"te', "back\\slash", "ünï", "-dash", " space "];
  for (const name of names) project.write(name, "1\n");
  const odd = Buffer.concat([Buffer.from(`${project.top}/`), Buffer.from([0x66, 0xff, 0xfe])]);
  const before = await snapshot();
  for (const name of names) writeFileSync(join(project.top, name), "1\n2\n");
  writeFileSync(odd, "new\n");
  const files = await compareGit(before, await snapshot(), signal);
  expect(
    files
      .map(({ path }) => path)
      .filter((path) => path !== "f\xff\xfe")
      .map(toReadablePath)
      .sort(),
  ).toEqual(names.sort());
  expect(files.find(({ path }) => path === "f\xff\xfe")?.kind).toBe("add");
});

test("a large untracked file is compared, not stored", async () => {
  project.write("big.bin", Buffer.alloc(LARGE_BYTES + 1));
  const before = await snapshot();
  expect(before.unstored.map(({ path }) => path)).toEqual(["big.bin"]);
  const file = Buffer.alloc(LARGE_BYTES + 1);
  file[file.length - 1] = 1;
  project.write("big.bin", file);
  const files = await compareGit(before, await snapshot(), signal);
  expect(files).toEqual([
    { path: "big.bin", kind: "update", sample: sampleFile(Buffer.from(join(project.top, "big.bin"))) },
  ]);
  expect(files[0]?.sample?.size).toBe(LARGE_BYTES + 1);
});

test.each([
  ["[extensions]\n\tobjectFormat = sha256 # newer\n", "sha256"],
  ['[Extensions] objectformat = "sha256"\n', "sha256"],
  ["[other]\n\tobjectFormat = sha256\n", "sha1"],
  ["# [extensions]\n# objectFormat = sha256\n", "sha1"],
])("the format of a repository is read as git reads it: %j", (lines, format) => {
  appendFileSync(join(project.top, ".git/config"), lines);
  expect(findRepository(project.top)?.objectFormat).toBe(format);
});

test("a file that becomes a folder again and again does not hold the snapshot up", async () => {
  commitSome();
  const { store } = await snapshot();
  mkdirSync(join(project.top, "flips"));
  const blob = project.git("rev-parse", "HEAD:a.txt").trim();
  let looks = 0;
  // Before each look the index names the folder as a file.
  const toGit: typeof store.toGit = (aborted) => {
    const run = store.toGit(aborted);
    return async (args, ...rest) => {
      if (args[0] === "diff-files") {
        looks += 1;
        await run(["update-index", "--add", "--replace", "--cacheinfo", `100644,${blob},flips`]);
      }
      return run(args, ...rest);
    };
  };
  await expect(takeGitSnapshot({ ...store, toGit }, signal)).rejects.toThrow("a folder took the place of a file");
  expect(looks).toBe(3);
});

test("a file that becomes a folder, a folder that becomes a file or a link", async () => {
  project.write("file", "1\n");
  project.write("folder/a", "1\n");
  project.write("other/a", "something else\n");
  project.git("add", "-A");
  const seen = await changesOf(() => {
    rmSync(join(project.top, "file"));
    project.write("file/inner", "2\n");
    rmSync(join(project.top, "folder"), { recursive: true });
    writeFileSync(join(project.top, "folder"), "3\n");
    renameSync(join(project.top, "other"), join(project.top, "moved"));
    symlinkSync("moved", join(project.top, "other"));
  });
  expect(list(seen)).toEqual([
    "add file/inner +1 -0",
    "add folder +1 -0",
    "add other +1 -0",
    "delete file +0 -1",
    "delete folder/a +0 -1",
    "rename other/a moved/a +0 -0",
  ]);
});

test("repositories inside it are named, and do not disturb", async () => {
  commitSome();
  const inner = join(project.top, "inner");
  mkdirSync(inner);
  project.git("-C", inner, "init", "--quiet");
  project.git("-C", inner, "commit", "--quiet", "--allow-empty", "-m", "x");
  mkdirSync(join(project.top, "empty/.git"), { recursive: true });
  writeFileSync(join(project.top, "empty/file"), "");
  const before = await snapshot();
  expect(before.nested).toEqual(["inner/"]);
  writeFileSync(join(inner, "changed"), "");
  project.write("a.txt", "changed\n");
  const after = await snapshot();
  expect(list(await compareGit(before, after, signal))).toEqual(["update a.txt +1 -3"]);
});

test.each(["merge", "split index", "sparse checkout", "linked working tree", "sha256"])("%s", async (what) => {
  if (what === "sha256") {
    rmSync(join(project.top, ".git"), { recursive: true });
    project.git("init", "--quiet", "--object-format=sha256");
  }
  commitSome();
  if (what === "merge") {
    project.git("switch", "--quiet", "-c", "side");
    project.write("a.txt", "side\n");
    project.git("commit", "--quiet", "-a", "-m", "side");
    project.git("switch", "--quiet", "main");
    project.write("a.txt", "main\n");
    project.git("commit", "--quiet", "-a", "-m", "main");
    expect(() => project.git("merge", "--quiet", "side")).toThrow();
  }
  if (what === "split index") project.git("update-index", "--split-index");
  if (what === "sparse checkout") {
    project.git("sparse-checkout", "set", "--cone", "--sparse-index", "other");
    expect(existsSync(join(project.top, "sub"))).toBe(false);
  }
  if (what === "linked working tree") {
    project.git("worktree", "add", "--quiet", join(project.top, "../linked"));
    project = { ...project, top: realpathSync(join(project.top, "../linked")) };
  }
  const files = await changesOf(() => writeFileSync(join(project.top, "a.txt"), "by the turn\n"));
  expect(files.map(({ kind, path }) => `${kind} ${path}`)).toEqual(["update a.txt"]);
});

test("an entry that git is told to take as unchanged is looked at", async () => {
  commitSome();
  project.git("update-index", "--assume-unchanged", "a.txt");
  expect(list(await changesOf(() => project.write("a.txt", "changed\n")))).toEqual(["update a.txt +1 -3"]);
});

test("a change that keeps size and time is seen", async () => {
  commitSome();
  const file = join(project.top, "a.txt");
  const time = new Date(1_700_000_000_000);
  utimesSync(file, time, time);
  const seen = await changesOf(() => {
    writeFileSync(file, "ONE\ntwo\nthree\n");
    utimesSync(file, time, time);
  });
  expect(list(seen)).toEqual(["update a.txt +1 -1"]);
  // Within one second, which is all that git's index tells apart.
  for (const text of ["TWO\ntwo\nthree\n", "SIX\ntwo\nthree\n"]) {
    const again = await changesOf(() => {
      writeFileSync(file, text);
      utimesSync(file, time, time);
    });
    expect(list(again)).toEqual(["update a.txt +1 -1"]);
  }
});

test("two bridges have an index each, and share the objects", async () => {
  commitSome();
  const [one, two] = [await snapshot("one"), await snapshot("two")];
  expect(two.tree).toBe(one.tree);
  project.write("a.txt", "changed\n");
  const [after, same] = await Promise.all([snapshot("one"), snapshot("two")]);
  expect(after.tree).toBe(same.tree);
  expect(list(await compareGit(one, same, signal))).toEqual(["update a.txt +1 -3"]);
});

test("a lock that a killed git left, and indexes of bridges that are gone, are removed", async () => {
  commitSome();
  const before = await snapshot("one");
  writeFileSync(`${before.store.indexFile}.lock`, "");
  const [old, young] = ["old", "young"].map((name) => join(before.store.folder, `index-${name}`));
  const time = new Date(Date.now() - 2 * 86_400_000);
  for (const path of [old, young]) writeFileSync(path ?? "", "");
  utimesSync(old ?? "", time, time);
  const past = new Date(Date.now() - 1_000);
  utimesSync(young ?? "", past, past);
  project.write("a.txt", "changed\n");
  expect((await snapshot("one")).tree).not.toBe(before.tree);
  await snapshot("two");
  expect([old, young].map((path) => existsSync(path ?? ""))).toEqual([false, true]);
});
