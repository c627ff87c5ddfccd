// `commit`: the bridge commits what a turn of the real Codex CLI changed, and nothing else.
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { TestBridge } from "../support/bridge.ts";
import { test } from "../support/fixture.ts";
import { type Lab, type Respond, runThenSay } from "../support/lab.ts";

const WHO = ["-c", "user.name=T", "-c", "user.email=t@localhost"];

function openGit({ project, env }: Lab) {
  return (...args: string[]): string =>
    execFileSync("git", [...WHO, ...args], {
      cwd: project,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
}

function makeRepository(lab: Lab) {
  const git = openGit(lab);
  writeFileSync(join(lab.project, "a.txt"), "one\n");
  writeFileSync(join(lab.project, "b.txt"), "b\nb\nb\n");
  writeFileSync(join(lab.project, "mine.txt"), "mine\n");
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "The User");
  git("config", "user.email", "user@localhost");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  return git;
}

const turn = (bridge: TestBridge, args: object) =>
  bridge.call("codex", { prompt: "Change it", sandbox: "workspace-write", ...args });
const warnings = ({ structured }: Awaited<ReturnType<typeof turn>>) => String(structured["warnings"]);

test("exactly what the turn changed is committed; what the user has staged and changed stays", async ({
  lab,
  bridge,
}) => {
  const git = makeRepository(lab);
  const hook = join(lab.project, ".git/hooks/pre-commit");
  writeFileSync(hook, `#!/bin/sh\ntouch ${lab.project}/hook-ran\n`);
  chmodSync(hook, 0o755);
  writeFileSync(join(lab.project, "staged.txt"), "staged\n");
  git("add", "staged.txt");
  writeFileSync(join(lab.project, "mine.txt"), "changed by me\n");
  const act = "echo two >> a.txt; mv b.txt c.txt; mkdir d; echo n > d/new; ln -s a.txt link";
  lab.respond(runThenSay(`${act}; echo Done; echo 'Commit: fix: say two'`));
  const done = await turn(bridge, { commit: true });
  expect(warnings(done)).toBe("undefined");
  const id = git("rev-parse", "HEAD");
  expect(done.structured["commit"]).toEqual({ id, message: "fix: say two", files: 5 });
  expect(git("log", "-1", "--format=%an <%ae> %s %P")).toBe(
    `The User <user@localhost> fix: say two ${git("rev-parse", "HEAD~1")}`,
  );
  expect(git("show", "--format=", "--name-status", "-M", "HEAD").split("\n")).toEqual([
    "M\ta.txt",
    "R100\tb.txt\tc.txt",
    "A\td/new",
    "A\tlink",
  ]);
  expect(git("status", "--porcelain").split("\n")).toEqual(
    ["M mine.txt", "A  staged.txt"].map((line) => expect.stringContaining(line.trim())),
  );
  expect(existsSync(join(lab.project, "hook-ran"))).toBe(false);
  git("fsck", "--strict");
  expect(String(lab.standIn.requests.flatMap(({ userTexts }) => userTexts).at(-1))).toMatch(/one line `Commit: `/);
  const undone = await bridge.call("codex-undo", {});
  expect(undone.text).toContain(`The commit ${id.slice(0, 12)} of the turn stays`);
  expect(readFileSync(join(lab.project, "a.txt"), "utf8")).toBe("one\n");
});

test("a message of the caller, before the first commit, and after a turn that changed nothing", async ({
  lab,
  bridge,
}) => {
  const git = openGit(lab);
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "U");
  git("config", "user.email", "u@localhost");
  lab.respond(runThenSay("echo one > a.txt"));
  const done = await turn(bridge, { commit: "feat: begin\n\nWith a body." });
  expect(done.structured["commit"]).toEqual({ id: git("rev-parse", "main"), message: "feat: begin", files: 1 });
  expect(git("log", "-1", "--format=%B")).toBe("feat: begin\n\nWith a body.");
  expect(git("status", "--porcelain")).toBe("");
  lab.respond(runThenSay("true"));
  expect(warnings(await turn(bridge, { commit: "x" }))).toContain("Nothing was committed: the turn changed no file.");
});

