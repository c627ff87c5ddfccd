// The Claude Code plugin as a user has it: installed from the folder of its marketplace by one command, then used.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { say } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { follow, test } from "./fixture.ts";
import type { Session, SessionOptions } from "./session.ts";

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
