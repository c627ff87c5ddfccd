// A Claude Code that speaks the old era, where there are no tasks: a background call is a plain job, and its question is a request of the server.
// The installed one is told to; LAB_CLAUDE_BIN names one that knows nothing else.
import { expect } from "vitest";
import { holdThenSay, until } from "../support/lab.ts";
import { NO_RETRIES, test as sessionTest } from "./fixture.ts";
import { type Script, type Session, type SessionOptions, writeHumanPath } from "./session.ts";
import { prompt, settle, type Terminal } from "./terminal.ts";

const ENTER = "\r";
const RIGHT = "\x1b[C";

const test = sessionTest.extend("openLegacy", ({ open }) => {
  const claudeEnv = { MCP_PROTOCOL_NEGOTIATION: "legacy" };
  return (script: Script, env: SessionOptions["env"] = {}): Promise<Terminal> => open(script, { env, claudeEnv });
});

const readJobId = (text = ""): string => /"jobId":"(cx-[\w-]{8})"/.exec(text)?.[1] ?? "none";

/** The model starts a job, says so, and with the next prompt waits for its result. */
function startThenWait(call: { tool: string; input: Record<string, unknown> }): Script {
  let jobId = "none";
  return ({ index, toolResult }) => {
    if (index === 0) return call;
    if (index === 1) jobId = readJobId(toolResult?.text);
    if (index === 1) return { text: "it runs" };
    if (index === 2) return { tool: "mcp__codex__agent_job", input: { action: "wait", jobIds: [jobId] } };
    return { text: "that is all" };
  };
}

const readMethods = (session: Session): unknown[] => session.readWire().map(({ message }) => message["method"]);

test.for(["session", "outlive"])(
  "a background call is a job that agent_job waits for (BRIDGE_JOBS=%s)",
  async (mode, { session, openLegacy }) => {
    const { respond, goOn } = holdThenSay("the parser is tidy");
    session.lab.respond(respond);
    const input = { prompt: "tidy the parser", background: true };
    const screen = await openLegacy(startThenWait({ tool: "mcp__codex__codex", input }), { BRIDGE_JOBS: mode });
    await prompt(screen, "please delegate");
    await screen.waitFor(/it runs/, 30_000);
    expect(session.model.requests[1]?.toolResult?.text).toMatch(/"state":"running"/);
    await prompt(screen, "and the result");
    goOn();
    await screen.waitFor(/that is all/, 30_000);
    expect(session.model.requests[3]?.toolResult?.text).toContain("the parser is tidy");
    expect(readMethods(session)).toContain("initialize");
    expect(readMethods(session)).not.toContain("tasks/get");
    await screen.close();
    await until("no process is left", () => session.findLeft().length === 0);
  },
);

test.for(["session", "outlive"])(
  "a question of a job opens a form after its call was answered (BRIDGE_JOBS=%s)",
  async (mode, { session, openLegacy }) => {
    session.lab.writeConfig(NO_RETRIES);
    const refuse = { error: { status: 400, body: { error: { message: "odd" } } } };
    session.lab.respond(() => (session.lab.standIn.requests.length > 2 ? { steps: [{ say: "fixed" }] } : refuse));
    const input = { task: "Run the failing test suite and fix it", mode: "run", background: true };
    const env = { BRIDGE_JOBS: mode, DELEGATION_RULES: writeHumanPath(session) };
    const screen = await openLegacy(startThenWait({ tool: "mcp__codex__route_task", input }), env);
    await prompt(screen, "please delegate");
    await screen.waitFor(/requests your input[\s\S]*Codex failed 2 times/, 30_000);
    screen.type(RIGHT);
    await screen.waitFor(/Let Codex try again[\s\S]*Let Claude do it[\s\S]*Stop/);
    screen.type(ENTER);
    await screen.waitFor(/✔ Decision: Let Codex try again[\s\S]*❯ Accept/);
    await settle();
    screen.type(ENTER);
    // The form is gone.
    await screen.waitFor(/shift\+tab to cycle|\? for shortcuts/);
    await prompt(screen, "and the result");
    await screen.waitFor(/that is all/, 30_000);
    expect(session.model.requests[3]?.toolResult?.text).toContain("fixed");
    expect(readMethods(session)).toContain("elicitation/create");
    await screen.close();
    await until("no process is left", () => session.findLeft().length === 0);
  },
);
