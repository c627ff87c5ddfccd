// Receipts: what a turn of the real Codex CLI changed and ran, as the bridge saw it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { TestBridge } from "../support/bridge.ts";
import { test } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, say } from "../support/lab.ts";

function makeRepository({ project, env }: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], { cwd: project, env });
  writeFileSync(join(project, "a.txt"), "one\ntwo\n");
  writeFileSync(join(project, "b.txt"), "b\nb\nb\n");
  writeFileSync(join(project, "c.sh"), "#!/bin/sh\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

const readReceipt = (raw: unknown) => {
  const { content } = raw as { content: { type: string; name?: string; uri?: string }[] };
  const link = content.find(({ name }) => name === "receipt");
  return JSON.parse(readFileSync(new URL(link?.uri ?? ""), "utf8"));
};

test("changes by commands are listed with their lines, and the receipt tells the rest", async ({ lab, bridge }) => {
  makeRepository(lab);
  lab.respond(
    runThenSay("sed -i s/two/2/ a.txt && mv b.txt d.txt && chmod +x c.sh && ln -s a.txt link && echo new > new.txt"),
  );
  const raw = await bridge.client.callTool({ name: "codex", arguments: { prompt: "x", sandbox: "workspace-write" } });
  const { changes, receipts, warnings } = raw.structuredContent as Record<string, unknown>;
  const path = (name: string) => join(lab.project, name);
  expect(changes).toEqual([
    { path: path("a.txt"), kind: "update", added: 1, deleted: 1 },
    { path: path("c.sh"), kind: "update", added: 0, deleted: 0 },
    { path: path("d.txt"), kind: "rename", from: path("b.txt"), added: 0, deleted: 0 },
    { path: path("link"), kind: "add", added: 1, deleted: 0 },
    { path: path("new.txt"), kind: "add", added: 1, deleted: 0 },
  ]);
  expect(receipts).toEqual([
    { id: expect.stringMatching(/^rc-/), diffStat: "5 files changed, 3 insertions(+), 1 deletion(-)" },
  ]);
  expect(warnings).toBeUndefined();
  const receipt = readReceipt(await bridge.client.callTool({ name: "codex-verify", arguments: {} }));
  expect(receipt).toMatchObject({
    outcome: "completed",
    agent: "Codex",
    cwd: lab.project,
    sandbox: { mode: "workspace-write" },
    approvalPolicy: "never",
    top: lab.project,
    commands: [{ command: expect.stringContaining("sed -i"), exitCode: 0 }],
  });
  // 0.50 has no ids of turns.
  expect(receipt.turnId === undefined).toBe(!CLI.refusesUnknownThreads);
  expect(receipt.files).toHaveLength(5);
});

test("a turn in a folder that git ignores is not told as one that changed nothing", async ({ lab, bridge }) => {
  makeRepository(lab);
  mkdirSync(join(lab.project, "out/inner"), { recursive: true });
  writeFileSync(join(lab.project, ".gitignore"), "out\n");
  lab.respond(runThenSay("echo x > made"));
  const args = { prompt: "x", sandbox: "workspace-write", cwd: join(lab.project, "out/inner") };
  const { structured } = await bridge.call("codex", args);
  expect(structured["receipts"]).toEqual([{ id: expect.stringMatching(/^rc-/) }]);
  expect(structured["warnings"]).toEqual([expect.stringContaining("git ignores out/inner.")]);
  const [name = ""] = readdirSync(join(lab.stateDir, "receipts"));
  const receipt = JSON.parse(readFileSync(join(lab.stateDir, "receipts", name), "utf8"));
  expect(receipt.warnings).toEqual([expect.stringContaining("git ignores out/inner.")]);
});

test("a turn that may not write has none", async ({ bridge }) => {
  const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only" });
  expect(structured["receipts"]).toBeUndefined();
});

test("without git, files are compared by size and time", async ({ lab, bridge }) => {
  writeFileSync(join(lab.project, "a.txt"), "one\n");
  symlinkSync("a.txt", join(lab.project, "link"));
  lab.respond(runThenSay("echo two >> a.txt; echo new > new.txt; rm link"));
  const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  expect(structured["changes"]).toEqual([
    { path: join(lab.project, "a.txt"), kind: "update" },
    { path: join(lab.project, "new.txt"), kind: "add" },
    { path: join(lab.project, "link"), kind: "delete" },
  ]);
  expect((await bridge.call("codex-verify", {})).text).toContain("3 files changed. All are as the turn left them.");
});

test("a failed turn names its receipt in the error", async ({ lab, bridge }) => {
  makeRepository(lab);
  let asked = 0;
  const write = runThenSay("echo x > made.txt");
  lab.respond((request) => {
    asked += 1;
    return asked === 1 ? write(request) : { error: { status: 400, body: { error: { message: "no more" } } } };
  });
  const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  expect(structured["error"]).toMatchObject({
    receipt: expect.stringMatching(/^rc-/),
    diffStat: "1 file changed, 1 insertion(+)",
  });
});

test("a patch is told as any other change", async ({ lab, bridge }) => {
  makeRepository(lab);
  const patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+three\n*** End Patch\n";
  lab.respond(runThenSay(`apply_patch <<'EOF'\n${patch}EOF`));
  const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  expect(structured["changes"]).toEqual([{ path: join(lab.project, "a.txt"), kind: "update", added: 1, deleted: 1 }]);
  lab.respond(say("Nothing."));
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId: structured["threadId"] });
  expect(reply.structured["changes"]).toBeUndefined();
});

