// The prompt hook in the real Claude Code: what its model is shown of a prompt that a rule sends to Codex.
import { join } from "node:path";
import { expect } from "vitest";
import { createJobFiles } from "../../src/state/job-files.ts";
import { say, until } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { follow, test } from "./fixture.ts";
import type { Session, SessionOptions } from "./session.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "dist/bin.js");
const HOOK = { type: "command", command: process.execPath, args: [BIN, "hook", "user-prompt-submit"], timeout: 2 };
const settings = { hooks: { UserPromptSubmit: [{ hooks: [HOOK] }] } };
const AUTOMATIC = { DELEGATION_MODE: "automatic" };

/** Everything that the model is shown with the first prompt of a run. */
async function show(session: Session, options: SessionOptions, script = follow()): Promise<string> {
  const before = session.model.requests.length;
  const { code, events, stderr } = await session.start(script, options).ended;
  expect(code, stderr).toBe(0);
  expect(JSON.stringify(events)).not.toContain("hook failed");
  return JSON.stringify(session.model.requests[before]?.body.messages);
}

const PROMPT = "the importer crashes on tabs, fix it";
const LINE = "UserPromptSubmit hook additional context: codex-bridge: by rule execution_required (keywords: ";

test("the line of a prompt for Codex reaches the model, and the call that it names runs", async ({ session }) => {
  session.lab.respond(say("the importer takes tabs"));
  const run = follow({ tool: "mcp__codex__route_task", input: { task: PROMPT, mode: "run" } });
  expect(await show(session, { prompt: PROMPT, settings, claudeEnv: AUTOMATIC }, run)).toContain(LINE);
  expect(session.model.requests[1]?.toolResult?.text).toContain("the importer takes tabs");
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("nothing is shown of other prompts, when it is off, and when the rules are broken", async ({ session }) => {
  const cases: [string, Record<string, string>][] = [
    ["why does the importer crash on tabs?", AUTOMATIC],
    ["how do you like the title 'fix the crash'?", AUTOMATIC],
    [PROMPT, {}],
    [PROMPT, { ...AUTOMATIC, DELEGATION_RULES: "/nowhere.json" }],
  ];
  for (const [prompt, claudeEnv] of cases) {
    expect(await show(session, { prompt, settings, claudeEnv }), prompt).not.toContain("UserPromptSubmit");
  }
});

test("a result that nobody has read is named with the next prompt, once in a session, and not after it was read", async ({
  session,
}) => {
  const { stateDir, project } = session.lab;
  const ended = Date.now() - 60_000;
  const files = createJobFiles(stateDir);
  files.write({
    ...{ id: "cx-abcdefgh", tool: "codex", title: "the parser", state: "completed", project },
    ...{ createdAt: ended, updatedAt: ended, endedAt: ended },
    result: { isError: false, text: "the parser is mended", structured: { content: "the parser is mended" } },
    owner: { pid: 1, start: 0, bootId: "b", cwd: project, since: 0 },
  });
  const claudeEnv = { BRIDGE_STATE_DIR: stateDir };
  const fetch = follow({ tool: "mcp__codex__agent_job", input: { action: "result", jobIds: ["cx-abcdefgh"] } });
  const shown = await show(session, { prompt: "hello", settings, claudeEnv }, fetch);
  expect(shown).toContain("cx-abcdefgh (codex, completed)");
  expect(session.model.requests[1]?.toolResult?.text).toContain("the parser is mended");
  // Another session is not told of what was read.
  expect(await show(session, { prompt: "hello", settings, claudeEnv })).not.toContain("UserPromptSubmit");
});

test("the plugin brings the hook, and its option turns it on", async ({ session }) => {
  const marketplace = join(ROOT, "dist-plugin");
  const install = ["plugin", "install", "codex-bridge", "--marketplace", marketplace];
  const place = { home: session.home, cwd: session.lab.project };
  runClaudeCommand(install, place);
  expect(await show(session, { prompt: PROMPT, isPlugin: true })).not.toContain("UserPromptSubmit");
  runClaudeCommand(["plugin", "uninstall", "codex-bridge"], place);
  runClaudeCommand([...install, "--config", "delegation_mode=suggest"], place);
  const shown = await show(session, { prompt: PROMPT, isPlugin: true });
  expect(shown).toContain(LINE);
  expect(shown).toContain("If you agree");
});
