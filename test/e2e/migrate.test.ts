// A registration of the removed server, made by the real Claude Code, is broken; `migrate` repairs it, and Claude Code connects and calls.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type MessagesStandIn, startMessagesStandIn } from "../../src/setup/demo/messages-standin.ts";
import { createLab, type Lab, say } from "../support/lab.ts";
import { runClaude, runClaudeCommand } from "./claude.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let lab: Lab;
let model: MessagesStandIn;

beforeEach(async () => {
  lab = await createLab(say("repaired"));
  model = await startMessagesStandIn((request) =>
    request.index === 0
      ? { tool: "mcp__codex__codex", input: { prompt: "hello" } }
      : { text: `final: ${request.toolResult?.text}` },
  );
});
afterEach(async () => {
  await model.close();
  await lab.close();
});

test("one command repairs it; another takes it back", async () => {
  const place = { home: lab.root, cwd: lab.project };
  const claude = (...words: string[]) => runClaudeCommand(["mcp", ...words], place);
  const migrate = (...words: string[]) =>
    execFileSync(process.execPath, [BIN, "migrate", ...words], { cwd: lab.project, env: lab.env, encoding: "utf8" });
  const readUserFile = () => JSON.parse(readFileSync(join(lab.root, ".claude.json"), "utf8"));
  claude("add", "codex", "--", lab.env["CODEX_BIN"] ?? "", "mcp-server", "-c", "model_reasoning_effort=low");
  expect(claude("list")).toContain("Failed to connect");
  const before = readUserFile().projects;

  expect(migrate()).toContain("1 change.");
  expect(claude("list")).toContain("✔ Connected");
  const { ended } = runClaude({
    prompt: "go",
    server: undefined,
    messagesBaseUrl: model.baseUrl,
    ...place,
    env: { CODEX_HOME: lab.codexHome, STANDIN_KEY: "dummy", BRIDGE_STATE_DIR: lab.stateDir },
  });
  const { events, stderr } = await ended;
  expect(JSON.stringify(events.at(-1)), stderr).toContain("repaired");
  // With the flag of the registration, and the Codex that it named by path.
  expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain('"effort":"low"');

  migrate("--undo");
  expect(readUserFile().projects[lab.project].mcpServers).toEqual(before[lab.project].mcpServers);
});