test("what cannot be committed whole is not committed, the work stays, and the reason is told", {
  timeout: 120_000,
}, async ({ lab, bridge }) => {
  const git = makeRepository(lab);
  const reset = () => {
    for (const lock of ["index.lock", "refs/heads/main.lock"]) rmSync(join(lab.project, ".git", lock), { force: true });
    rmSync(join(lab.project, ".git/MERGE_HEAD"), { force: true });
    rmSync(join(lab.project, ".git/rebase-merge"), { recursive: true, force: true });
    git("checkout", "--quiet", "--force", "main");
    git("clean", "-fdq");
    git("config", "user.email", "user@localhost");
  };
  for (const [prepare, said, more] of CASES) {
    prepare(lab, git);
    const before = git("rev-parse", "HEAD");
    lab.respond(runThenSay("echo two >> a.txt"));
    const done = await turn(bridge, { commit: "x", ...more });
    expect(done.isError).toBe(false);
    expect(warnings(done)).toMatch(said);
    expect([git("rev-parse", "HEAD"), done.structured["commit"]]).toEqual([before, undefined]);
    expect(readFileSync(join(lab.project, "a.txt"), "utf8")).toContain("two\n");
    reset();
  }
});

type Git = ReturnType<typeof openGit>;
const CASES: [(lab: Lab, git: Git) => unknown, RegExp, object?][] = [
  [({ project }) => writeFileSync(join(project, "a.txt"), "mine\n"), /uncommitted changes before the turn.*: a\.txt\./],
  [
    ({ project }) => writeFileSync(join(project, ".gitattributes"), "*.txt filter=lfs\n"),
    /git would convert some files.*: a\.txt\./,
  ],
  [(_, git) => git("checkout", "--quiet", "--detach"), /HEAD is on no branch/],
  [
    ({ project }, git) => writeFileSync(join(project, ".git/MERGE_HEAD"), `${git("rev-parse", "HEAD")}\n`),
    /a merge is/,
  ],
  [({ project }) => mkdirSync(join(project, ".git/rebase-merge")), /a rebase is in progress/],
  [(_, git) => git("config", "--unset", "user.email"), /git does not know the user/],
  [() => {}, /the check did not pass/, { check: "false" }],
  [
    ({ project }) => writeFileSync(join(project, ".git/refs/heads/main.lock"), ""),
    /committed: Another git holds a lock.*git update-ref: .*main\.lock/,
  ],
  [
    ({ project }) => writeFileSync(join(project, ".git/index.lock"), ""),
    /committed: Another git holds a lock.*git update-index: .*index\.lock/,
  ],
];

test("a check that could not run is no check that passed", async ({ lab, bridge }) => {
  const git = makeRepository(lab);
  const config = join(lab.codexHome, "config.toml");
  const doing = runThenSay("echo two >> a.txt");
  lab.respond((request) => {
    if (request.toolOutputs.length > 0) appendFileSync(config, "\n[broken\n");
    return doing(request);
  });
  const done = await turn(bridge, { commit: "x", check: "true" });
  expect(done.structured["check"]).toBeUndefined();
  expect(warnings(done)).toContain("Nothing was committed: the check did not run.");
  expect(git("log", "--format=%s")).toBe("first");
});

const CORRECTION = /^Your final message cannot be used: /;
const SCHEMA = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };

/** Runs and says the first pair, and the second where a correction is asked for. */
function actThen(first: readonly [string, string], then: readonly [string, string]): Respond {
  return ({ userTexts, toolOutputs }) => {
    const [run, said] = CORRECTION.test(userTexts.at(-1) ?? "") ? then : first;
    return { steps: [toolOutputs.length === 0 ? { run } : { say: said }] };
  };
}

