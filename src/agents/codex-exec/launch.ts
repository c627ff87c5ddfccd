// The start of `codex exec` for one prepared turn: its arguments.
import { checkArguments } from "../codex/launch/launch-checks.ts";
import type { LaunchFiles } from "../codex/launch/launch-options.ts";
import type { TurnLaunch } from "../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";
import { MARK_NAME } from "../turn/run-mark.ts";
import { buildExecArgs, type ExecRun } from "./args.ts";

/** The arguments of `codex exec` for a turn. */
export interface ExecStart {
  readonly args: readonly string[];
  /** Tag of the new rollout, if the CLI takes one. */
  readonly threadSource: string | undefined;
}

/** What the arguments depend on, besides the turn. */
export interface ExecStartScope {
  readonly launch: TurnLaunch;
  readonly runId: string;
  readonly files: LaunchFiles;
  readonly requireGit: boolean;
}

/** Builds the arguments. Throws INVALID_ARGUMENT for some that cannot be passed to a program. */
export function toExecStart(request: CodexTurnRequest, scope: ExecStartScope): ExecStart {
  const run = toExecRun(request, scope);
  // The user's flags come after the word `exec` and before the thread's own overrides, which win (docs/codex-cli.md#options-before-resume).
  const [command = "exec", ...threadArgs] = buildExecArgs(run);
  const args = [command, ...scope.launch.userFlags, ...threadArgs];
  checkArguments(args, run.images);
  return { args, threadSource: run.threadSource };
}

function toExecRun(
  { frame, threadId, isFork, images, readsOnly = false, isEphemeral = false }: CodexTurnRequest,
  { launch, runId, files, requireGit }: ExecStartScope,
): ExecRun {
  const { exec, trust, mcpServers, withoutSubagents, ignoresRules } = launch.answers;
  const path = files.baseInstructions;
  return {
    frame,
    threadId,
    isFork,
    images,
    outputSchemaPath: files.outputSchema,
    baseInstructions: path === undefined ? undefined : { key: exec.baseInstructionsKey, path },
    mark: { name: MARK_NAME, value: runId },
    threadSource: exec.hasThreadSource ? `codex-bridge-${runId}` : undefined,
    hiddenVariables: launch.hiddenVariables,
    profile: launch.profile,
    snapshotsShell: exec.snapshotsShell,
    mcpServers,
    requireGit,
    // 0.50 has no such option, and keeps the thread.
    isEphemeral: isEphemeral && exec.takesInstructions,
    readsOnly,
    withoutSubagents,
    withoutGoals: false,
    ignoresRules,
    trust,
  };
}
