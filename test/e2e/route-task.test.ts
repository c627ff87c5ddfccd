// `route_task` on real parts: what Claude Code's model is shown when a task runs, comes back, fails twice, or needs a person.
import { afterEach, beforeEach, expect, test } from "vitest";
import { say } from "../support/lab.ts";
import { answerForms, readAsked } from "./hooks.ts";
import { createSession, type Script, type Session, type SessionOptions, writeHumanPath } from "./session.ts";

let session: Session;

beforeEach(async () => {
  session = await createSession();
  session.lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
});
afterEach(() => session.close());

const RUN = { task: "Run the failing test suite and fix it", mode: "run" };
const refuse = () => ({ error: { status: 400, body: { error: { message: "odd" } } } });

/** Calls `route_task` once for each input; gives what the model was shown each time. */
async function route(inputs: Record<string, unknown>[], options: SessionOptions = {}) {
  const script: Script = ({ index }) => {
    const input = inputs[index];
    return input === undefined ? { text: "over" } : { tool: "mcp__codex__route_task", input };
  };
  const { code, stderr } = await session.start(script, options).ended;
  expect(code, stderr).toBe(0);
  expect(session.findLeft()).toEqual([]);
  return session.model.requests.slice(1).map((request) => request.toolResult ?? { text: "", isError: true });
}

test("a task for Codex runs, and one for Claude comes back with instructions", async () => {
  session.lab.respond(say("all green"));
  const [codex, claude] = await route([RUN, { task: "Explain how the billing module works", mode: "run" }]);
  expect(codex?.isError).toBe(false);
  expect(JSON.parse(codex?.text ?? "")).toMatchObject({
    outcome: "completed",
    content: "all green",
    decision: { agent: "codex_cli", ruleId: "execution_required" },
  });
  expect(JSON.parse(claude?.text ?? "")).toMatchObject({
    outcome: "handed_back",
    decision: { agent: "claude_code", ruleId: "architecture_design" },
    instructions: expect.stringMatching(/^Do this task yourself: .*Context to use: full/),
  });
  expect(session.lab.standIn.requests).toHaveLength(1);
});

test("one that fails is handed back with what was tried, and at once when it comes again", async () => {
  session.lab.respond(refuse);
  const [first, again] = await route([RUN, RUN]);
  const result = JSON.parse(first?.text ?? "");
  expect(result).toMatchObject({
    outcome: "handed_back",
    escalation: { policyId: "two_failure_rule", step: 2, strategy: "decompose_task" },
    instructions: expect.stringMatching(/What was tried: Attempt 1: codex_cli failed with TURN_FAILED .*Attempt 4:/),
  });
  expect(result.attempts).toHaveLength(5);
  expect(JSON.parse(again?.text ?? "")).toMatchObject({
    outcome: "handed_back",
    attempts: [{ agent: "claude_code", outcome: "handed_back" }],
    instructions: expect.stringMatching(/What was tried: Attempt 1: codex_cli failed with TURN_FAILED/),
  });
  expect(session.lab.standIn.requests).toHaveLength(4);
});

test("a person is asked through Claude Code, and another try is made when they say so", async () => {
  session.lab.respond(() => (session.lab.standIn.requests.length > 2 ? { steps: [{ say: "fixed" }] } : refuse()));
  const [result] = await route([RUN], {
    env: { DELEGATION_RULES: writeHumanPath(session) },
    settings: answerForms(session.lab, "retry"),
  });
  expect(JSON.parse(result?.text ?? "")).toMatchObject({ outcome: "completed", content: "fixed" });
  expect(readAsked(session.lab)[0]).toMatchObject({
    mcp_server_name: "codex",
    message: expect.stringMatching(/^Codex failed 2 times at this task, last with TURN_FAILED/),
  });
});

test("where nobody answers, the model is told to ask the user", async () => {
  session.lab.respond(refuse);
  const [result] = await route([RUN], { env: { DELEGATION_RULES: writeHumanPath(session) } });
  expect(JSON.parse(result?.text ?? "")).toMatchObject({
    outcome: "needs_human",
    summary: expect.stringContaining("Codex failed 2 times"),
    suggestions: ["try again", "let Claude do it", "stop"],
  });
});
