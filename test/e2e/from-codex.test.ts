// The real Codex calls the built bridge over stdio, and the real Claude Code does the work, each with a stand-in model.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, test as base, beforeEach, describe, expect } from "vitest";
import { NATIVE_CODEX, until } from "../support/lab.ts";
import { findClaude } from "./claude.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab, KEY } from "./claude-lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const VERSION = execFileSync(NATIVE_CODEX, ["--version"], { encoding: "utf8", env: {} });
const MINOR = Number(/(\d+)\.(\d+)\.\d+/.exec(VERSION)?.[2]);
/** Whether this Codex tells its sandbox with each call. */
const TELLS_SANDBOX = MINOR >= 150;
/** Whether it has a namespace for the tools of a server, in place of one name for both. */
const HAS_NAMESPACES = MINOR >= 150;

const test = base.skipIf(!CAN_BE_HELD);

let claude: ClaudeLab;
beforeEach(async () => {
  claude = await createClaudeLab();
  writeFileSync(join(claude.lab.project, "a.txt"), "one\n");
  execFileSync("git", ["init", "--quiet"], { cwd: claude.lab.project });
});
afterEach(() => claude.close());

type Call = readonly [name: string, args: Record<string, unknown>];
/** The next call of Codex's model, by what its calls have given so far. */
type Next = (outputs: readonly string[]) => Call | undefined;

/** Codex's model makes the calls one after the other, and then says that it is done. Gives what each has given. */
async function callFromCodex(
  sandbox: string,
  calls: readonly Next[],
  env: Record<string, string> = {},
): Promise<string[]> {
  const { lab, home } = claude;
  let outputs: readonly string[] = [];
  lab.respond(({ toolOutputs }) => {
    outputs = toolOutputs;
    const call = calls[toolOutputs.length]?.(toolOutputs);
    return call === undefined ? { steps: [{ say: "done" }] } : { events: toEvents(call, toolOutputs.length) };
  });
  const whole = {
    ...{ HOME: home, PATH: process.env["PATH"] ?? "", CODEX_HOME: lab.codexHome, CODEX_BIN: NATIVE_CODEX },
    ...{ BRIDGE_STATE_DIR: lab.stateDir, CLAUDE_BIN: findClaude(), LAB_CASE: claude.mark },
    ...{ ANTHROPIC_BASE_URL: claude.model.baseUrl, ANTHROPIC_API_KEY: KEY, IS_SANDBOX: "1", ...env },
  };
  const quoted = Object.entries(whole).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const args = JSON.stringify([BIN, "serve", "--role", "codex"]);
  // No word about approval: the tools' own hints let them run.
  const entry = `[mcp_servers.bridge]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${args}\nrequired = true\n`;
  lab.writeConfig({ tables: `${entry}env = { ${quoted.join(", ")} }\n` });
  const words = ["exec", "--skip-git-repo-check", "-s", sandbox, "hello"];
  const codex = promisify(execFile)(NATIVE_CODEX, words, { cwd: lab.project, env: lab.env });
  codex.child.stdin?.end();
  expect((await codex).stdout).toContain("done");
  return [...outputs];
}

function toEvents([name, args]: Call, at: number): Record<string, unknown>[] {
  const called = HAS_NAMESPACES
    ? { namespace: "mcp__bridge", name: name.replaceAll("-", "_") }
    : { name: `mcp__bridge__${MINOR < 100 ? name : name.replaceAll("-", "_")}` };
  const item = { type: "function_call", call_id: `call_${at}`, ...called, arguments: JSON.stringify(args) };
  return [
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id: "r" } },
  ];
}

const start =
  (args: Record<string, unknown>): Next =>
  () => ["claude", { prompt: "Work", ...args }];
const threadOf = (output = ""): string => /"threadId":"([0-9a-f-]{36})"/.exec(output)?.[1] ?? "none";

