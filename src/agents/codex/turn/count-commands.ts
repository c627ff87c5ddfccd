// The commands of a turn: those that events told of, and those that only the rollout knows.

import type { TurnReport, TurnRequest } from "../../../domain/turn.ts";
import type { CodexFrame } from "../codex-frame.ts";
import { listGitFolders } from "../launch/git-folders.ts";
import { readCommands } from "../rollouts/rollout-commands.ts";
import { describeGit, findRefused } from "./refused-commands.ts";
import type { StreamState } from "./stream-state.ts";

/** What is asked of the turn. */
type AskedTurn = Pick<TurnRequest, "isCommitted"> & { readonly frame: CodexFrame };

/** Adds the commands that no event told of, and which the sandbox refused, from what the turn added to the rollout. */
export function addStoredCommands(state: StreamState, added: string, { frame, isCommitted }: AskedTurn): void {
  const found = findRefused(readCommands(added), [...state.seenCommands.values()], () => listGitFolders(frame.cwd));
  state.commands += found.silent;
  state.failedCommands += found.silent;
  for (const command of found.refused) state.refused.add(command);
  state.unstartedCommands += found.unstarted;
  const warning = describeGit(found, frame, isCommitted);
  if (warning !== undefined) state.warnings.push(warning);
}

/** The counts for the report. */
export function toCommands({ commands, failedCommands, refused }: StreamState): TurnReport["commands"] {
  const counts = { count: commands, failed: failedCommands };
  return refused.count === 0 ? counts : { ...counts, refused: refused.count };
}
