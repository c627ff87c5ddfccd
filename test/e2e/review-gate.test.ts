// The review gate in the real Claude Code: a finding keeps its model at work once, and the turn ends.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { ModelCall } from "../../src/setup/demo/messages-standin.ts";
import { say, until } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { test } from "./fixture.ts";
import type { Session } from "./session.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const FINDING = {
  ...{ severity: "P1", file: "sum.js", startLine: 1, endLine: 1, title: "It subtracts", body: "It should add." },
  ...{ confidence: 0.9, evidence: "export const sum = (a, b) => a - b;", isAboutRemoval: false },
};
const ANSWER = JSON.stringify({ summary: "One defect.", findings: [FINDING] });

function makeChange({ lab }: Session): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  const write = (text: string) => writeFileSync(join(lab.project, "sum.js"), text);
  write("export const sum = (a, b) => a + b;\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  write("export const sum = (a, b) => a - b;\n");
}

function install({ home, lab }: Session, ...more: string[]): void {
  const marketplace = join(import.meta.dirname, "../../dist-plugin");
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", marketplace, ...more], {
    home,
    cwd: lab.project,
  });
}

test("the plugin's option turns it on: it blocks once, Claude goes on, and stops", async ({ session }) => {
  makeChange(session);
  session.lab.respond(say(ANSWER));
  install(session, "--config", "review_gate=true");
  const script = ({ index }: { index: number }) => ({ text: `stop ${index}` });
  const { code, events, stderr } = await session.start(script, { isPlugin: true }).ended;
  expect(code, stderr).toBe(0);
  expect(JSON.stringify(events)).not.toContain("hook failed");
  expect(session.model.requests).toHaveLength(2);
  const shown = JSON.stringify(session.model.requests[1]?.body.messages);
  expect(shown).toContain("F1 P1 sum.js:1 It subtracts");
  expect(shown).toContain("Never apply a finding blindly");
  expect(events.at(-1)).toMatchObject({ type: "result", result: "stop 1" });
  expect(session.lab.standIn.requests).toHaveLength(1);
  // The next session finds the same state.
  await session.start(script, { isPlugin: true }).ended;
  expect(session.lab.standIn.requests).toHaveLength(1);
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("a model that changes the files at every stop is let go after two reviews", async ({ session }) => {
  makeChange(session);
  session.lab.respond(say(ANSWER));
  install(session, "--config", "review_gate=true");
  const script = ({ index }: { index: number }) => {
    writeFileSync(join(session.lab.project, "more.js"), `export const more = ${index};\n`);
    return { text: `stop ${index}` };
  };
  const { code, events, stderr } = await session.start(script, { isPlugin: true }).ended;
  expect(code, stderr).toBe(0);
  expect(events.at(-1)).toMatchObject({ type: "result", result: "stop 2" });
  expect(session.lab.standIn.requests).toHaveLength(2);
  await until("nothing is left", () => session.findLeft().length === 0);
});

/** Has every Stop write its payload, and the project as Claude Code names it, into a file. */
function recordStops(file: string): Record<string, unknown> {
  const command = `(cat; printf ' %s\\n' "$CLAUDE_PROJECT_DIR") >> ${file}`;
  return { hooks: { Stop: [{ hooks: [{ type: "command", command }] }] } };
}

test.for<[string, (tree: string) => readonly ModelCall[]]>([
  ["made by its own tool", () => [{ tool: "EnterWorktree", input: { name: "other" } }]],
  [
    "that its model moved into",
    (tree) => [
      { tool: "Bash", input: { command: `git worktree add --quiet ${tree} -b other && cd ${tree}`, description: "x" } },
    ],
  ],
])("a work tree %s is reviewed, not the project", async ([, enter], { session }) => {
  makeChange(session);
  const { project } = session.lab;
  writeFileSync(join(project, "sum.js"), "export const sum = (a, b) => a + b;\n");
  session.lab.respond(say(ANSWER));
  install(session, "--config", "review_gate=true");
  const tree = join(project, ".claude/worktrees/other");
  const stops = join(session.lab.outside, "stops");
  const { code, events, stderr } = await session.start(
    ({ index, toolResult }) => {
      const [call] = enter(tree);
      if (index === 0 && call !== undefined) return call;
      if (index === 1) {
        expect(toolResult?.isError, toolResult?.text).toBe(false);
        writeFileSync(join(tree, "sum.js"), "export const sum = (a, b) => a - b;\n");
      }
      return { text: `stop ${index}` };
    },
    { isPlugin: true, settings: recordStops(stops), flags: ["--allowedTools", "Bash", "EnterWorktree"] },
  ).ended;
  expect(code, stderr).toBe(0);
  const payload = readFileSync(stops, "utf8");
  expect(payload).toContain(`"cwd":"${tree}"`);
  // The project stays the one that the session began in.
  expect(payload).toContain(`\n ${project}\n`);
  expect(JSON.stringify(session.model.requests.at(-1)?.body.messages)).toContain("F1 P1 sum.js:1 It subtracts");
  expect(events.at(-1)).toMatchObject({ type: "result", result: "stop 2" });
  expect(session.lab.standIn.requests).toHaveLength(1);
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("without the option Codex is not started", async ({ session }) => {
  makeChange(session);
  session.lab.respond(say(ANSWER));
  install(session);
  const { code, stderr } = await session.start(() => ({ text: "over" }), { isPlugin: true }).ended;
  expect(code, stderr).toBe(0);
  expect(session.model.requests).toHaveLength(1);
  expect(session.lab.standIn.requests).toEqual([]);
});

test("at the time limit of the hook Claude Code ends it: the turn ends, and nothing of it runs on", async ({
  session,
}) => {
  makeChange(session);
  session.lab.respond(() => new Promise(() => {}));
  const { HOME: _home, ...env } = session.lab.env;
  const hook = { type: "command", command: process.execPath, args: [BIN, "hook", "stop"], timeout: 6 };
  const { code, stderr } = await session.start(() => ({ text: "over" }), {
    settings: { hooks: { Stop: [{ hooks: [hook] }] } },
    claudeEnv: { ...env, BRIDGE_REVIEW_GATE: "1" },
  }).ended;
  expect(code, stderr).toBe(0);
  expect(session.lab.standIn.requests).toHaveLength(1);
  expect(session.model.requests).toHaveLength(1);
  await until("nothing runs", () => session.findLeft().length === 0, 15_000);
});

test("a person sees one line of it, and Esc ends it with all that it started", async ({ session, open }) => {
  makeChange(session);
  let isHeld = false;
  const fine = JSON.stringify({ summary: "Fine.", findings: [] });
  session.lab.respond(() => (isHeld ? new Promise(() => {}) : { steps: [{ say: fine }] }));
  const { HOME: _home, ...env } = session.lab.env;
  const hook = { type: "command", command: process.execPath, args: [BIN, "hook", "stop"], timeout: 300 };
  const terminal = await open([{ text: "first is done" }, { text: "second is done" }], {
    settings: { hooks: { Stop: [{ hooks: [hook] }] } },
    claudeEnv: { ...env, BRIDGE_REVIEW_GATE: "1" },
  });
  terminal.type("first");
  await terminal.waitFor(/❯ first/);
  terminal.type("\r");
  await terminal.waitFor(/review gate: Codex reviewed the uncommitted changes and found nothing serious/, 30_000);
  isHeld = true;
  writeFileSync(join(session.lab.project, "more.js"), "export const more = 1;\n");
  const asked = session.lab.standIn.requests.length;
  const before = session.findLeft().length;
  terminal.type("second");
  await terminal.waitFor(/❯ second/);
  terminal.type("\r");
  await until("Codex is asked", () => session.lab.standIn.requests.length > asked, 30_000);
  terminal.type("\u001b");
  await until("the hook has ended", () => session.findLeft().length <= before, 15_000);
});
