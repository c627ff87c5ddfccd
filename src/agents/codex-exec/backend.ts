// The backend that runs each turn as one `codex exec --json` process.
import type { TurnOutcome } from "../../domain/turn.ts";
import type { ScratchFiles } from "../../state/scratch-files.ts";
import type { AgentBackend } from "../agent-backend.ts";
import { type CodexOptions, createCodexParts } from "../codex/codex-parts.ts";
import { archiveThread } from "../codex/threads/archive-command.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";
import { createTurnRuns, type PreparedParts } from "../codex/turn/turn-runs.ts";
import { runExecTurn } from "./exec-turn.ts";
import { forkThread } from "./fork.ts";
import { toExecStart } from "./launch.ts";
import { writeRunFiles } from "./run-files.ts";

const NAME = "codex-exec";

/** Options of the backend. */
export interface CodexExecOptions extends CodexOptions {
  readonly scratch: ScratchFiles;
}

/** Makes the `codex-exec` backend. */
export function createCodexExecBackend(options: CodexExecOptions): AgentBackend {
  const turns = createTurnRuns(options, runPrepared);

  async function runPrepared(request: CodexTurnRequest, parts: PreparedParts): Promise<TurnOutcome> {
    const { runId, launch } = parts;
    const files = writeRunFiles(request, runId, options);
    try {
      const { requireGit } = options;
      const { args, threadSource } = toExecStart(request, { launch, runId, files: files.paths, requireGit });
      const { tellsRunningUsage } = launch.answers.exec;
      return await runExecTurn(request, { ...parts, threadSource, tellsRunningUsage }, args);
    } finally {
      files.remove();
    }
  }

  return {
    ...createCodexParts(NAME, options),
    capabilities: { canAsk: false, canSteer: false, canContinueInterrupted: true },
    forkThread: (request) => turns.runBriefly(request.signal, (run) => forkThread(request, run, options)),
    setArchived: (request) => turns.runBriefly(request.signal, (run) => archiveThread(request, run, options)),
    startTurn: (request) => ({
      ...turns.run(request),
      // `codex exec` reads nothing more after its prompt.
      steer: async () => "not possible here",
    }),
    close: () => {
      turns.close();
      return options.ledger.endAll();
    },
  };
}
