// The backends of Codex with the real CLI, held to what every backend promises.
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { contractOf, type Script, type Stage } from "../agents/contract.ts";
import { openAppServer, openExec } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, type Respond } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

function toRespond(script: Script): Respond {
  switch (script.does) {
    case "answer":
      return ({ toolOutputs }) => ({ steps: toolOutputs.length === 0 ? [{ run: "true" }] : [{ say: script.text }] });
    case "work":
      return () => ({ steps: [{ run: "sleep 300" }] });
    case "hang":
      return () => ({ ending: "hang" });
    case "fail":
      return () => ({ error: { status: 400, body: { error: { message: "no" } } } });
    case "ask":
      return ({ toolOutputs: [output] }) => {
        if (output === undefined) return { steps: [{ run: "touch x" }] };
        return { steps: [{ say: /reject/i.test(output) ? "no" : "once" }] };
      };
  }
}

/** `findRunning` lists what belongs to turns and is alive. */
async function openStage(
  open: (lab: Lab) => AgentBackend,
  findRunning: (lab: Lab) => readonly unknown[],
): Promise<Stage> {
  const lab = await createLab();
  return {
    backend: open(lab),
    reopen: () => open(lab),
    script: (script) => lab.respond(toRespond(script)),
    listRunning: () => findRunning(lab),
    cwd: lab.project,
    unknownThread: "01a1fa4f-63b2-7772-b0a6-be473084c496",
    allowed: { baseInstructions: "b", config: { model_verbosity: "low" } },
    denied: { config: { notify: ["sh"] } },
    failure: "TURN_FAILED",
    short: { deadlineMs: 3_000, silenceMs: 1_500 },
    lacks: [...(CLI.forks ? [] : ["fork" as const]), ...(CLI.hasFileProfiles ? [] : ["archive" as const])],
    close: () => lab.close(),
  };
}

// Codex and its commands have it in their environment.
contractOf("codex-exec", () => openStage(openExec, ({ codexHome }) => findMarked(`CODEX_HOME=${codexHome}`)));

// The warm server belongs to no turn. Codex gives this variable to its commands only.
if (CLI.letsGoOfThreads) {
  contractOf("codex-app-server", () =>
    openStage(openAppServer, ({ codexHome }) => {
      const commands = new Set(findMarked("CODEX_CI=1").map(({ pid }) => pid));
      return findMarked(`CODEX_HOME=${codexHome}`).filter(({ pid }) => commands.has(pid));
    }),
  );
}
