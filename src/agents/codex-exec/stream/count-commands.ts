// The commands of a turn: those that events told of, and those that only the rollout knows.
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { TurnReport } from "../../../domain/turn.ts";
import { readCommands } from "../../codex/rollouts/rollout-commands.ts";
import { listGitFolders } from "../launch/git-folders.ts";
import { describeGit, describeRefused, findRefused } from "./refused-commands.ts";
import type { StreamState } from "./stream-state.ts";

/** Adds the commands that no event told of, from what the turn added to the rollout. What to tell of them; undefined where there are none. */
export function countRefused(state: StreamState, added: string, frame: ThreadFrame): string | undefined {
  const found = findRefused(readCommands(added), [...state.seenCommands.values()], () => listGitFolders(frame.cwd));
  state.commands += found.silent;
  state.failedCommands += found.silent;
  state.refusedCommands = found.refused.length;
  state.unstartedCommands += found.unstarted;
  const told = describeRefused(found, frame, state.redact);
  state.warnings.push(...[told, describeGit(found, frame)].filter((text) => text !== undefined));
  return told;
}

/** The counts for the report. */
export function toCommands({ commands, failedCommands, refusedCommands }: StreamState): TurnReport["commands"] {
  const counts = { count: commands, failed: failedCommands };
  return refusedCommands === 0 ? counts : { ...counts, refused: refusedCommands };
}
