// The backend that runs each turn as one `codex exec --json` process.
import { toChainVariables } from "../../domain/chain.ts";
import type { ScratchFiles } from "../../state/scratch-files.ts";
import type { AgentBackend } from "../agent-backend.ts";
import { type CodexOptions, createCodexParts } from "../codex/codex-parts.ts";
import { PROJECT_INSTRUCTIONS } from "../codex/project-instructions.ts";
import { runInSandbox } from "../codex/sandbox/run-in-sandbox.ts";
import { archiveThread } from "../codex/threads/archive-command.ts";
import { createTurnRuns, type RunPrepared } from "../codex/turn/turn-runs.ts";
import { runExecTurn } from "./exec-turn.ts";
import { forkThread } from "./fork.ts";
import { toExecStart } from "./launch.ts";
import { writeRunFiles } from "./run-files.ts";

const NAME = "codex-exec";

/** Options of the backend. */
export interface CodexExecOptions extends CodexOptions {
  readonly scratch: ScratchFiles;
}

/** Makes the function that runs a prepared turn as one `codex exec` process. */
export function createExecRunner(options: CodexExecOptions): RunPrepared {
  return async (request, parts) => {
    const { runId, launch, begin } = parts;
    begin();
    const files = writeRunFiles(request, runId, options);
    try {
      const { requireGit } = options;
      const { args, threadSource } = toExecStart(request, { launch, runId, files: files.paths, requireGit });
      const { exec, rulesWarning } = launch.answers;
      const warnings = rulesWarning === undefined ? launch.warnings : [...launch.warnings, rulesWarning];
      const { tellsRunningUsage } = exec;
      const env = { ...launch.env, ...toChainVariables(request.chain) };
      return await runExecTurn(
        request,
        { ...parts, launch: { ...launch, warnings, env }, threadSource, tellsRunningUsage, marksCallsOnly: false },
        args,
      );
    } finally {
      files.remove();
    }
  };
}

/** Makes the `codex-exec` backend. */
export function createCodexExecBackend(options: CodexExecOptions): AgentBackend {
  const turns = createTurnRuns(options, createExecRunner(options));
  return {
    ...createCodexParts(NAME, options),
    continues: ["codex-app-server"],
    capabilities: {
      canAsk: false,
      canSteer: false,
      canContinueInterrupted: true,
      projectInstructions: PROJECT_INSTRUCTIONS,
      untold: [],
    },
    forkThread: async (request) => {
      await options.openThreads.ask(request.threadId, request.signal);
      return turns.runBriefly(request.signal, (run) => forkThread(request, run, options));
    },
    setArchived: async (request) => {
      await options.openThreads.ask(request.threadId, request.signal);
      return turns.runBriefly(request.signal, (run) => archiveThread(request, run, options));
    },
    runInSandbox: (command) => runInSandbox(command, turns, options),
    startTurn: (request) => {
      const { outcome, interrupt } = turns.run(request);
      // `codex exec` reads nothing more after its prompt.
      return { outcome, interrupt, steer: async () => "not possible here" };
    },
    close: () => {
      turns.close();
      return options.ledger.endAll();
    },
  };
}