const undoAll = (bridge: TestBridge, receipt?: string) =>
  bridge.call("codex-undo", receipt === undefined ? {} : { receipt });

test("a turn is undone, the thread is told, and the undo is undone", async ({ lab, bridge }) => {
  makeRepository(lab);
  const read = (name: string) => readFileSync(join(lab.project, name), "utf8");
  lab.respond(runThenSay("echo changed > a.txt; rm b.txt; mkdir new; echo x > new/file"));
  const turn = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  const verified = await bridge.call("codex-verify", {});
  expect(verified.structured).toMatchObject({
    files: [
      { path: join(lab.project, "a.txt"), now: "as left" },
      { path: join(lab.project, "b.txt"), now: "as left" },
      { path: join(lab.project, "new/file"), now: "as left" },
    ],
    commands: [{ exitCode: 0 }],
  });
  const undone = await undoAll(bridge);
  expect(undone.isError).toBe(false);
  expect([read("a.txt"), read("b.txt"), existsSync(join(lab.project, "new"))]).toEqual([
    "one\ntwo\n",
    "b\nb\nb\n",
    false,
  ]);
  const undoId = String(undone.structured["undoReceipt"]);
  expect((await undoAll(bridge)).text).toContain(`The newest undo is ${undoId}, of `);
  lab.respond(say("I see."));
  await bridge.call("codex-reply", { prompt: "And now?", threadId: turn.structured["threadId"] });
  const prompts = lab.standIn.requests.flatMap(({ userTexts }) => userTexts);
  expect(prompts.at(-1)).toMatch(/^\[codex-bridge: the changes of an earlier turn .* were undone.*\n\nAnd now\?$/s);
  await bridge.call("codex-reply", { prompt: "Again", threadId: turn.structured["threadId"] });
  expect(lab.standIn.requests.flatMap(({ userTexts }) => userTexts).at(-1)).toBe("Again");
  await undoAll(bridge, undoId);
  expect([read("a.txt"), existsSync(join(lab.project, "b.txt")), read("new/file")]).toEqual([
    "changed\n",
    false,
    "x\n",
  ]);
});

test("an undo refuses files that changed since, whole, unless they are forced", async ({ lab, bridge }) => {
  makeRepository(lab);
  lab.respond(runThenSay("echo changed > a.txt; echo changed > b.txt"));
  await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  writeFileSync(join(lab.project, "a.txt"), "mine\n");
  const refused = await undoAll(bridge);
  expect(refused.text).toMatch(/^\[UNDO_CONFLICT\] 1 file changed after the turn: a\.txt\. Nothing was restored\./);
  expect(readFileSync(join(lab.project, "b.txt"), "utf8")).toBe("changed\n");
  const forced = await bridge.call("codex-undo", { force: ["a.txt"] });
  expect(forced.isError).toBe(false);
  expect(readFileSync(join(lab.project, "a.txt"), "utf8")).toBe("one\ntwo\n");
});

test("no receipt, one of a directory without git, and a limit of the user", async ({ lab, bridge }) => {
  expect((await undoAll(bridge)).text).toMatch(/^\[RECEIPT_NOT_FOUND\]/);
  expect((await undoAll(bridge, "rc-nothere0")).text).toMatch(/^\[RECEIPT_NOT_FOUND\]/);
  lab.respond(runThenSay("echo new > new.txt"));
  await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  expect((await undoAll(bridge)).text).toMatch(/^\[UNDO_IMPOSSIBLE\].*not in a git repository/);
  makeRepository(lab);
  await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  lab.respond(runThenSay("echo more > more.txt"));
  const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
  const [{ id }] = structured["receipts"] as [{ id: string }];
  expect((await undoAll(bridge, id)).text).toMatch(/^\[SANDBOX_DENIED\]/);
});

const change = (bridge: TestBridge, prompt: string, beside: object = {}) =>
  bridge.call("codex", { prompt, sandbox: "workspace-write", ...beside });
const readId = ({ structured }: Awaited<ReturnType<TestBridge["call"]>>) =>
  String((structured["receipts"] as { id: string }[])[0]?.id);

test("without an id only turns of this session are undone; those of others are named", async ({ lab, bridge }) => {
  makeRepository(lab);
  lab.respond(runThenSay("echo changed > a.txt"));
  const old = readId(await change(bridge, "x"));
  await bridge.restart();
  const refused = await undoAll(bridge);
  expect(refused.text).toMatch(/^\[RECEIPT_NOT_FOUND\] No turn of this session changed files/);
  expect(refused.text).toContain(`${old} (just now, 1 file changed, 1 insertion(+), 2 deletions(-), thread `);
  expect((await bridge.call("codex-verify", {})).structured["receipt"]).toBe(old);
  lab.respond(runThenSay("echo changed > b.txt"));
  const own = readId(await change(bridge, "x"));
  expect((await undoAll(bridge)).structured["receipt"]).toBe(own);
  expect((await undoAll(bridge)).isError).toBe(true);
  expect((await undoAll(bridge, old)).isError).toBe(false);
});

test("turns that write in one directory are told of each other, and no undo disturbs them", {
  timeout: 60_000,
}, async ({ lab, bridge }) => {
  makeRepository(lab);
  mkdirSync(join(lab.project, "sub"));
  lab.respond(runThenSay("echo changed > a.txt"));
  const done = readId(await change(bridge, "earlier"));
  lab.respond(runThenSay("sleep 4; date +%N > $RANDOM.txt"));
  const turns = [
    change(bridge, "first task"),
    change(bridge, "second task", { cwd: join(lab.project, "sub") }),
    change(bridge, "a question", { sandbox: "read-only" }),
  ];
  await expect.poll(() => lab.standIn.requests.length, { timeout: 20_000 }).toBeGreaterThan(4);
  const refused = await undoAll(bridge, done);
  expect(refused.text).toMatch(/^\[SESSION_BUSY\] A turn that may write runs in .*task"/);
  const [first, second, reading] = await Promise.all(turns);
  const warnings = [first, second, reading].map((turn) => (turn?.structured["warnings"] as string[] | undefined) ?? []);
  expect(warnings[0]?.join()).toMatch(/at the same time: "second task", in this session\./);
  expect(warnings[1]?.join()).toMatch(/at the same time: "first task", in this session\./);
  expect(warnings[2]?.join()).not.toContain("at the same time");
  const raw = await bridge.client.callTool({ name: "codex-verify", arguments: { receipt: readId(first as never) } });
  expect(readReceipt(raw).warnings.join()).toContain("second task");
  expect((await undoAll(bridge, done)).isError).toBe(false);
});

test("of two undos at once one restores, and the other says why it did not", async ({ lab, bridge }) => {
  makeRepository(lab);
  lab.respond(runThenSay("for i in $(seq 200); do echo $i > $i.txt; done; echo changed > a.txt"));
  const id = readId(await change(bridge, "x"));
  const ends = await Promise.all([undoAll(bridge, id), undoAll(bridge, id)]);
  const failed = ends.filter(({ isError }) => isError);
  expect(failed.length).toBeLessThanOrEqual(1);
  for (const { text } of failed) expect(text).toMatch(/^\[SESSION_BUSY\]/);
  expect(readFileSync(join(lab.project, "a.txt"), "utf8")).toBe("one\ntwo\n");
  expect(existsSync(join(lab.project, "200.txt"))).toBe(false);
});

test("a receipt that was edited by hand is refused, whatever stands in it", async ({ lab, bridge }) => {
  makeRepository(lab);
  writeFileSync(join(lab.outside, "secret"), "mine\n");
  lab.respond(runThenSay("echo changed > a.txt"));
  const id = readId(await change(bridge, "x"));
  const raw = await bridge.client.callTool({ name: "codex-verify", arguments: {} });
  const { content } = raw as { content: { name?: string; uri?: string }[] };
  const path = new URL(content.find(({ name }) => name === "receipt")?.uri ?? "");
  const receipt = readReceipt(raw);
  const [file] = receipt.files;
  const edits = [
    { files: [{ ...file, path: "../outside/secret" }] },
    { files: [{ ...file, path: join(lab.outside, "secret") }] },
    { files: [{ ...file, path: ".git/hooks/pre-commit" }] },
    { files: [{ ...file, before: { mode: "100644", oid: "--output=x" } }] },
    { top: lab.outside },
    { store: lab.outside },
  ];
  for (const edit of edits) {
    writeFileSync(path, JSON.stringify({ ...receipt, ...edit }));
    expect((await undoAll(bridge, id)).text, JSON.stringify(edit)).toMatch(/^\[UNDO_IMPOSSIBLE\]/);
  }
  for (const text of ["{", "[]", JSON.stringify({ ...receipt, files: "x" })]) {
    writeFileSync(path, text);
    expect((await undoAll(bridge, id)).text).toMatch(/^\[RECEIPT_NOT_FOUND\] The receipt cannot be read/);
  }
  expect(readFileSync(join(lab.outside, "secret"), "utf8")).toBe("mine\n");
  expect(readFileSync(join(lab.project, "a.txt"), "utf8")).toBe("changed\n");
});