/** Claude's model writes a file in its next turn, and then says so. */
function writeThenSay(name: string): void {
  const path = join(claude.lab.project, name);
  let isTried = false;
  claude.respond(() => {
    if (isTried) return { text: "tried" };
    isTried = true;
    return { tool: "Write", input: { file_path: path, content: "x\n" } };
  });
}

const isThere = (name: string): boolean => existsSync(join(claude.lab.project, name));

test("Claude answers, and its thread goes on in a later session of Codex", async () => {
  claude.respond(({ body }) => ({ text: `answer ${body.messages?.filter(({ role }) => role === "user").length}` }));
  const [first] = await callFromCodex("read-only", [start({})]);
  expect(first).toContain('"content":"answer 1"');
  expect(first).toContain('"sandbox":"read-only"');
  const [second] = await callFromCodex("read-only", [
    () => ["claude-reply", { prompt: "And?", threadId: threadOf(first) }],
  ]);
  expect(second).toContain('"content":"answer 2"');
  await until("nothing is left", () => claude.listAlive().length === 0);
});

test("a read-only Codex has nothing written, whatever it asks for", async () => {
  writeThenSay("made");
  const outputs = await callFromCodex("read-only", [
    start({}),
    start({ sandbox: "workspace-write" }),
    start({ sandbox: "danger-full-access" }),
    start({ isolation: "worktree" }),
    start({ outputFile: "made" }),
  ]);
  expect(outputs[0]).toContain('"content":"tried"');
  for (const output of outputs.slice(1)) expect(output).toContain("[SANDBOX_DENIED]");
  expect(isThere("made")).toBe(false);
});

