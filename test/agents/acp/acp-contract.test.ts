// The ACP backend with a scripted agent, held to what every backend promises.
//
// Where it differs:
// * It makes no fork and has no archive: the stable protocol has neither.
// * What a thread may do is not in its record, so the list of threads does not tell it either.
// * A caller can set nothing of the agent's own.
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import { type AcpStageOptions, openAcpStage } from "../../support/acp-stage.ts";
import { contractOf, type Stage } from "../contract.ts";

async function openStage(options: AcpStageOptions): Promise<Stage> {
  const acp = openAcpStage(options);
  return {
    backend: acp.open(),
    reopen: () => acp.open(),
    script: (script) => acp.script(script),
    // The kept process belongs to no turn.
    listRunning: () => acp.listAlive().filter(({ command }) => !command.includes("scripted-acp-agent")),
    cwd: acp.project,
    unknownThread: "01a1fa4f-63b2-4772-b0a6-be473084c496",
    allowed: undefined,
    denied: { config: { hooks: {} } },
    failure: "TURN_FAILED",
    short: { deadlineMs: 2_000, silenceMs: 1_500 },
    lacks: ["fork", "archive", "stored sandbox", ...(options.always === undefined ? [] : (["reload"] as const))],
    sandbox: { ...READ_ONLY, mode: "workspace-write" },
    close: async () => acp.close(),
  };
}

contractOf("acp, kept between turns", () => openStage({}));
contractOf("acp, started for each turn", () => openStage({ idleMs: 0 }));
contractOf("acp, with an agent that loads no session", () => openStage({ always: { failsToLoad: true } }));
