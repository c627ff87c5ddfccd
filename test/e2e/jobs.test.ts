// Background jobs in the real Claude Code: what the model reads at their start and at their end, with MCP tasks (a terminal) and without (print mode).
import { expect } from "vitest";
import { holdThenSay, say, until } from "../support/lab.ts";
import { SPEAKS_NEW_ERA } from "./claude.ts";
import { test } from "./fixture.ts";
import type { Session } from "./session.ts";
import { prompt } from "./terminal.ts";

const CALL = { tool: "mcp__codex__codex", input: { prompt: "Review the parser" } };
const lastOf = ({ model }: Session) => JSON.stringify(model.requests.at(-1)?.body.messages?.at(-1));

test.runIf(SPEAKS_NEW_ERA)(
  "a call that takes long goes on as a task, and Claude is told the answer when it is there",
  async ({ session, open }) => {
    const held = holdThenSay("The parser <is> fine.\n\n- really");
    session.lab.respond(held.respond);
    const terminal = await open([CALL, { text: "I go on meanwhile" }, { text: "thank you" }], {
      env: { BRIDGE_TASK_AFTER_MS: "300" },
    });
    await prompt(terminal, "go");
    await terminal.waitFor(/I go on meanwhile/, 30_000);
    const started = session.model.requests[1]?.toolResult?.text ?? "";
    expect(started).toMatch(/started server-side task (cx-[\w-]{8}), running in the background/);
    expect(started).toMatch(
      /<mcp-server-note>\n.* as job cx-[\w-]{8}: codex, "Review the parser"\..* do not poll.*\n<\/mcp-/,
    );
    await terminal.waitFor(/1 MCP task/);
    held.goOn();
    await terminal.waitFor(/thank you/, 30_000);
    // Text, with its line breaks, and the fields below it.
    const told = /<result>(.*)<\/result>/.exec(lastOf(session))?.[1] ?? "";
    expect(told).toMatch(
      /^\\nThe parser &lt;is&gt; fine\.\\n\\n- really\\n\\ntitle: Review the parser\\nthreadId: [\w-]{36}\\ncwd: .*\\nsandbox: read-only\\n/,
    );
    const jobId = /task (cx-[\w-]{8})/.exec(started)?.[1];
    expect(lastOf(session)).toContain(`MCP task ${jobId} (codex/codex) completed.`);
  },
);

test("without tasks background: true gives a job, which agent_job waits for", async ({ session }) => {
  session.lab.respond(say("The parser is fine."));
  const idOf = (text = "") => /"jobId":"(cx-[\w-]{8})"/.exec(text)?.[1] ?? "none";
  const run = session.start(({ index, toolResult }) => {
    if (index === 0) return { ...CALL, input: { ...CALL.input, background: true } };
    if (index > 1) return { text: "over" };
    return { tool: "mcp__codex__agent_job", input: { action: "wait", jobIds: [idOf(toolResult?.text)] } };
  });
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  const [, started, ended] = session.model.requests.map(({ toolResult }) => toolResult?.text ?? "");
  expect(JSON.parse(started ?? "")).toMatchObject({
    state: "running",
    content: expect.stringMatching(/agent_job: action "wait"/),
  });
  expect(JSON.parse(ended ?? "")).toMatchObject({
    state: "completed",
    content: "The parser is fine.",
    cwd: session.lab.project,
  });
  await until("nothing is left", () => session.findLeft().length === 0);
});
