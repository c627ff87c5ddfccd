// What a review is of, read from real repositories.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applyPatch } from "diff";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkEvidence } from "../../../src/reviews/check-evidence.ts";
import type { ReviewMaterial, ReviewState, ReviewTarget } from "../../../src/reviews/target.ts";
import { createTargetReader } from "../../../src/reviews/targets/read-target.ts";
import { createGitProject, type GitProject } from "../../support/git-project.ts";
import { openSnapshots } from "../../support/receipts.ts";

let project: GitProject;
beforeEach(() => {
  project = createGitProject();
});
afterEach(() => project.close());

const { signal } = new AbortController();
const read = (target: ReviewTarget = { kind: "uncommitted" }, cwd = project.top, since?: ReviewState) =>
  createTargetReader({ snapshots: openSnapshots(project), env: project.env })(target, { cwd, signal, since });
const list = ({ files }: ReviewMaterial) =>
  files.map(({ kind, path, added, deleted }) => `${kind} ${path} +${added} -${deleted}`);
const out = ({ leftOut }: ReviewMaterial) =>
  leftOut.map(({ path, reason, isMissed }) => `${path}: ${reason}${isMissed ? " (missed)" : ""}`);
const diffOf = ({ files }: ReviewMaterial, path: string) => files.find((file) => file.path === path)?.diff;
const commit = (message = "x") => {
  project.git("add", "-A");
  project.git("commit", "--quiet", "--allow-empty", "-m", message);
};
const lines = (count: number, word = "line") =>
  Array.from({ length: count }, (_, at) => `${word} ${at + 1}\n`).join("");

