// The status line in the real Claude Code, as a person sees it.
import { expect, test } from "vitest";
import { runThenSay } from "../support/lab.ts";
import { createSession } from "./session.ts";

test("it shows what the last turn changed, below the line that was there before", async () => {
  const session = await createSession();
  const { env } = session.lab;
  const words = [process.execPath, `${import.meta.dirname}/../../dist/bin.js`, "statusline", "--wrap", "echo old line"];
  const variables = ["BRIDGE_STATE_DIR", "CODEX_HOME", "HOME"].flatMap((name) =>
    env[name] === undefined ? [] : [`${name}=${env[name]}`],
  );
  const command = ["env", ...variables, ...words].map((word) => `'${word}'`).join(" ");
  const settings = { statusLine: { type: "command", command, refreshInterval: 1 } };
  session.lab.respond(runThenSay("printf 'a\\nb\\n' > new.txt"));
  const terminal = await session.open(
    ({ index }) =>
      index === 0
        ? { tool: "mcp__codex__codex", input: { prompt: "write it", sandbox: "workspace-write" } }
        : { text: "that was all" },
    { settings },
  );
  try {
    await terminal.waitFor(/old line/, 20_000);
    expect(terminal.readScreen()).not.toMatch(/codex · /);
    terminal.type("write it");
    await terminal.waitFor(/❯ write it/);
    terminal.type("\r");
    await terminal.waitFor(/that was all/, 30_000);
    await terminal.waitFor(/old line.*\n\s*codex · 1 file, just now/, 20_000);
  } finally {
    await terminal.close();
    await session.close();
  }
});
