// What the real Claude Code can do under each frame, with a model that tries everything.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test as base, beforeEach, expect } from "vitest";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import type { ModelCall } from "../../src/setup/demo/messages-standin.ts";
import { until } from "../support/lab.ts";
import { toTurnRequest } from "../support/turn-request.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab } from "./claude-lab.ts";

const WORKSPACE: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };

const test = base.skipIf(!CAN_BE_HELD);

let claude: ClaudeLab;
beforeEach(async () => {
  claude = await createClaudeLab();
});
afterEach(() => claude.close());

interface Tried {
  readonly call: string;
  readonly text: string;
  readonly isError: boolean;
}

/** Has the model make the calls one by one in one turn; gives what came of each. */
async function tryAll(sandbox: SandboxPolicy, calls: readonly ModelCall[]) {
  const tried: Tried[] = [];
  let at = 0;
  claude.respond(({ toolResult }) => {
    const before = calls[at - 1];
    if (before !== undefined)
      tried.push({ call: JSON.stringify(before.input), text: "", isError: true, ...toolResult });
    const next = calls[at];
    at += 1;
    return next ?? { text: "over" };
  });
  const backend = claude.open();
  try {
    const outcome = await backend.startTurn(toTurnRequest(claude.lab, "try; a diff has @.env in it", { sandbox }))
      .outcome;
    return { outcome, tried, through: tried.filter(({ isError }) => !isError).map(({ call }) => call) };
  } finally {
    await backend.close();
  }
}

const bash = (command: string): ModelCall => ({ tool: "Bash", input: { command, description: "x" } });
const write = (path: string): ModelCall => ({
  tool: "Write",
  input: { file_path: path, content: "#!/bin/sh\ntouch x\n" },
});
const read = (path: string): ModelCall => ({ tool: "Read", input: { file_path: path } });

/** A project with a link to the outside and hooks, settings and servers of its own that would each leave a trace. */
function plant(): { trace: string; secret: string } {
  const { project, outside } = claude.lab;
  const trace = join(outside, "trace");
  const secret = join(outside, "secret");
  writeFileSync(secret, "SECRET");
  execFileSync("git", ["init", "-q", project], { env: { PATH: process.env["PATH"], HOME: claude.home } });
  symlinkSync(outside, join(project, "link"));
  writeFileSync(join(project, "a.txt"), "hello\n");
  const hook = { hooks: [{ type: "command", command: `touch ${trace}` }] };
  const hooks = { SessionStart: [hook], UserPromptSubmit: [hook], PreToolUse: [hook], Stop: [hook] };
  const settings = JSON.stringify({
    hooks,
    permissions: { allow: ["Bash", "Write", "Edit", "Read"] },
    enableAllProjectMcpServers: true,
  });
  for (const folder of [join(project, ".claude"), join(claude.home, ".claude")]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "settings.json"), settings);
    writeFileSync(join(folder, "settings.local.json"), settings);
  }
  const servers = { mcpServers: { planted: { command: "touch", args: [trace] } } };
  writeFileSync(join(project, ".mcp.json"), JSON.stringify(servers));
  writeFileSync(join(claude.home, ".claude.json"), JSON.stringify(servers));
  return { trace, secret };
}

test("a read-only turn reads in its directory, and does nothing else", async () => {
  const { trace, secret } = plant();
  const { project, outside } = claude.lab;
  writeFileSync(join(project, ".env"), "MENTIONED\n");
  const before = readdirSync(project);
  const { outcome, tried, through } = await tryAll(READ_ONLY, [
    read(join(project, "a.txt")),
    { tool: "Grep", input: { pattern: "hello" } },
    write(join(project, "made")),
    { tool: "Edit", input: { file_path: join(project, "a.txt"), old_string: "hello", new_string: "bye" } },
    bash(`touch ${join(project, "made")}`),
    bash("git status"),
    read(secret),
    read(join(project, "link/secret")),
    { tool: "Grep", input: { pattern: "SECRET", path: outside } },
    { tool: "Glob", input: { pattern: "*", path: outside } },
    { tool: "WebFetch", input: { url: claude.model.baseUrl, prompt: "x" } },
    { tool: "Task", input: { description: "x", prompt: "x", subagent_type: "general-purpose" } },
  ]);
  expect(outcome).toMatchObject({ kind: "completed", report: { content: "over", sandbox: READ_ONLY, changes: [] } });
  expect(through).toEqual([tried[0]?.call, tried[1]?.call]);
  expect(JSON.stringify(tried)).not.toContain('"text":"SECRET');
  expect(JSON.stringify(claude.model.requests)).not.toContain("MENTIONED");
  expect(readdirSync(project)).toEqual(before);
  expect(readFileSync(join(project, "a.txt"), "utf8")).toBe("hello\n");
  expect(readdirSync(outside)).toEqual(["secret"]);
  expect(existsSync(trace), "a hook or a server of the project or the user ran").toBe(false);
});

