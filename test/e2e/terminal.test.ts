// The real Claude Code in a terminal, as a person has it.
import { afterEach, beforeEach, expect, test } from "vitest";
import { say, until } from "../support/lab.ts";
import { createSession, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

let session: Session;
let terminal: Terminal | undefined;

beforeEach(async () => {
  session = await createSession();
});
afterEach(async () => {
  await terminal?.close();
  await session.close();
});

test("a call is made, its answer reaches the model, and closing the terminal leaves no process", async () => {
  session.lab.respond(say("hello from Codex"));
  terminal = await session.open(({ index }) =>
    index === 0 ? { tool: "mcp__codex__codex", input: { prompt: "say hello" } } : { text: "that was all" },
  );
  terminal.type("say the word");
  await terminal.waitFor(/❯ say the word/);
  terminal.type("\r");
  await terminal.waitFor(/that was all/, 30_000);
  expect(session.model.requests.at(-1)?.toolResult?.text).toContain("hello from Codex");
  await terminal.close();
  await until("no process is left", () => session.findLeft().length === 0);
});
