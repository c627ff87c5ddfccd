// Starts Codex to archive a thread. No model is asked, so no credential is needed.
import { BridgeError } from "../../../domain/errors.ts";
import { runCommand } from "../../../process/program.ts";
import type { ArchiveRequest } from "../../agent-backend.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import { toHomeVariable } from "../config/home.ts";
import type { LaunchOptions } from "../launch/launch-options.ts";
import { withPatience } from "../launch/questions.ts";
import { toSpawnError } from "../launch/spawn-errors.ts";
import { findCodexBinary } from "../program/binary.ts";
import { buildChildEnv } from "../program/child-env.ts";
import type { BriefRun } from "../turn/turn-runs.ts";
import { setArchived } from "./archive-thread.ts";

/** Archives a thread, or takes it out of the archive. Throws as `setArchived` does, AGENT_NOT_FOUND, CONFIG_INVALID and CANCELLED. */
export async function archiveThread(
  request: ArchiveRequest,
  { runId, signal }: BriefRun,
  options: LaunchOptions,
): Promise<void> {
  const { codexHome, env, overrides } = options;
  const { path: file } = findCodexBinary(options.codexBin, { env, execPath: process.execPath, cwd: request.cwd });
  const childEnv = buildChildEnv({
    env,
    pass: options.envPass,
    add: {
      ...toHomeVariable(codexHome, env),
      BRIDGE_DEPTH: String(options.readChildDepth()),
      [MARK_NAME]: runId,
    },
  });
  const flags = overrides.flatMap((text) => ["-c", text]);
  // In Codex's home no project's config is read.
  const cwd = codexHome;
  const run = withPatience((timeoutMs) => async (words) => {
    const output = await runCommand({ file, args: [...flags, ...words], env: childEnv, cwd }, { timeoutMs, signal });
    if (signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled. The thread may have been moved.");
    if (output.spawnError !== undefined) throw toSpawnError(output.spawnError, file, cwd);
    return output;
  });
  await setArchived(codexHome, request, run);
}