describe("with `expect` one commit is made, of an answer that fits:", () => {
  test("it has what both turns changed, and both receipts name it", async ({ lab, bridge }) => {
    const git = makeRepository(lab);
    lab.respond(
      actThen(["echo two >> a.txt; echo x > gone", "no"], ["echo 3 >> a.txt; rm gone; echo n > n", '{"n":1}']),
    );
    const done = await turn(bridge, { expect: SCHEMA, commit: true, check: "test -e n" });
    expect(done.isError).toBe(false);
    const id = git("rev-parse", "HEAD");
    expect(done.structured).toMatchObject({
      ...{ data: { n: 1 }, commit: { id, message: "Change it", files: 2 }, check: { exitCode: 0 } },
      warnings: [expect.stringMatching(/^The first final message did not fit/)],
    });
    expect(done.structured).not.toHaveProperty("held");
    expect(git("log", "--format=%s").split("\n")).toEqual(["Change it", "first"]);
    expect(git("show", "HEAD:a.txt")).toBe("one\ntwo\n3");
    expect(git("status", "--porcelain")).toBe("");
    const receipts = done.structured["receipts"] as { id: string }[];
    expect(receipts).toHaveLength(2);
    for (const receipt of receipts.toReversed()) {
      const undone = await bridge.call("codex-undo", { receipt: receipt.id });
      expect(undone.text).toContain(`The commit ${id.slice(0, 12)} of the turn stays`);
    }
    expect(lab.standIn.requests.map(({ userTexts }) => userTexts.join()).join()).not.toContain("line `Commit: `");
  });

  test("none is made where no answer fits, and the error says so", async ({ lab, bridge }) => {
    const git = makeRepository(lab);
    lab.respond(actThen(["echo two >> a.txt", "no"], ["echo b > b.txt", "never"]));
    const failed = await turn(bridge, { expect: SCHEMA, commit: "x" });
    expect(failed.text).toMatch(/^\[INVALID_OUTPUT\] .* It was corrected once already\. Nothing was committed\. /);
    expect(git("log", "--format=%s")).toBe("first");
    expect(git("status", "--porcelain").split("\n")).toEqual(["M a.txt", " M b.txt"]);
  });

  test("the check after the correction counts", async ({ lab, bridge }) => {
    const git = makeRepository(lab);
    lab.respond(actThen(["echo two >> a.txt", "no"], ["echo n > n", "yes"]));
    const done = await turn(bridge, { expect: "^yes$", commit: "x", check: "test -e n" });
    expect(done.structured).toMatchObject({ commit: { files: 2 }, check: { exitCode: 0 } });
    lab.respond(actThen(["echo three >> a.txt", "no"], ["rm n", "yes"]));
    const kept = await turn(bridge, { expect: "^yes$", commit: "y", check: "test -e n" });
    expect(warnings(kept)).toContain("Nothing was committed: the check did not pass.");
    expect(kept.structured["commit"]).toBeUndefined();
    expect(git("log", "--format=%s").split("\n")).toEqual(["x", "first"]);
  });
});

test("a call that fails says that nothing was committed", async ({ lab, bridge }) => {
  const git = makeRepository(lab);
  lab.respond(runThenSay("echo two >> a.txt; echo no"));
  const failed = await turn(bridge, { outputSchema: SCHEMA, commit: "x" });
  expect(failed.text).toMatch(/^\[INVALID_OUTPUT\] .*Nothing was committed\. /);
  expect(git("log", "--format=%s")).toBe("first");
});

test("prompts that run side by side, and a bridge without receipts, take no commit", async ({ bridge }) => {
  const batch = await bridge.call("codex", { prompts: ["a", "b"], commit: true });
  expect(batch.text).toMatch(/^\[INVALID_ARGUMENT\] `commit` takes/);
  for (const commit of [1, "  ", "x".repeat(10_001), "\0"]) {
    const refused = await bridge.call("codex", { prompt: "x", commit });
    expect(refused.text).toMatch(/`commit` must be true, or a commit message/);
  }
  await bridge.restart({ env: { BRIDGE_RECEIPTS: "0" } });
  expect((await turn(bridge, { commit: true })).text).toMatch(/^\[INVALID_ARGUMENT\] `commit` needs receipts/);
});