describe.skipIf(!TELLS_SANDBOX)("a Codex that tells its sandbox", () => {
  test("may have files written where it may write itself, and a thread of that does not stay wide for a narrower one", async () => {
    writeThenSay("made");
    const [wrote] = await callFromCodex("workspace-write", [start({ sandbox: "workspace-write" })]);
    expect(wrote).toMatch(/"sandbox":"workspace-write/);
    expect(isThere("made")).toBe(true);
    expect(wrote).toContain('"receipts":[');
    writeThenSay("other");
    const reply: Next = () => ["claude-reply", { prompt: "More", threadId: threadOf(wrote) }];
    const [held] = await callFromCodex("read-only", [reply]);
    expect(held).toContain("own sandbox is read-only, so this turn had no more");
    expect(isThere("other")).toBe(false);
    writeThenSay("other");
    await callFromCodex("workspace-write", [reply]);
    expect(isThere("other")).toBe(true);
  });

  test("hands a document to Claude and gets a file back; a read-only Codex is told why it gets none", async () => {
    writeFileSync(join(claude.lab.project, "PLAN.md"), "Terns first.\n");
    let prompt = "";
    claude.respond(({ body, toolResult }) => {
      if (toolResult !== undefined) return { text: "It is in the file." };
      prompt = JSON.stringify(body.messages);
      return { tool: "Write", input: { file_path: join(claude.lab.project, "RESULT.md"), content: "Terns done.\n" } };
    });
    const handoff = { read: "PLAN.md", write: "RESULT.md" };
    const [wrote, unasked] = await callFromCodex("workspace-write", [
      start({ sandbox: "workspace-write", handoff }),
      start({ handoff }),
    ]);
    expect(wrote).toContain('"content":"It is in the file."');
    expect(wrote).toMatch(/"handoff":\{.*"state":"new","head":"Terns done\.\\n"/);
    expect(prompt).toMatch(/Terns first\..*Write the result into the file \\\\?"RESULT\.md/);
    expect(readFileSync(join(claude.lab.project, "RESULT.md"), "utf8")).toBe("Terns done.\n");
    expect(unasked).toContain("[SANDBOX_DENIED] handoff.write is for a turn that may write");
    const [refused] = await callFromCodex("read-only", [start({ handoff })]);
    expect(refused).toContain("own sandbox is read-only, so a turn cannot write the file of handoff.write");
    expect(refused).not.toContain("Use sandbox workspace-write");
  });

  test("has nothing written beside its directory", async () => {
    const { outside } = claude.lab;
    const path = join(outside, "made");
    claude.respond(({ toolResult }) =>
      toolResult === undefined ? { tool: "Write", input: { file_path: path, content: "x" } } : { text: "tried" },
    );
    const [there, here] = await callFromCodex("workspace-write", [
      start({ sandbox: "workspace-write", cwd: outside }),
      start({ sandbox: "workspace-write" }),
    ]);
    expect(there).toContain("[SANDBOX_DENIED] The calling agent may not write in");
    expect(here).toContain('"content":"tried"');
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(TELLS_SANDBOX)("an old Codex", () => {
  test("gets what the registration says, since it does not tell its sandbox", async () => {
    writeThenSay("made");
    const [refused] = await callFromCodex("workspace-write", [start({ sandbox: "workspace-write" })]);
    expect(refused).toContain("[SANDBOX_DENIED] The calling agent does not tell its own sandbox");
    const registered = { BRIDGE_CALLER_SANDBOX: "workspace-write" };
    const [held] = await callFromCodex("workspace-write", [start({ sandbox: "workspace-write" })], registered);
    expect(held).toContain("had tools for reading alone");
    // Its sandbox takes no other agent's program, so that is held by its tools.
    expect(isThere("made")).toBe(false);
  });
});

test("a call that takes long becomes a job before Codex gives up, and its result is collected", async () => {
  claude.respond(() => ({ text: "late answer", delayMs: 2_500 }));
  const jobOf = (outputs: readonly string[]): string => /cx-[\w-]{8}/.exec(outputs[0] ?? "")?.[0] ?? "none";
  const outputs = await callFromCodex(
    "read-only",
    [
      start({}),
      (given) => ["agent_job", { action: "status", jobIds: [jobOf(given)] }],
      // Each waits no longer than a call may take.
      ...[1, 2, 3].map((): Next => (given) => ["agent_job", { action: "wait", jobIds: [jobOf(given)] }]),
    ],
    { BRIDGE_JOB_AFTER_MS: "1500" },
  );
  expect(outputs[0]).toMatch(/"state":"running"/);
  expect(outputs[0]).toMatch(/fetch the result with agent_job: action \\?"wait\\?", jobIds \[\\?"cx-/);
  expect(outputs[1]).toMatch(/"state":"(running|completed)"/);
  expect(outputs.at(-1)).toContain("late answer");
});

test("a job that has ended is named in the next result, once", async () => {
  claude.respond(({ body }) => ({
    text: "answer",
    delayMs: JSON.stringify(body.messages).includes("quick") ? 0 : 2_000,
  }));
  const outputs = await callFromCodex("read-only", [
    start({ prompt: "quick", background: true }),
    start({}),
    start({}),
    (given) => ["agent_job", { action: "result", jobIds: [/cx-[\w-]{8}/.exec(given[0] ?? "")?.[0] ?? ""] }],
  ]);
  expect(outputs[1]).toMatch(/1 background job of this project has ended, and nobody has read the result: cx-/);
  expect(outputs[2]).not.toContain("nobody has read");
  expect(outputs[3]).toContain("answer");
});

test("Claude reviews what changed, and the bridge checks its quotes", async () => {
  const finding = {
    ...{ severity: "P1", file: "a.txt", startLine: 1, endLine: 1, title: "One is wrong", body: "It should be two." },
    ...{ confidence: 0.9, evidence: "one", isAboutRemoval: false },
  };
  claude.respond(() => ({ tool: "StructuredOutput", input: { summary: "One file.", findings: [finding] } }));
  const [review] = await callFromCodex("read-only", [() => ["claude-review", {}]]);
  expect(review).toContain("One is wrong");
  expect(review).toMatch(/"isVerified":true|verified/);
});