test("uncommitted changes: staged, unstaged, untracked, deleted, renamed, a mode; nothing that is ignored", async () => {
  project.write(".gitignore", "*.log\n");
  project.write("a.ts", lines(20));
  project.write("b.ts", "1\n");
  project.write("gone.ts", "gone\n");
  project.write("old name.ts", lines(30, "word"));
  project.write("run.sh", "echo\n");
  commit();
  project.write("a.ts", lines(20).replace("line 10\n", "line ten\nand more\n"));
  project.write("b.ts", "2\n");
  project.git("add", "b.ts");
  project.write("new.ts", "fresh\n");
  project.write("x.log", "ignored\n");
  rmSync(join(project.top, "gone.ts"));
  renameSync(join(project.top, "old name.ts"), join(project.top, "new name.ts"));
  chmodSync(join(project.top, "run.sh"), 0o755);
  const material = await read();
  expect(list(material)).toEqual([
    "update a.ts +2 -1",
    "update b.ts +1 -1",
    "delete gone.ts +0 -1",
    "rename new name.ts +0 -0",
    "add new.ts +1 -0",
    "update run.sh +0 -0",
  ]);
  expect(material.heading).toMatch(/^uncommitted changes \(working tree against HEAD, [0-9a-f]{8}; /);
  expect(material.what).toMatch(
    /^uncommitted changes on main \(working tree against HEAD, [0-9a-f]{8}; untracked files included\)$/,
  );
  expect(diffOf(material, "a.ts")).toBe(
    "diff --git a/a.ts b/a.ts\n--- a/a.ts\n+++ b/a.ts\n@@ -7,7 +7,8 @@ line 6\n line 7\n line 8\n line 9\n-line 10\n+line ten\n+and more\n line 11\n line 12\n line 13\n",
  );
  expect(diffOf(material, "run.sh")).toContain("old mode 100644\nnew mode 100755");
  expect(diffOf(material, "new name.ts")).toContain("rename from old name.ts\nrename to new name.ts");
  expect(await material.readReviewed("a.ts")).toContain("line ten");
  expect(await material.readBefore("a.ts")).toBe(lines(20));
  expect(await material.readBefore("new name.ts")).toBe(lines(30, "word"));
  expect(await material.readReviewed("gone.ts")).toBeUndefined();
  expect(await material.readReviewed("none.ts")).toBeUndefined();
  expect(await material.readReviewed(".gitignore")).toBe("*.log\n");
  expect(await material.readBefore("new.ts")).toBeUndefined();
});

test("nothing changed, no commit yet, and a directory below the top", async () => {
  expect(list(await read())).toEqual([]);
  project.write("d/a", "1\n");
  const first = await read(undefined, join(project.top, "d"));
  expect(list(first)).toEqual(["add d/a +1 -0"]);
  expect(first.what).toContain("against no commit yet");
  expect(first.top).toBe(project.top);
  commit();
  expect(list(await read())).toEqual([]);
});

test("a branch is compared with the commit where it left its base, with uncommitted changes", async () => {
  project.write("a", "1\n");
  commit();
  project.git("switch", "--quiet", "-c", "feature/one");
  project.write("b", "1\n");
  commit();
  project.git("switch", "--quiet", "main");
  project.write("main only", "1\n");
  commit();
  project.git("switch", "--quiet", "feature/one");
  project.write("c", "1\n");
  const material = await read({ kind: "branch" });
  expect(list(material)).toEqual(["add b +1 -0", "add c +1 -0"]);
  expect(material.what).toMatch(
    /^branch feature\/one against main \(since [0-9a-f]{8}; uncommitted changes and untracked/,
  );
  expect(list(await read({ kind: "branch", base: "HEAD" }))).toEqual(["add c +1 -0"]);
});

test("the base of a branch is its upstream, unless that is its pushed copy", async () => {
  project.write("a", "1\n");
  commit();
  project.git("update-ref", "refs/remotes/origin/release", "HEAD");
  commit("second");
  project.git("update-ref", "refs/remotes/origin/topic", "HEAD");
  project.git("switch", "--quiet", "-c", "topic");
  project.write("b", "1\n");
  commit();
  for (const [key, value] of [
    ["branch.topic.remote", "origin"],
    ["branch.topic.merge", "refs/heads/release"],
  ]) {
    project.git("config", key ?? "", value ?? "");
  }
  expect((await read({ kind: "branch" })).what).toContain("against origin/release");
  project.git("config", "branch.topic.merge", "refs/heads/topic");
  expect((await read({ kind: "branch" })).what).toContain("against main");
  project.git("branch", "--quiet", "-D", "main");
  expect((await read({ kind: "branch" })).what).toContain("against origin/topic");
});

test("a base that does not exist is an error with the branches that do, and so is none", async () => {
  project.write("a", "1\n");
  commit();
  await expect(read({ kind: "branch", base: "mian" })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: 'There is no commit or branch "mian". Newest branches: main.',
  });
  await expect(read({ kind: "branch" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  for (const base of ["--output=/tmp/x", "", "a\nb", "main^{blob}"])
    await expect(read({ kind: "branch", base })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  project.git("switch", "--quiet", "--orphan", "alone");
  commit();
  await expect(read({ kind: "branch", base: "main" })).rejects.toMatchObject({
    message: "The branch and main have no commit in common.",
  });
});

test("a commit is compared with its first parent, and a first one with nothing", async () => {
  project.write("a", "1\n");
  commit('first "one"');
  project.git("switch", "--quiet", "-c", "side");
  project.write("side", "1\n");
  commit();
  project.git("switch", "--quiet", "main");
  project.write("b", "1\n");
  commit();
  project.git("merge", "--quiet", "--no-edit", "side");
  project.git("tag", "v1");
  project.write("not committed", "1\n");
  expect(list(await read({ kind: "commit", commit: "HEAD" }))).toEqual(["add side +1 -0"]);
  expect(list(await read({ kind: "commit", commit: "v1^" }))).toEqual(["add b +1 -0"]);
  const first = await read({ kind: "commit", commit: "HEAD~2" });
  expect(list(first)).toEqual(["add a +1 -0"]);
  expect(first.what).toMatch(/^commit [0-9a-f]{8} "first "one"" \(the first commit\)$/);
  expect(first.heading).toMatch(/^commit [0-9a-f]{8} \(the first commit\)$/);
  expect(await first.readReviewed("a")).toBe("1\n");
  await expect(read({ kind: "commit", commit: "nothing" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("names of any bytes are read, and none begins a line of its own", async () => {
  const names = [
    "new\nline",
    "tab\tname",
    '"quoted"',
    "-dash",
    " space ",
    "back\\slash",
    "ünïcode",
    ":colon",
    "a/--- b",
  ];
  for (const name of names) project.write(name, "1\n");
  const raw = Buffer.concat([Buffer.from(`${project.top}/`), Buffer.from([0x66, 0xff, 0xfe])]);
  writeFileSync(raw, "raw\n");
  const material = await read();
  expect(material.files.length).toBe(names.length + 1);
  for (const { path, diff } of material.files) {
    expect(path).not.toMatch(/[\n\t]/);
    expect(diff.split("\n").length).toBe(7);
    expect(await material.readReviewed(path)).toMatch(/^(?:1|raw)\n$/);
  }
});

test("what no reviewer can read is left out with its reason", async () => {
  project.write("lfs.csv", `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 6\n`);
  project.write("changed.csv", `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 6\n`);
  commit();
  project.write("lfs.csv", "a,b,c\n");
  project.write("changed.csv", "a,b,c,d\n");
  project.write("image.png", Buffer.from([0x89, 0x50, 0, 1, 2]));
  project.write("big.ts", "x = 1;\n".repeat(200_000));
  project.write("huge.bin", Buffer.alloc(6 * 1_048_576, 1));
  project.write(".env", "KEY=1\n");
  project.write("deploy/.env.production", "KEY=1\n");
  project.write(".env.example", "KEY=\n");
  project.write("certs/server.pem", "x\n");
  project.git("init", "--quiet", "inner");
  project.write("inner/file", "1\n");
  const material = await read();
  expect(list(material)).toEqual(["add .env.example +1 -0"]);
  expect(out(material).sort()).toEqual([
    ".env: its name says that it may hold secrets",
    "big.ts: it is larger than 1 MB (missed)",
    "certs/server.pem: its name says that it may hold secrets",
    "changed.csv: it is kept by Git LFS",
    "deploy/.env.production: its name says that it may hold secrets",
    "huge.bin: it is too large to be kept, or cannot be read",
    "image.png: it is binary",
  ]);
  expect(material.notes).toEqual(["Repositories within this one are not part of the review: inner/."]);
});

test("a secret under another name, and names like those of secrets", async () => {
  const secret = "A=1\nB=2\nC=3\nPASSWORD=hunter2\n";
  project.write(".env", secret);
  commit();
  renameSync(join(project.top, ".env"), join(project.top, "settings.txt"));
  project.write("settings.txt", `${secret}D=4\n`);
  const secrets = ["production.env", ".envrc", ".env-prod", "id_rsa_work", "AuthKey.p8", ".dockercfg", "secrets.yml"];
  for (const name of [...secrets, "terraform.tfstate", ".env.js"]) project.write(name, `${name}\n`);
  for (const name of ["id_rsa_work.pub", "example.env", ".env-sample", "secrets.ts"]) project.write(name, `${name}\n`);
  for (const name of [".kube/prod.yml", ".docker/config.json", ".docker/Dockerfile"]) project.write(name, `${name}\n`);
  const material = await read();
  expect(list(material).map((line) => line.split(" ")[1])).toEqual([
    ...[".docker/Dockerfile", ".env-sample", "example.env", "id_rsa_work.pub", "secrets.ts"],
  ]);
  expect(out(material).filter((line) => line.endsWith("(missed)"))).toEqual([
    ".docker/config.json: its name says that it may hold secrets (missed)",
    ".env.js: its name says that it may hold secrets (missed)",
    ".envrc: its name says that it may hold secrets (missed)",
    ".kube/prod.yml: its name says that it may hold secrets (missed)",
    "settings.txt: the name that it had says that it may hold secrets (missed)",
  ]);
});

test("since an earlier review all is read where the target is compared with what it had not read", async () => {
  project.write("a", "1\n");
  commit();
  project.write("evil", "1\n");
  commit();
  project.write("b", "1\n");
  const first = await read();
  project.git("reset", "--quiet", "--soft", "HEAD~1");
  const wider = await read(undefined, project.top, first.state);
  expect(list(wider)).toEqual(["add b +1 -0", "add evil +1 -0"]);
  expect(wider.notes.join()).toContain("compared with another commit");
  commit();
  project.write("c", "1\n");
  const committed = await read(undefined, project.top, wider.state);
  expect(list(committed)).toEqual(["add c +1 -0"]);
  expect(committed.notes).toEqual([]);
});

test("line ends alone are no change, and do not hide one", async () => {
  project.write("a.txt", lines(9));
  project.write("b.txt", lines(9));
  commit();
  project.write("a.txt", lines(9).replaceAll("\n", "\r\n"));
  project.write("b.txt", lines(9).replace("line 5", "line five").replaceAll("\n", "\r\n"));
  const material = await read();
  expect(list(material)).toEqual(["update b.txt +1 -1"]);
  expect(material.notes).toEqual(["1 file differs only in line ends."]);
});

test("submodules: not of a working tree, and told of a commit", async () => {
  project.write("a", "1\n");
  commit();
  const id = project.git("rev-parse", "HEAD").trim();
  project.git("update-index", "--add", "--cacheinfo", `160000,${id},vendor/lib`);
  project.git("commit", "--quiet", "-m", "submodule");
  expect(list(await read())).toEqual([]);
  expect((await read()).notes).toEqual(["Submodules are not part of the review."]);
  expect(out(await read({ kind: "commit", commit: "HEAD" }))).toEqual(["vendor/lib: it is a submodule (missed)"]);
});

test("a link that replaces a file, and a file that replaces a link", async () => {
  project.write("a", lines(3));
  symlinkSync("target", join(project.top, "b"));
  commit();
  rmSync(join(project.top, "a"));
  symlinkSync("/etc/passwd", join(project.top, "a"));
  rmSync(join(project.top, "b"));
  project.write("b", "file\n");
  const material = await read();
  expect(list(material)).toEqual(["update a +1 -3", "update b +1 -1"]);
  expect(await material.readReviewed("a")).toBe("/etc/passwd");
});

test("detached head, a merge in progress, a linked working tree", async () => {
  project.write("a", "1\n");
  commit();
  project.git("switch", "--quiet", "-c", "side");
  project.write("a", "side\n");
  commit();
  project.git("switch", "--quiet", "--detach", "main");
  project.write("a", "detached\n");
  commit();
  expect((await read()).what).toContain("on no branch");
  expect(() => project.git("merge", "side")).toThrow();
  const merging = await read();
  expect(merging.notes).toEqual(["The user is in the middle of a merge."]);
  expect(diffOf(merging, "a")).toContain("+<<<<<<<");
  project.git("merge", "--abort");
  const linked = join(project.stateDir, "..", "linked");
  project.git("worktree", "add", "--quiet", linked, "side");
  writeFileSync(join(linked, "b"), "1\n");
  const material = await read({ kind: "branch", base: "main" }, realpathSync(linked));
  expect(list(material)).toEqual(["update a +1 -1", "add b +1 -0"]);
  expect(material.what).toContain("branch side against main");
});

test("files that a sparse checkout leaves out did not change", async () => {
  for (const folder of ["in", "out"]) project.write(`${folder}/a`, "1\n");
  commit();
  for (const mode of ["--no-sparse-index", "--sparse-index"]) {
    project.git("sparse-checkout", "set", "--cone", mode, "in");
    expect(existsSync(join(project.top, "out/a"))).toBe(false);
    project.write("in/a", `${mode}\n`);
    rmSync(project.stateDir, { recursive: true, force: true });
    expect(list(await read())).toEqual(["update in/a +1 -1"]);
    // Like the one that is left out.
    project.write("in/new", "1\n");
    expect(list(await read())).toEqual(["update in/a +1 -1", "add in/new +1 -0"]);
    rmSync(join(project.top, "in/new"));
  }
});

test("a shallow clone: its oldest commit has a parent that is not here", async () => {
  for (const name of ["a", "b", "c"]) {
    project.write(name, "1\n");
    commit(name);
  }
  project.git("branch", "other", "HEAD~2");
  const clone = join(project.stateDir, "..", "clone");
  project.git("clone", "--quiet", "--depth=1", "--no-single-branch", `file://${project.top}`, clone);
  const cwd = realpathSync(clone);
  await expect(read({ kind: "commit", commit: "HEAD" }, cwd)).rejects.toMatchObject({
    message: "The parent of this commit is not in this shallow clone.",
  });
  await expect(read({ kind: "branch", base: "origin/other" }, cwd)).rejects.toMatchObject({
    message: "The branch and origin/other have no commit in common in this shallow clone.",
  });
  expect((await read({ kind: "branch" }, cwd)).what).toContain("against origin/HEAD");
});

test("a partial clone: nothing is fetched, and the error says what the user can do", async () => {
  project.write("a", "1\n");
  commit();
  project.git("switch", "--quiet", "-c", "work");
  project.write("a", "2\n");
  commit();
  project.git("config", "uploadpack.allowFilter", "true");
  const clone = join(project.stateDir, "..", "clone");
  project.git("clone", "--quiet", "--filter=blob:none", `file://${project.top}`, clone);
  const cwd = realpathSync(clone);
  expect(list(await read(undefined, cwd))).toEqual([]);
  await expect(read({ kind: "branch", base: "origin/main" }, cwd)).rejects.toMatchObject({
    message: expect.stringMatching(/partial clone/),
    report: { nextStep: expect.stringContaining("git diff") },
  });
});

test("neither the configuration nor the attributes of a project run a program or hide a file", async () => {
  const program = join(project.stateDir, "..", "evil.sh");
  const ran = join(project.stateDir, "..", "ran");
  writeFileSync(program, `#!/bin/sh\ntouch ${ran}\ncat "$1"\n`, { mode: 0o755 });
  project.write("a.ts", "1\n");
  commit();
  project.write(".gitattributes", "*.ts -diff diff=evil filter=evil\n* binary\n");
  project.write("a.ts", "2\n");
  for (const key of [
    ...["core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external", "diff.evil.command"],
    ...[
      "diff.evil.textconv",
      "filter.evil.clean",
      "filter.evil.process",
      "gpg.program",
      "interactive.diffFilter",
      "pager.diff",
    ],
    ...["log.showSignature", "core.alternateRefsCommand", "uploadpack.packObjectsHook"],
  ]) {
    project.git("config", key, key === "log.showSignature" ? "true" : program);
  }
  mkdirSync(join(project.top, ".git/hooks"), { recursive: true });
  for (const hook of ["post-index-change", "reference-transaction", "fsmonitor-watchman"])
    writeFileSync(join(project.top, ".git/hooks", hook), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
  rmSync(ran, { force: true });
  for (const target of [
    { kind: "uncommitted" },
    { kind: "branch", base: "main" },
    { kind: "commit", commit: "HEAD" },
  ] as const)
    expect(list(await read(target)).join()).toMatch(/a\.ts \+1/);
  expect(existsSync(ran)).toBe(false);
});

test("the user's repository stays as it is, and no view is left", async () => {
  project.write("a", "1\n");
  commit();
  project.write("a", "2\n");
  const look = () => execFileSync("find", [join(project.top, ".git"), "-printf", "%p %s %T@\n"], { encoding: "utf8" });
  const before = look();
  for (const target of [
    { kind: "uncommitted" },
    { kind: "branch", base: "main" },
    { kind: "commit", commit: "HEAD" },
  ] as const)
    await read(target);
  expect(look()).toBe(before);
  const names = readdirSync(project.stateDir, { recursive: true }).map(String);
  expect(names.filter((name) => name.includes("view-"))).toEqual([]);
});

test("since an earlier review only what changed is read", async () => {
  project.write("a", "1\n");
  project.write("b", "1\n");
  commit();
  project.write("a", "2\n");
  project.write("b", "2\n");
  const first = await read();
  project.write("b", "3\n");
  const second = await read(undefined, project.top, first.state);
  expect(list(second)).toEqual(["update b +1 -1"]);
  expect(await second.readReviewed("a")).toBe("2\n");
  expect(await second.readBefore("b")).toBe("2\n");
  expect(second.what).toMatch(/, since the earlier review$/);
  expect(list(await read(undefined, project.top, second.state))).toEqual([]);
  const lost = await read(undefined, project.top, { kind: "tree", tree: "0".repeat(40) });
  expect(list(lost)).toEqual(["update a +1 -1", "update b +1 -1"]);
  expect(lost.notes).toEqual(["The state of the earlier review is gone, so all of the target is reviewed."]);
});

test("a repository of SHA-256", async () => {
  rmSync(join(project.top, ".git"), { recursive: true });
  project.git("init", "--quiet", "--object-format=sha256");
  project.write("a", "1\n");
  commit();
  project.write("a", "2\n");
  expect(list(await read({ kind: "branch", base: "main" }))).toEqual(["update a +1 -1"]);
});

test("a change of hundreds of files is read whole", async () => {
  for (let n = 0; n < 400; n += 1) project.write(`d${n % 7}/f${n}.ts`, lines(40, `w${n}`));
  expect((await read()).files.length).toBe(400);
});

test("without git changes cannot be reviewed, and the error says what can", async () => {
  rmSync(join(project.top, ".git"), { recursive: true });
  await expect(read()).rejects.toMatchObject({
    code: "NOT_A_GIT_REPO",
    report: { nextStep: expect.stringContaining("files") },
  });
});

test("an abort is a cancelled review", async () => {
  const reader = createTargetReader({ snapshots: openSnapshots(project), env: project.env });
  await expect(
    reader({ kind: "uncommitted" }, { cwd: project.top, signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({
    code: "CANCELLED",
  });
});

test("each diff makes the earlier text the later one, and every added line stands where its number says", {
  timeout: 60_000,
}, async () => {
  const line = fc.oneof(
    fc.constantFrom("", "}", "-- a", "++ b", "@@ -1 +1 @@", "diff --git a/f b/f", "\\ No newline", " x"),
    fc.stringMatching(/^[ -~]{1,30}$/),
  );
  const text = fc.array(line, { maxLength: 40 }).map((lines) => lines.map((one) => `${one}\n`).join(""));
  const oneFile = fc.record({ before: fc.option(text), after: fc.option(text) });
  await fc.assert(
    fc.asyncProperty(fc.array(oneFile, { minLength: 1, maxLength: 12 }), async (all) => {
      const write = (side: "before" | "after") =>
        all.forEach((file, n) => {
          const content = file[side];
          if (content !== null) project.write(`f${n}.ts`, content);
          else rmSync(join(project.top, `f${n}.ts`), { force: true });
        });
      write("before");
      commit();
      write("after");
      const material = await read();
      for (const { path, from, diff, kind } of material.files) {
        if (kind === "delete" || !diff.includes("@@")) continue;
        const before = await material.readBefore(path);
        const after = (await material.readReviewed(path)) ?? "";
        expect(applyPatch(before ?? "", diff.slice(diff.indexOf("\n@@") + 1)), `${path} ${from}`).toBe(after);
        const lines = after.split("\n");
        const findings = lines.map((evidence, at) => ({
          ...FINDING,
          file: path,
          startLine: at + 1,
          endLine: at + 1,
          evidence,
        }));
        for (const checked of await checkEvidence(findings, material)) {
          const isWeak =
            checked.why === "its quote is too short to prove anything" || checked.why === "it quotes no line";
          expect(checked.isVerified || isWeak, JSON.stringify(checked)).toBe(true);
          if (checked.isVerified) expect(checked.startLine).toBe(checked.endLine);
        }
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

const FINDING = { severity: "P2", title: "t", body: "", confidence: 1 } as const;