test("a workspace-write turn writes in its directory, and nowhere else", async () => {
  const { secret } = plant();
  const { project, outside } = claude.lab;
  const inside = [write(join(project, "made")), bash("echo a > by-command"), bash("mkdir -p d"), bash("git status")];
  const beyond = [
    write(join(outside, "made")),
    write(join(project, "link/made")),
    write(join(project, ".git/hooks/pre-commit")),
    write(join(project, ".mcp.json")),
    write(join(project, ".claude/settings.json")),
    write("/tmp/callee-limits-made"),
    read(secret),
    bash("echo a > link/made"),
    bash("cp a.txt link/made"),
    bash(`mv a.txt ${outside}/made`),
    bash("cd link && touch made"),
    bash(`ln -s ${outside} d/out && touch d/out/made`),
    bash("tee link/made < a.txt"),
    bash("rm -rf link/secret"),
    bash("cat link/secret"),
    bash(`sed -n 'w ${outside}/made' a.txt`),
    bash(`find . -name a.txt -fprint ${outside}/made`),
    bash("sort -o link/made a.txt"),
    bash(`git diff --output=${outside}/made`),
    bash(`git config core.fsmonitor "touch ${outside}/made"`),
    bash("cp a.txt .git/hooks/pre-commit"),
    bash("echo $(touch link/made)"),
    bash("sh -c 'touch link/made'"),
    bash(`curl ${claude.model.baseUrl}`),
    bash("(sleep 1; touch link/made) &"),
    bash("nohup sh -c 'sleep 1; touch link/made' &"),
    bash("touch /tmp/callee-limits-made"),
    { tool: "WebFetch", input: { url: claude.model.baseUrl, prompt: "x" } },
  ];
  const { outcome, through } = await tryAll(WORKSPACE, [...inside, ...beyond]);
  expect(through).toEqual(inside.map(({ input }) => JSON.stringify(input)));
  expect(outcome).toMatchObject({
    kind: "completed",
    report: { changes: [{ path: join(project, "made"), kind: "add" }], leftRunning: [] },
  });
  expect(outcome.report.refusedCommands.length).toBeGreaterThan(15);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(readdirSync(outside)).toEqual(["secret"]);
  expect(readFileSync(secret, "utf8")).toBe("SECRET");
  expect(existsSync("/tmp/callee-limits-made")).toBe(false);
  expect(readdirSync(join(project, ".git/hooks")).filter((name) => !name.endsWith(".sample"))).toEqual([]);
});

base.skipIf(CAN_BE_HELD)("a Claude Code that cannot be held to less than everything runs no such turn", async () => {
  for (const sandbox of [READ_ONLY, WORKSPACE]) {
    const { outcome } = await tryAll(sandbox, [write(join(claude.lab.project, "made"))]);
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "AGENT_UNSUPPORTED" } });
  }
  expect(claude.model.requests).toHaveLength(0);
});

test("a further directory can be written where the frame has it", async () => {
  const { outside } = claude.lab;
  const path = join(outside, "made");
  const sandbox = { ...WORKSPACE, writableRoots: [outside] };
  expect((await tryAll(sandbox, [write(path), bash(`rm ${path}`)])).through).toHaveLength(2);
  expect((await tryAll(WORKSPACE, [write(path)])).through).toEqual([]);
});

test("only full access runs any command; what it left runs on until the bridge ends", async () => {
  const { outside } = claude.lab;
  let at = 0;
  const calls = [write(join(outside, "made")), bash("setsid sleep 300 > /dev/null 2>&1 < /dev/null & echo started")];
  claude.respond(() => {
    at += 1;
    return calls[at - 1] ?? { text: "over" };
  });
  const backend = claude.open({ idleMs: 0 });
  const { report } = await backend.startTurn(toTurnRequest(claude.lab, "x", { sandbox: FULL_ACCESS })).outcome;
  expect(report.leftRunning).toMatchObject([{ command: "sleep 300" }]);
  expect(existsSync(join(outside, "made"))).toBe(true);
  await until("only what the turn left is alive", () => claude.listAlive().length === 1);
  expect(claude.listAlive()).toMatchObject([{ command: expect.stringContaining("sleep 300") }]);
  await backend.close();
  expect(claude.listAlive()).toEqual([]);
});

test("a thread that is continued with less has less, in the process that was kept too", async () => {
  const { project } = claude.lab;
  const backend = claude.open();
  try {
    claude.respond(() => ({ text: "over" }));
    const { threadId } = (await backend.startTurn(toTurnRequest(claude.lab, "x", { sandbox: WORKSPACE })).outcome)
      .report;
    claude.respond(({ toolResult }) => (toolResult === undefined ? write(join(project, "made")) : { text: "over" }));
    const outcome = await backend.startTurn(toTurnRequest(claude.lab, "y", { threadId })).outcome;
    expect(outcome).toMatchObject({ kind: "completed", report: { threadId, sandbox: READ_ONLY } });
    expect(existsSync(join(project, "made"))).toBe(false);
  } finally {
    await backend.close();
  }
});
