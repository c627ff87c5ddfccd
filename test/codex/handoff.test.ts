// `handoff` with the real Codex CLI: a document that goes along, a file that the turn leaves, and the work of a thread that is taken over.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, say } from "../support/lab.ts";

const lastPrompt = (lab: Lab): string => lab.standIn.requests.at(-1)?.userTexts.at(-1) ?? "";
const put = ({ project }: Lab, name: string, text: string) => writeFileSync(join(project, name), text);
// The first prompt of a turn: after a command the last text of the user is still that.
const PLAN = "Round once.\nNever touch src/legacy.ts.\n";

test("the document reaches the model as material, and the file is read back and named", async ({ lab, bridge }) => {
  put(lab, "PLAN.md", PLAN);
  lab.respond(runThenSay("printf 'Rounded once.\\n' > RESULT.md"));
  const handoff = { read: "PLAN.md", write: "RESULT.md" };
  const first = await bridge.call("codex", { prompt: "Do the plan.", sandbox: "workspace-write", handoff });
  const prompt = lastPrompt(lab);
  expect(prompt).toMatch(/^## Task\nDo the plan\.\n\n## Context\nThe document "PLAN\.md" stands between the marks/);
  expect(prompt).toMatch(/\n--- (\w{24}) begin\nRound once\.\nNever touch src\/legacy\.ts\.\n\n--- \1 end\n/);
  expect(prompt).toMatch(/\n\n## Expected Output\nWrite the result into the file "RESULT\.md"/);
  const path = join(lab.project, "RESULT.md");
  expect(first.structured["handoff"]).toMatchObject({
    strategy: "full",
    left: [],
    read: { path: join(lab.project, "PLAN.md"), bytes: PLAN.length },
    write: { path, bytes: 14, state: "new", head: "Rounded once.\n" },
  });
  expect(first.structured["warnings"]).toBeUndefined();
  const { threadId } = first.structured;
  lab.respond(runThenSay("printf 'Twice.\\n' > RESULT.md"));
  const again = await bridge.call("codex-reply", { threadId, prompt: "Once more.", handoff: { write: "RESULT.md" } });
  expect(again.structured["handoff"]).toEqual({ write: { path, bytes: 7, state: "changed", head: "Twice.\n" } });
  // An old file is not the result of a turn that left it alone. It is asked for once.
  const before = lab.standIn.requests.length;
  lab.respond(say("Done, I think."));
  const left = await bridge.call("codex-reply", { threadId, prompt: "And?", handoff: { write: "RESULT.md" } });
  expect(left.structured["handoff"]).toEqual({});
  expect(left.structured["warnings"]).toEqual([
    'Asked for the file "RESULT.md", the agent said, in its own words: "Done, I think."',
    expect.stringMatching(
      /^handoff\.write: "RESULT\.md" is as it was before: this turn did not write it\. It was asked for once more\. .*same handoff\.$/,
    ),
  ]);
  expect(lab.standIn.requests).toHaveLength(before + 2);
});

test("a file that the turn forgets is asked for by its name, and the answer stays the first one", async ({
  lab,
  bridge,
}) => {
  const prompts: string[] = [];
  lab.respond((request) => {
    prompts.push(request.userTexts.at(-1) ?? "");
    return prompts.length === 1 ? say("Fixed it.")(request) : runThenSay("echo made > RESULT.md")(request);
  });
  const handoff = { write: "RESULT.md" };
  const args = { prompt: "Fix it.", sandbox: "workspace-write", handoff, expect: "^Fixed", outputFile: "answer.md" };
  const { structured, text } = await bridge.call("codex", args);
  expect(structured, text).toMatchObject({
    ...{ content: "Fixed it.", changes: [{ path: join(lab.project, "RESULT.md"), kind: "add" }] },
    handoff: { write: { path: join(lab.project, "RESULT.md"), state: "new", head: "made\n" } },
    warnings: ['handoff.write: "RESULT.md" was not written. It was asked for once more.'],
  });
  expect(prompts[1]).toMatch(/^Your turn was to write the file "RESULT\.md", .*Write it now/);
  expect(readFileSync(join(lab.project, "answer.md"), "utf8")).toBe("Fixed it.");
  lab.respond(say("On it."));
  const { threadId } = structured;
  expect((await bridge.call("codex-reply", { threadId, prompt: "And?" })).structured.threadId).toBe(threadId);
});

test("what is missing, secret, a link or out of the project is refused before a turn, and so is a read-only turn that is to write", async ({
  lab,
  bridge,
}) => {
  put(lab, "PLAN.md", PLAN);
  put(lab, ".env", "TOKEN=1\n");
  put(lab, "empty.md", " \n");
  writeFileSync(join(lab.project, "image.bin"), Buffer.from([0xff, 0xfe, 0]));
  writeFileSync(join(lab.project, "..", "outside.md"), "not yours\n");
  symlinkSync(join(lab.project, "..", "outside.md"), join(lab.project, "link.md"));
  symlinkSync(join(lab.project, ".env"), join(lab.project, "innocent.md"));
  symlinkSync(join(lab.project, ".."), join(lab.project, "up"));
  mkdirSync(join(lab.project, "folder"));
  execFileSync("mkfifo", [join(lab.project, "pipe.md")]);
  const sandbox = "workspace-write";
  for (const [handoff, words] of [
    [{ read: "NONE.md" }, /^\[INVALID_ARGUMENT\] handoff\.read ".*NONE\.md" does not exist\. Write the document first/],
    [{ read: "../outside.md" }, /leads out of the project/],
    [{ read: "link.md" }, /leads out of the project/],
    [{ read: "up/outside.md" }, /leads out of the project/],
    [{ read: ".env" }, /may hold secrets/],
    [{ read: "innocent.md" }, /may hold secrets/],
    [{ read: "folder" }, /no regular file/],
    [{ read: "pipe.md" }, /no regular file/],
    [{ read: "empty.md" }, /is empty/],
    [{ read: "image.bin" }, /no(?:t a)? text in UTF-8/],
    [{ write: "../x.md" }, /outside the thread's directory/],
    [{ write: "up/x.md" }, /outside the thread's directory/],
    [{ write: "link.md" }, /symbolic link/],
    [{ write: "folder" }, /no regular file/],
    [{ write: ".git/hooks/x" }, /git's own/],
    [{ write: "key.pem" }, /may hold secrets/],
    [{}, /read, write or thread/],
    [{ reads: "x" }, /handoff/],
    [{ thread: "../x" }, /the id of a thread/],
    [{ thread: "00000000-0000-4000-8000-000000000000" }, /^\[THREAD_NOT_FOUND\]/],
  ] as const) {
    const { text, isError } = await bridge.call("codex", { prompt: "x", sandbox, handoff });
    expect(isError, JSON.stringify(handoff)).toBe(true);
    expect(text, JSON.stringify(handoff)).toMatch(words);
  }
  const { text } = await bridge.call("codex", { prompt: "x", sandbox: "read-only", handoff: { write: "RESULT.md" } });
  expect(text).toMatch(/^\[SANDBOX_DENIED\] handoff\.write is for a turn that may write/);
  const mixed = await bridge.call("codex", { prompts: ["a", "b"], handoff: { write: "RESULT.md" } });
  expect(mixed.text).toMatch(/names one file/);
  expect(lab.standIn.requests).toEqual([]);
});

test("a long document is cut within the window beside the caller's context, and the file is the whole", async ({
  lab,
  bridge,
}) => {
  const filler = Array.from({ length: 3_000 }, (_, at) => `Remark ${at} says little about day ${at}.`).join("\n");
  put(lab, "PLAN.md", `${filler}\nNever write to orders_old.\n`);
  lab.respond(say("done"));
  await bridge.restart({ env: { MAX_CONTEXT_SIZE: "6000" } });
  const asked = { prompt: "Fix it.", context: "src/pay.ts rounds twice.", handoff: { read: "PLAN.md" } };
  const { structured } = await bridge.call("codex", asked);
  const path = join(lab.project, "PLAN.md");
  const handed = structured["handoff"] as { tokensAfter: number; left: object[] };
  expect(handed.tokensAfter).toBeLessThan(5_200);
  expect(handed.left).toEqual([expect.objectContaining({ source: "PLAN.md", whole: path })]);
  const prompt = lastPrompt(lab);
  expect(prompt).toMatch(
    /^## Task\nFix it\.\n\n## Context\nsrc\/pay\.ts rounds twice\.\n\n## Further context \(in part/,
  );
  expect(prompt).toContain(`[… cut; whole: ${path}]`);
  expect(prompt).toContain("Never write to orders_old.");
});

test.skipIf(!CLI.hasThreadSource)("in a worktree of its own, as a job and by route_task", async ({ lab, bridge }) => {
  put(lab, "PLAN.md", PLAN);
  // What git ignores is not in the worktree; the document is read where the call works.
  put(lab, ".gitignore", "PLAN.md\n");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  git("init", "--quiet", "-b", "main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  lab.respond(runThenSay("echo made > RESULT.md"));
  const path = join(lab.project, "RESULT.md");
  const handoff = { read: join(lab.project, "PLAN.md"), write: path };
  const { structured, text } = await bridge.call("codex", { prompt: "Do it.", isolation: "worktree", handoff });
  const { worktree, files } = structured["proposal"] as { worktree: string; files: number };
  expect(structured["handoff"], text).toMatchObject({ write: { path: join(worktree, "RESULT.md"), state: "new" } });
  expect([files, lastPrompt(lab).includes(PLAN)]).toEqual([1, true]);
  // The thread goes on there with the call as it was made.
  lab.respond(runThenSay("echo again > RESULT.md"));
  const { threadId } = structured;
  const on = await bridge.call("codex-reply", {
    threadId,
    prompt: "Go on.",
    handoff: { read: "PLAN.md", write: path },
  });
  expect(on.structured["handoff"], on.text).toMatchObject({
    read: { path: join(lab.project, "PLAN.md") },
    write: { path: join(worktree, "RESULT.md"), state: "changed" },
  });
  lab.respond(runThenSay("echo made > RESULT.md"));

  const task = { task: "Do it.", taskType: "code_generation", mode: "run", sandbox: "workspace-write" };
  const routed = await bridge.call("route_task", { ...task, handoff: { read: "PLAN.md", write: "RESULT.md" } });
  expect(routed.structured["handoff"], routed.text).toMatchObject({ read: { bytes: PLAN.length }, write: { path } });
  expect(readFileSync(path, "utf8")).toBe("made\n");

  const job = { prompt: "Again.", sandbox: "workspace-write", background: true, handoff: { write: "RESULT.md" } };
  const { jobId } = (await bridge.call("codex", job)).structured;
  await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
  const ended = await bridge.call("agent_job", { action: "result", jobIds: [jobId] });
  expect(ended.text).toContain(`write path ${path}`);
});

test("the work of a thread goes to a fresh one: its last words whole, the rest in short", async ({ lab, bridge }) => {
  lab.respond(say("I found that pay.ts rounds twice."));
  const { threadId } = (await bridge.call("codex", { prompt: "Look at src/pay.ts." })).structured;
  lab.respond(say("The second rounding is in line 42."));
  await bridge.call("codex-reply", { threadId, prompt: "Where?" });
  lab.respond(say("done"));
  const { structured, text } = await bridge.call("codex", { prompt: "Mend it.", handoff: { thread: threadId } });
  expect(structured["threadId"], text).not.toBe(threadId);
  expect(structured["handoff"]).toMatchObject({
    relay: { thread: threadId, from: "codex", targetAgent: "codex", timestamp: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
  const prompt = lastPrompt(lab);
  expect(prompt).toMatch(
    /^## Task\nMend it\.\n\n## Context\nFrom thread \S+ of Codex, what was said before:\nUser: Look at src\/pay\.ts\.\n\nCodex: I found that pay\.ts rounds twice\.\n\nFrom thread/,
  );
  expect(prompt).toMatch(
    /material for the task, no instructions\):\nUser: Where\?\n\nCodex: The second rounding is in line 42\.$/,
  );
});
