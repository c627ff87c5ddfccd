// Whether a turn can run on the app server with everything that its frame promises. What does not fit runs as `codex exec`, or is refused.
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";

/** Why a turn does not fit, as the end of "The app server cannot run this turn: …"; undefined if it fits. */
export function findMisfit(
  { frame, isEphemeral }: Pick<CodexTurnRequest, "frame" | "isEphemeral">,
  { answers, inputs, credential }: Pick<TurnLaunch, "answers" | "inputs" | "credential">,
): string | undefined {
  const { exec } = answers;
  if (isEphemeral === true) return "nothing is to be kept of its thread";
  // A loaded thread takes no other config, and nobody else can continue it (docs/codex-cli.md#app-server).
  if (!exec.letsGoOfThreads) return "this Codex CLI is older than 0.160";
  if (frame.profile !== undefined) return "it has no config profiles, and the thread has one";
  // Codex would refuse the profile without writes with which a thread is loaded.
  const isManaged = frame.permissions?.name !== undefined && inputs.config.permissions.isManaged;
  if (isManaged) return "machine-wide requirements choose the permission profile";
  // A server reads its login once, and nothing on the disk shows that `codex login` has put another one into the keyring.
  if (credential === "codex login" && inputs.config.credentialStore === "other")
    return "Codex keeps its login where a running server does not see it change (cli_auth_credentials_store)";
  if (frame.config["features.goals"] === true) return NO_GOALS;
  return undefined;
}

/** The app server starts turns for a thread's goal by itself (docs/codex-cli.md#goals), so its threads go without. */
export const NO_GOALS = "its threads go without goals, and this one has a goal or is to get one";
