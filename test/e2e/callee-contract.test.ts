// The backend of Claude Code with the real program, held to what every backend promises.
//
// Where it differs:
// * Its turns here have full access, since a narrower one runs no command that does not end. What narrower ones may do is in
//   callee-limits.test.ts.
// * It makes no fork without a turn, and has no archive. Claude Code has neither.
// * Its files do not say what a session may do, so the list of threads does not either.
// * It does not ask: what its rules do not allow is refused.
import { describe } from "vitest";
import { FULL_ACCESS } from "../../src/domain/sandbox.ts";
import { contractOf, type Script, type Stage } from "../agents/contract.ts";
import { CAN_BE_HELD, createClaudeLab, type Respond } from "./claude-lab.ts";

function toRespond(script: Script): Respond {
  switch (script.does) {
    case "answer":
      return ({ body }) =>
        endsWithResult(body) ? { text: script.text } : { tool: "Bash", input: { command: "true", description: "x" } };
    case "work":
      return () => ({ tool: "Bash", input: { command: "tail -f /dev/null", description: "x" } });
    case "hang":
      return () => ({ isSilent: true });
    case "fail":
      return () => ({ status: 400, message: "no" });
    case "ask":
      throw new Error("it does not ask");
  }
}

function endsWithResult(body: Parameters<Respond>[0]["body"]): boolean {
  const content = body.messages?.at(-1)?.content;
  return Array.isArray(content) && content.some(({ type }) => type === "tool_result");
}

async function openStage(idleMs: number): Promise<Stage> {
  const claude = await createClaudeLab();
  return {
    backend: claude.open({ idleMs }),
    reopen: () => claude.open({ idleMs }),
    script: (script) => claude.respond(toRespond(script)),
    // The kept process belongs to no turn.
    listRunning: () => claude.listAlive().filter(({ command }) => !/claude -p /.test(command)),
    cwd: claude.lab.project,
    unknownThread: "01a1fa4f-63b2-4772-b0a6-be473084c496",
    allowed: { baseInstructions: "b" },
    denied: { config: { hooks: {} } },
    failure: "TURN_FAILED",
    short: { deadlineMs: 3_000, silenceMs: 1_500 },
    lacks: ["fork", "archive", "stored sandbox"],
    sandbox: FULL_ACCESS,
    close: () => claude.close(),
  };
}

describe.skipIf(!CAN_BE_HELD)("Claude Code as a callee", () => {
  contractOf("claude-code, kept between turns", () => openStage(60_000));
  contractOf("claude-code, started for each turn", () => openStage(0));
});
