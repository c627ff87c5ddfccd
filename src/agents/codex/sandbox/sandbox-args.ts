// The arguments of `codex sandbox` for a command in the sandbox of a frame (docs/codex-cli.md#commands-in-the-sandbox).
import { BridgeError } from "../../../domain/errors.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import type { CodexFrame } from "../codex-frame.ts";
import { type Override, toFlags } from "../config/overrides.ts";
import { toTrustOverride } from "../launch/sandbox-overrides.ts";
import type { TurnLaunch } from "../launch/turn-launch.ts";
import { findSandboxCommand } from "../program/sandbox-probe.ts";

/** A command and its frame. */
export interface FramedCommand {
  readonly command: string;
  readonly frame: CodexFrame;
}

/** The arguments. Throws AGENT_UNSUPPORTED where this CLI cannot hold a command to the frame's sandbox, and AGENT_NOT_ANSWERING. */
export async function toSandboxArgs(
  { command, frame }: FramedCommand,
  launch: TurnLaunch,
  runId: string,
): Promise<string[]> {
  const named = await findSandboxCommand(launch.runCodex);
  if (named === undefined) {
    throw new BridgeError("AGENT_NOT_ANSWERING", "The Codex CLI did not answer `codex sandbox --help` in time.");
  }
  if (named.isReadOnly && frame.sandbox.mode !== "read-only") throw onlyReads();
  const overrides: Override[] = [
    ...Object.entries(frame.config),
    ...(launch.hiddenVariables.length === 0
      ? []
      : [["shell_environment_policy.exclude", launch.hiddenVariables] satisfies Override]),
    [`shell_environment_policy.set.${MARK_NAME}`, runId],
    ...toTrustOverride(launch.answers.trust),
    ...launch.sandboxConfig,
  ];
  // Of a read-only sandbox it changes nothing that matters, and older ones have no such option.
  const profile = frame.profile === undefined || named.isReadOnly ? [] : ["-p", frame.profile];
  const options = [...profile, ...launch.userFlags, ...toFlags(overrides)];
  return [...named.words, ...options, "--", ...toShell(command, runId)];
}

// The first line shows that the sandbox has started. What Codex itself says on stderr stays apart from the command's own words.
function toShell(command: string, runId: string): string[] {
  return ["/bin/sh", "-c", 'echo "$2"; exec 2>&1; exec /bin/sh -c "$1"', "sh", command, toStartLine(runId)];
}

/** The line that the command's shell prints first. */
export const toStartLine = (runId: string): string => `started-${runId}`;

function onlyReads(): BridgeError {
  const message = "This Codex CLI runs commands only in a read-only sandbox, and the check may have to write.";
  return new BridgeError("AGENT_UNSUPPORTED", message, {
    nextStep: "Run the check yourself, or ask the user to update the Codex CLI to 0.142 or later.",
  });
}
