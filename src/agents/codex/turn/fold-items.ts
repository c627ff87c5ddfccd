// Takes the items of a turn into what is known of it, whichever way Codex tells of them.
import type { CommandAction, FileChange, TurnItem } from "../../../domain/turn-events.ts";
import { looksUnstarted } from "../program/sandbox-probe.ts";
import { toPlainCommand } from "./plain-command.ts";
import { toComparable } from "./refused-commands.ts";
import type { StreamState } from "./stream-state.ts";

/** How many messages are kept. A turn can comment on its work hundreds of times. */
const MAX_MESSAGES = 50;

/** Takes a whole message of the agent. `phase` is Codex's word, undefined if there is none. */
export function foldMessage(state: StreamState, words: string, phase?: string | undefined): TurnItem {
  // Some CLIs drop the end of a command if the model answers at once. A message therefore closes all items.
  state.openItems.clear();
  state.content = words;
  state.messages.push({ text: words, phase, isAfterWork: state.hasWorked });
  state.hasWorked = false;
  if (state.messages.length > MAX_MESSAGES) state.messages.shift();
  state.isMessageLast = true;
  return toMessageItem(words, phase);
}

/** A message as an item; undefined phases stay so. */
export function toMessageItem(words: string, phase: string | undefined): TurnItem {
  if (phase === "commentary") return { type: "message", text: words, phase: "commentary" };
  if (phase === "final_answer") return { type: "message", text: words, phase: "final" };
  return { type: "message", text: words };
}

/** A command as Codex tells of it. */
export interface ToldCommand {
  readonly id: string;
  /** With the shell that runs it. */
  readonly command: string;
  /** `failed` or `declined`, if so. */
  readonly status: unknown;
  readonly output: string;
  readonly exitCode: number | undefined;
  readonly actions?: readonly CommandAction[] | undefined;
  readonly durationMs?: number | undefined;
}

/** Takes a command. `isDone` says that it has ended. */
export function foldCommand(state: StreamState, told: ToldCommand, isDone: boolean): TurnItem {
  const { id, status, exitCode, actions, durationMs } = told;
  const command = toPlainCommand(told.command);
  state.seenCommands.set(id, toComparable(told.command));
  const known = { type: "command", command, ...(actions === undefined ? {} : { actions }) } as const;
  if (!isDone) return known;
  const hasFailed = status === "failed" || status === "declined";
  state.commands += 1;
  state.isMessageLast = false;
  if (hasFailed) state.failedCommands += 1;
  if (status === "failed" && looksUnstarted(told.output)) state.unstartedCommands += 1;
  return { ...known, exitCode, hasFailed, ...(durationMs === undefined ? {} : { durationMs }) };
}

/** Takes changes of files. `status` is Codex's word. */
export function foldChanges(
  state: StreamState,
  changes: readonly FileChange[],
  status: unknown,
  isDone: boolean,
): TurnItem {
  if (!isDone) return { type: "file_change", changes };
  state.isMessageLast = false;
  if (status === "completed") for (const change of changes) state.changes.set(change.path, change);
  const hasFailed = status === "failed" || status === "declined";
  if (hasFailed) {
    state.failedChanges += 1;
    const what = status === "declined" ? "was not allowed to" : "could not";
    state.warnings.push(`Codex ${what} change ${changes.map(({ path }) => path).join(", ")}.`);
  }
  return { type: "file_change", changes, hasFailed };
}
