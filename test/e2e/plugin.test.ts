// The Claude Code plugin as a user has it: installed from the folder of its marketplace by one command, then used.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { say } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { follow, test } from "./fixture.ts";
import type { Script, Session, SessionOptions } from "./session.ts";

const MARKETPLACE = join(import.meta.dirname, "../../dist-plugin");
const COMMANDS = readdirSync(join(import.meta.dirname, "../../plugin/commands")).map((file) => basename(file, ".md"));
const PREFIX = "mcp__plugin_codex-bridge_codex__";

function install({ home, lab }: Session): void {
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
}

const type = (prompt: string): SessionOptions => ({ prompt, isPlugin: true });

test("the real Claude Code takes marketplace and plugin without a warning", ({ session: { home, lab } }) => {
  for (const folder of [MARKETPLACE, join(MARKETPLACE, "codex-bridge")]) {
    expect(runClaudeCommand(["plugin", "validate", "--strict", folder], { home, cwd: lab.project })).toContain(
      "passed",
    );
  }
});

test("one command installs it; a typed command may call its tools without a rule, and its text arrives whole", async ({
  session,
}) => {
  install(session);
  session.lab.respond(say("forty-two"));
  const question = 'what is "6 * 7"?\n$HOME and $(x) `y` <tag> stay';
  const ask = follow({ tool: `${PREFIX}codex-ask`, input: { prompt: "what is 6 * 7?" } });
  const { code, events, stderr } = await session.start(ask, type(`/codex-ask ${question}`)).ended;
  expect(code, stderr).toBe(0);
  const [first, second] = session.model.requests;
  expect(JSON.stringify(first?.body.messages)).toContain(
    JSON.stringify(`<question>\n${question}\n</question>`).slice(1, -1),
  );
  expect(second?.toolResult?.text).toContain("forty-two");

  const started = events.find((event) => event["subtype"] === "init") ?? {};
  expect(started["mcp_servers"]).toEqual([
    { name: "plugin:codex-bridge:codex", status: "connected", source: "plugin" },
  ]);
  const typed = started["slash_commands"] as string[];
  expect(typed).toEqual(expect.arrayContaining(COMMANDS.map((name) => `codex-bridge:${name}`)));
  // A built-in command would win over ours.
  expect(typed.filter((name) => COMMANDS.includes(name))).toEqual([]);
  expect(started["agents"]).toContain("codex-bridge:codex-rescue");
  expect(session.findLeft()).toEqual([]);
});

test("a command that only looks is answered without a model", async ({ session }) => {
  install(session);
  session.lab.respond(say("the parser is right"));
  const waitFor: Script = ({ index, toolResult }) => {
    if (index === 0) return { tool: `${PREFIX}codex-ask`, input: { prompt: "look at the parser", background: true } };
    const jobIds = /cx-[\w-]{8}/.exec(toolResult?.text ?? "") ?? [];
    return index === 1 ? { tool: `${PREFIX}agent_job`, input: { action: "wait", jobIds } } : { text: "over" };
  };
  const first = await session.start(waitFor, type("/codex-ask look at the parser")).ended;
  expect(first.code, first.stderr).toBe(0);
  const asked = session.model.requests.length;
  expect(asked).toBe(3);
  const shown: string[] = [];
  for (const command of ["/codex-status", "/codex-result", "/codex-result cx-none", '/codex-threads say "it"']) {
    const { code, events, stderr } = await session.start(follow(), type(command)).ended;
    expect(code, stderr).toBe(0);
    shown.push(String(events.at(-1)?.["result"]).replace(/^.*blocked by hook:\n/, ""));
  }
  expect(session.model.requests.length).toBe(asked);
  const [status, result, none, threads] = shown;
  expect(status).toMatch(
    /^cx-\S+ {2}completed, just now {2}look at the parser\n\/codex-result cx-\S+ shows a result\.$/,
  );
  expect(result).toMatch(/^cx-\S+ {2}completed, just now {2}look at the parser\n\n.*the parser is right/s);
  expect(none).toBe("This project has no job cx-none.");
  expect(threads).toBe(`No threads of ${session.lab.project}.`);
});
