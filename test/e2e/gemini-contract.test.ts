// The ACP backend with the real Gemini CLI in the real sandbox, held to what every backend promises.
//
// Where it differs:
// * Its turns here may write and have the network, since only then does it run a command unasked.
// * It loads no session after its process has ended (0.61.0), so a thread is lost with it.
// * It makes no fork, has no archive, and a caller can set nothing of its own.
import { describe } from "vitest";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import { contractOf, type Script, type Stage } from "../agents/contract.ts";
import { CAN_HOLD, createGeminiLab, type GeminiRespond } from "./gemini-lab.ts";

function toRespond(script: Script): GeminiRespond {
  switch (script.does) {
    case "answer":
      return ({ endsWithResult }) =>
        endsWithResult ? { text: script.text } : { tool: "run_shell_command", args: { command: "true > x" } };
    case "work":
      return () => ({ tool: "run_shell_command", args: { command: "tail -f /dev/null > x" } });
    case "hang":
      return () => ({ isSilent: true });
    case "fail":
      return () => ({ status: 400, error: { code: 400, status: "INVALID_ARGUMENT", message: "no" } });
    case "ask":
      // After a no, nothing of the call comes back but what the model is told.
      return ({ endsWithResult, body }) =>
        endsWithResult
          ? { text: JSON.stringify(body.contents?.at(-1)).includes("error") ? "no" : "once" }
          : { tool: "run_shell_command", args: { command: "touch x" } };
  }
}

async function openStage(): Promise<Stage> {
  const gemini = await createGeminiLab();
  return {
    backend: gemini.open(),
    reopen: () => gemini.open(),
    script: (script) => gemini.respond(toRespond(script)),
    // The kept process and its sandbox belong to no turn.
    listRunning: () =>
      gemini.listAlive().filter(({ command }) => command.includes("tail -f") && !command.includes("--acp")),
    cwd: gemini.lab.project,
    unknownThread: "01a1fa4f-63b2-4772-b0a6-be473084c496",
    allowed: undefined,
    denied: { config: { hooks: {} } },
    failure: "TURN_FAILED",
    short: { deadlineMs: 6_000, silenceMs: 3_000 },
    lacks: ["fork", "archive", "stored sandbox", "reload"],
    sandbox: { ...READ_ONLY, mode: "workspace-write", networkAccess: true },
    close: () => gemini.close(),
  };
}

describe.skipIf(!CAN_HOLD)("Gemini CLI as a callee", () => contractOf("acp with Gemini CLI", openStage));
