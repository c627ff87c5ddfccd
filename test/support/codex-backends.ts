// The backends of the real Codex CLI, for a lab.
import { nanoid } from "nanoid";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { createUserConfigReader } from "../../src/agents/codex/config/user-config.ts";
import { createCodexAppServerBackend } from "../../src/agents/codex-app-server/backend.ts";
import { createCodexExecBackend } from "../../src/agents/codex-exec/backend.ts";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import { createScratchFiles } from "../../src/state/scratch-files.ts";
import { prepareStateFolder } from "../../src/state/state-folder.ts";
import { type Lab, NATIVE_CODEX } from "./lab.ts";
import { buildValidationWorker } from "./validation-worker.ts";

function toOptions({ codexHome, env, project, root, stateDir }: Lab) {
  prepareStateFolder(stateDir);
  const { ledger, openThreads } = createMachine({ stateDir, cwd: project, logger: SILENT_LOGGER });
  return {
    codexBin: NATIVE_CODEX,
    ...{ codexHome, env, envPass: [], requireGit: false, allowConfig: [], home: root, defaultProfile: undefined },
    codexRules: "ignore",
    childMcp: { mode: "inherit", allowNested: false, ownPath: "/nowhere/dist/bin.js" },
    readChildDepth: () => 1,
    readUserConfig: createUserConfigReader(codexHome, []),
    overrides: [],
    ...{ ledger, openThreads },
    scratch: createScratchFiles(stateDir, "schemas"),
    validationWorker: buildValidationWorker(),
    clock: Date.now,
    newId: () => nanoid(),
    redact: redactSecrets,
    logger: SILENT_LOGGER,
  } as const;
}

export const openExec = (lab: Lab): AgentBackend => createCodexExecBackend(toOptions(lab));

export function openAppServer(lab: Lab, codexBin: string = NATIVE_CODEX): AgentBackend {
  const idle = { threadIdleMs: 60_000, serverIdleMs: 60_000 };
  return createCodexAppServerBackend({
    ...toOptions(lab),
    ...{ ...idle, codexBin },
    version: "0.0.0",
    otherwise: undefined,
    attachFiles: undefined,
    commands: openExec(lab),
  });
}
