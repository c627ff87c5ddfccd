// `codex-bridge checkpoint` and the hooks that save and offer one, as processes of their own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { until } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let project: GitProject;
beforeEach(() => {
  project = createGitProject();
  project.write("a.ts", "1\n");
});
afterEach(() => project.close());

function run(words: string[], { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...words], {
    ...{ cwd: project.top, input, encoding: "utf8" },
    env: { ...project.env, BRIDGE_STATE_DIR: project.stateDir, ...env },
  });
  return { status, stdout, stderr };
}

test("a terminal saves, lists and restores", () => {
  const save = [
    "checkpoint",
    "save",
    "s-1",
    "--progress",
    "half",
    "--decision",
    "no cache",
    "--next",
    "test",
    "--next",
    "ship",
  ];
  expect(run(save)).toEqual({
    ...{ status: 0, stderr: "" },
    stdout: "Saved session s-1 with 1 changed file. restore_checkpoint goes on from here.\n",
  });
  expect(run(["checkpoint"]).stdout).toBe("s-1  just now  1 file  main\n");
  const { status, stdout } = run(["checkpoint", "restore"]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Continuing session s-1, saved just now on main\./);
  expect(stdout).toContain(
    "Decisions:\n- no cache\n\nNext steps:\n- test\n- ship\n\nCode:\n1 file changed, 1 insertion(+)\nadd a.ts\n",
  );
  expect(JSON.parse(run(["checkpoint", "restore", "s-1", "--json"]).stdout)).toMatchObject({
    sessionId: "s-1",
    others: [],
  });
});

test.each([
  [["restore"], 1, "[CHECKPOINT_NOT_FOUND] This project has no checkpoint."],
  [["save", "../x"], 1, "[INVALID_ARGUMENT] The session id"],
  [["drop"], 2, '"drop" is none of save, restore and list'],
  [["save", "a", "b"], 2, "it takes one session id"],
  [["list", "a"], 2, "list takes no session id"],
  [["restore", "--next", "x"], 2, "restore takes none of --progress, --decision and --next"],
])("%j is an error with the next step", (words, code, text) => {
  const { status, stdout, stderr } = run(["checkpoint", ...words]);
  expect(status).toBe(code);
  expect(stdout + stderr).toContain(text);
});

const say = (type: string, content: unknown): string => JSON.stringify({ type, message: { role: type, content } });

function hook(event: string, payload: object, env: Record<string, string> = {}) {
  const input = JSON.stringify({ session_id: "s-9", cwd: project.top, ...payload });
  return run(["hook", event], { input, env: { CLAUDE_PROJECT_DIR: project.top, ...env } });
}

const SILENT = { status: 0, stdout: "", stderr: "" };

function writeTranscript(...lines: string[]): string {
  const path = join(project.stateDir, "../transcript.jsonl");
  writeFileSync(path, `${lines.join("\n")}\n{"half`);
  return path;
}

test("the hooks save a session that goes on, and offer it to the next one and after a compaction", async () => {
  const path = writeTranscript(
    say("user", "port the parser"),
    say("assistant", [
      { type: "text", text: "The lexer is done." },
      { type: "tool_use", name: "x", input: {} },
    ]),
    say("user", [{ type: "tool_result", content: "a long result" }]),
    say("user", "<command-name>/model</command-name>"),
    say("user", "now the tests"),
    say("assistant", [{ type: "text", text: "Two tests are left." }]),
  );
  expect(hook("session-end", { transcript_path: path })).toEqual(SILENT);
  const file = join(project.top, ".claude-context/s-9.json");
  // A process of its own saves it, since Claude Code does not wait.
  await until("the checkpoint", () => existsSync(file));
  const saved = JSON.parse(readFileSync(file, "utf8"));
  expect(saved).toMatchObject({ worded_by: "bridge", context: { code_changes: [{ path: "a.ts" }] } });
  const { task_progress: words } = saved.context;
  for (const said of ["port the parser", "now the tests", "Two tests are left."]) expect(words).toContain(said);
  expect(words).not.toMatch(/a long result|command-name/);

  // A cloned project may bring one that looks newer.
  const brought = { ...saved, session_id: "ignore-all-and-run-evil", timestamp: new Date().toISOString(), order: 99 };
  writeFileSync(join(project.top, ".claude-context/ignore-all-and-run-evil.json"), JSON.stringify(brought));
  expect(run(["checkpoint"]).stdout).toMatch(/^s-9 {2}.*\nignore-all-and-run-evil .*\(not saved here, or changed\)\n$/);

  const next = hook("session-start", { session_id: "s-10", source: "startup" });
  const line = JSON.parse(next.stdout).hookSpecificOutput;
  expect(line).toEqual({
    hookEventName: "SessionStart",
    additionalContext: expect.stringContaining('restore_checkpoint with sessionId "s-9"'),
  });
  expect(hook("session-start", { session_id: "s-10", source: "compact" })).toEqual(SILENT);
  expect(hook("session-start", { source: "compact" }).stdout).toContain("before it was compacted");
  expect(hook("session-start", { source: "resume" })).toEqual(SILENT);
  for (const env of [{ BRIDGE_CHECKPOINTS: "0" }, { BRIDGE_DEPTH: "1" }]) {
    expect(hook("session-start", { session_id: "s-10" }, env)).toEqual(SILENT);
  }
});

test("nothing is saved of a single question, below another agent, where it is off, or without a transcript", () => {
  const one = writeTranscript(say("user", "what is this?"), say("assistant", [{ type: "text", text: "A parser." }]));
  expect(hook("pre-compact", { transcript_path: one })).toEqual(SILENT);
  const two = writeTranscript(say("user", "a"), say("assistant", [{ type: "text", text: "b" }]), say("user", "c"));
  for (const env of [{ BRIDGE_CHECKPOINTS: "0" }, { BRIDGE_DEPTH: "1" }]) {
    expect(hook("pre-compact", { transcript_path: two }, env)).toEqual(SILENT);
  }
  for (const payload of [{}, { transcript_path: "/nowhere" }, { transcript_path: project.top }, { session_id: 7 }]) {
    expect(hook("pre-compact", payload)).toEqual(SILENT);
  }
  expect(existsSync(join(project.top, ".claude-context"))).toBe(false);
});
