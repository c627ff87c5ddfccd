// Turns of the real Codex CLI in a git worktree of their own: what they see, what they may write, and what they propose.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, say } from "../support/lab.ts";

interface Proposal {
  readonly id: string;
  readonly branch: string;
  readonly worktree: string;
  readonly files: number;
  readonly diffStat: string;
  readonly diff?: string;
}

function createGit({ project, env }: Lab) {
  return (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: project,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
}

function makeRepository(lab: Lab): ReturnType<typeof createGit> {
  const git = createGit(lab);
  writeFileSync(join(lab.project, "a.txt"), "one\ntwo\n");
  mkdirSync(join(lab.project, "sub"));
  writeFileSync(join(lab.project, "sub/b.txt"), "b\n");
  git("init", "--quiet", "-b", "main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  return git;
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What the command printed, as the model was told. */
const toOutput = ({ content }: { content: string }) => content.replace(/^.*?\bOutput:\n/s, "");

const toProposal = (structured: Record<string, unknown>) => structured["proposal"] as Proposal;

// 0.120 leaves an empty file `.codex`, and 0.50 protects no `.git` (docs/codex-cli.md#protected-names, docs/codex-cli.md#sandbox).
const onNewer = test.skipIf(!CLI.hasThreadSource);

onNewer(
  "the turn works in a worktree, and proposes a branch; the user's tree stays as it is",
  async ({ lab, bridge }) => {
    const git = makeRepository(lab);
    writeFileSync(join(lab.project, "a.txt"), "mine\n");
    writeFileSync(join(lab.project, "new.txt"), "not in git\n");
    const before = git("status", "--short");
    lab.respond(runThenSay("cat a.txt new.txt; git status --short; echo theirs >> a.txt; echo made > made.txt"));
    const { structured, isError, text } = await bridge.call("codex", { prompt: "Fix it", isolation: "worktree" });
    expect(isError, text).toBe(false);
    expect(toOutput(structured)).toBe("mine\nnot in git\n M a.txt\n?? new.txt\n");
    expect(structured["sandbox"]).toMatch(/^workspace-write/);
    const proposal = toProposal(structured);
    expect(structured["cwd"]).toBe(proposal.worktree);
    expect(proposal).toMatchObject({
      id: expect.stringMatching(/^pr-[\w-]{8}$/),
      branch: `codex/fix-it-${proposal.id}`,
      files: 2,
      diffStat: "2 files changed, 2 insertions(+)",
      diff: expect.stringContaining("\n mine\n+theirs\n"),
    });
    expect(structured["warnings"]).toBeUndefined();
    expect([git("status", "--short"), readFileSync(join(lab.project, "a.txt"), "utf8")]).toEqual([before, "mine\n"]);
    expect(git("show", `${proposal.branch}:a.txt`)).toBe("mine\ntheirs\n");
  },
);

onNewer("the thread goes on there, and the proposal grows", async ({ lab, bridge }) => {
  const git = makeRepository(lab);
  lab.respond(runThenSay("echo 1 > one.txt"));
  const first = await bridge.call("codex", { prompt: "One", isolation: "worktree", cwd: join(lab.project, "sub") });
  const proposal = toProposal(first.structured);
  expect(first.structured["cwd"]).toBe(join(proposal.worktree, "sub"));
  lab.respond(runThenSay("git status --short; echo 2 > two.txt"));
  const second = await bridge.call("codex-reply", { prompt: "Two", threadId: first.structured.threadId });
  expect(toOutput(second.structured)).toBe("");
  expect(toProposal(second.structured)).toMatchObject({ id: proposal.id, files: 2 });
  expect(git("diff", "--name-only", "main", proposal.branch).trim().split("\n")).toEqual([
    "sub/one.txt",
    "sub/two.txt",
  ]);
  expect(git("log", "--format=%s", proposal.branch).trim().split("\n")).toEqual(["One", "One", "first"]);
  lab.respond(say("Nothing to do."));
  const third = await bridge.call("codex-reply", { prompt: "Three", threadId: first.structured.threadId });
  expect(toProposal(third.structured)).toMatchObject({ files: 2 });
});

onNewer("the sandbox keeps the turn out of the user's tree and of both git folders", async ({ lab, startBridge }) => {
  makeRepository(lab);
  // The user's own writable root contains the project: an isolated turn must not have it.
  lab.writeConfig({ tables: `[sandbox_workspace_write]\nwritable_roots = ["${lab.project}"]\n` });
  const bridge = await startBridge();
  const tries = [
    `echo x > ${lab.project}/escaped`,
    `echo x > ${lab.project}/.git/escaped`,
    `echo "gitdir: /nowhere" > .git`,
    "git commit --allow-empty -m x",
    `echo x > "$(git rev-parse --git-dir)/escaped"`,
  ];
  const guarded = tries.map((command) => `(${command}) 2>/dev/null && echo DONE`);
  lab.respond(runThenSay([...guarded, "echo end"].join("; ")));
  const { structured } = await bridge.call("codex", { prompt: "x", isolation: "worktree" });
  expect(toOutput(structured)).toBe("end\n");
  expect(toProposal(structured)).toMatchObject({ files: 0, diffStat: "no files changed" });
});

test("read-only is refused, also by the user's limit; and so is a directory without git", async ({
  lab,
  bridge,
  startBridge,
}) => {
  const plain = await bridge.call("codex", { prompt: "x", isolation: "worktree" });
  expect(plain.text).toMatch(/^\[NOT_A_GIT_REPO\]/);
  makeRepository(lab);
  const asked = await bridge.call("codex", { prompt: "x", isolation: "worktree", sandbox: "read-only" });
  expect(asked.text).toMatch(/^\[INVALID_ARGUMENT\] isolation is for turns that write/);
  const limited = await startBridge({ env: { ...lab.env, BRIDGE_MAX_SANDBOX: "read-only" } });
  const denied = await limited.call("codex", { prompt: "x", isolation: "worktree" });
  expect(denied.text).toMatch(/^\[SANDBOX_DENIED\] An isolated turn has to write/);
  expect(lab.standIn.requests).toHaveLength(0);
});

test("with BRIDGE_ROOTS the limit holds for the tree that the worktree was made from", async ({ lab, startBridge }) => {
  makeRepository(lab);
  const bridge = await startBridge({ env: { ...lab.env, BRIDGE_ROOTS: lab.project } });
  lab.respond(runThenSay("echo 1 > one.txt"));
  const { structured, text, isError } = await bridge.call("codex", { prompt: "x", isolation: "worktree" });
  expect(isError, text).toBe(false);
  const reply = await bridge.call("codex-reply", { prompt: "y", threadId: structured.threadId });
  expect(reply.isError, reply.text).toBe(false);
});

test("a turn that fails keeps its work, and its error names the proposal", async ({ lab, bridge }) => {
  const git = makeRepository(lab);
  const write = runThenSay("echo x > made.txt");
  let asked = 0;
  lab.respond((request) => {
    asked += 1;
    return asked === 1 ? write(request) : { error: { status: 400, body: { error: { message: "no more" } } } };
  });
  const { structured } = await bridge.call("codex", { prompt: "x", isolation: "worktree" });
  const error = structured["error"] as { proposal: Proposal };
  expect(error.proposal).toMatchObject({ files: 1, branch: expect.stringMatching(/^codex\/x-pr-/) });
  expect(git("show", `${error.proposal.branch}:made.txt`)).toBe("x\n");
});

test("a reply says that the worktree is gone, and goes on elsewhere only where it is told to", async ({
  lab,
  bridge,
}) => {
  makeRepository(lab);
  lab.respond(runThenSay("echo x > made.txt"));
  const { structured } = await bridge.call("codex", { prompt: "x", isolation: "worktree" });
  const { worktree, id } = toProposal(structured);
  rmSync(worktree, { recursive: true });
  const { threadId } = structured;
  for (const extra of [{}, { onLostThread: "rebuild" }]) {
    const reply = await bridge.call("codex-reply", { prompt: "y", threadId, ...extra });
    expect(reply.text).toMatch(/^\[PROPOSAL_NOT_FOUND\] The worktree of this thread is gone: its folder was removed/);
    expect(reply.text).toContain(id);
  }
});

onNewer(
  "what a call names is the user's: the file for its answer, its images, its writable folders",
  async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, "lib"));
    writeFileSync(join(lab.project, "lib/c.txt"), "c\n");
    writeFileSync(join(lab.project, ".gitignore"), "*.png\n*.md\n");
    writeFileSync(join(lab.project, "dot.png"), Buffer.from(PIXEL, "base64"));
    makeRepository(lab);
    const cwd = join(lab.project, "sub");
    const path = join(cwd, "ANSWER.md");
    const answer = () => readFileSync(path, "utf8");
    const config = { sandbox_workspace_write: { writable_roots: [join(lab.project, "lib")] } };
    lab.respond(runThenSay("echo 1 > ../lib/made.txt && echo one"));
    const first = await bridge.call("codex", { prompt: "x", isolation: "worktree", cwd, config, outputFile: path });
    expect(first.isError, first.text).toBe(false);
    expect(answer()).toContain("one");
    const { worktree } = toProposal(first.structured);
    const made = [lab.project, worktree].map((top) => existsSync(join(top, "lib/made.txt")));
    expect(made).toEqual([false, true]);

    const { threadId } = first.structured;
    const reply = (args: Record<string, unknown>) =>
      bridge.call("codex-reply", { prompt: "x", threadId, overwrite: true, ...args });
    lab.respond(say("Two."));
    const second = await reply({ outputFile: path, images: ["../dot.png"] });
    expect(second.structured["outputFile"], second.text).toEqual({ path, bytes: 4 });
    expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain('"input_image"');
    lab.respond(say("Three."));
    const third = await reply({ outputFile: "ANSWER.md" });
    expect([third.structured["outputFile"], answer()]).toEqual([{ path, bytes: 6 }, "Three."]);
    let asked = 0;
    lab.respond((request) => {
      asked += 1;
      return say(asked === 1 ? "No." : "Yes.")(request);
    });
    const fourth = await reply({ outputFile: path, expect: "^Yes" });
    expect([fourth.isError, answer(), asked]).toEqual([false, "Yes.", 2]);
    // Nothing of it is in the worktree, where it would be in the way of the landing.
    const landed = await bridge.call("codex-land", {});
    expect(landed.isError, landed.text).toBe(false);
    expect(landed.structured["leftOut"]).toBeUndefined();
    expect(readFileSync(join(lab.project, "lib/made.txt"), "utf8")).toBe("1\n");
  },
);

test("a turn that cannot begin leaves no worktree", async ({ lab, bridge }) => {
  makeRepository(lab);
  const { isError } = await bridge.call("codex", { prompt: "x", isolation: "worktree", images: ["missing.png"] });
  expect(isError).toBe(true);
  const folder = join(lab.env["HOME"] ?? "", ".local/share/codex-bridge/worktrees");
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
});
