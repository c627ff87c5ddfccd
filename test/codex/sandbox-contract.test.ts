// Commands in the sandbox of the real CLI, by both backends of Codex, held to what every backend promises of them.
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { type SandboxStage, sandboxContractOf } from "../agents/sandbox-contract.ts";
import { openAppServer, openExec } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

async function openStage(open: (lab: Lab) => AgentBackend): Promise<SandboxStage> {
  const lab = await createLab();
  return {
    backend: open(lab),
    cwd: lab.project,
    outside: lab.outside,
    // No turn runs here, so whatever has this in its environment belongs to a command.
    listRunning: () => findMarked(`CODEX_HOME=${lab.codexHome}`),
    close: () => lab.close(),
  };
}

// Older ones run every command read-only (docs/codex-cli.md#commands-in-the-sandbox).
if (CLI.hasPermissionProfiles) sandboxContractOf("codex-exec", () => openStage(openExec));
if (CLI.hasPermissionProfiles && CLI.letsGoOfThreads) {
  sandboxContractOf("codex-app-server", () => openStage(openAppServer));
}
