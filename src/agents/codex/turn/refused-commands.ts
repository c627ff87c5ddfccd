// Commands that the sandbox refused, and those of which the event stream says nothing. Codex drops the event of a command that fails at
// once with words such as "permission denied", whether its sandbox refused it or not; whether it does is a matter of milliseconds (0.169).
import type { CodexFrame } from "../codex-frame.ts";
import { looksUnstarted } from "../program/sandbox-probe.ts";
import type { StoredCommand } from "../rollouts/rollout-commands.ts";

/** What the rollout adds to the events. */
export interface RefusedCommands {
  /** Commands that the sandbox refused, judged by their output, oldest first. */
  readonly refused: readonly string[];
  /** Failed commands without an event, refused or not. */
  readonly silent: number;
  /** Those among them whose sandbox seems not to have started. */
  readonly unstarted: number;
  /** Output of the first of these; "" if there are none. */
  readonly reason: string;
  /** Git's folders that would have to be writable, if a command found one of them read-only. */
  readonly gitFolders: readonly string[];
}

/** Compares the rollout's commands with those of the events, in the form of `toComparable`. `listGit` gives git's folders for the thread's directory. */
export function findRefused(
  stored: readonly StoredCommand[],
  seen: readonly string[],
  listGit: () => readonly string[] = () => [],
): RefusedCommands {
  const left = [...seen];
  const failed = stored.filter(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  const isSilent = ({ command }: StoredCommand): boolean => {
    const words = toComparable(command);
    const at = left.findIndex((other) => other.endsWith(words));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  };
  // Each event accounts for one command, also for one that succeeded.
  const silent = new Set(stored.filter(isSilent));
  const unstarted = failed.filter((command) => silent.has(command) && looksUnstarted(command.output));
  const refused = failed.filter((command) => isRefused(command, silent.has(command)) || unstarted.includes(command));
  return {
    refused: refused.map(({ command }) => command),
    silent: failed.filter((command) => silent.has(command)).length,
    unstarted: unstarted.length,
    reason: unstarted[0]?.output.trim().split("\n", 1)[0] ?? "",
    gitFolders: findGitFolders(stored, listGit),
  };
}

// A refused write reports a read-only file system. "Permission denied" and the like are often a program's own words, so they count only
// if Codex took them for its sandbox's. The first pattern is that of a denied read.
function isRefused({ output, isDenied }: StoredCommand, isSilent: boolean): boolean {
  const words = output.slice(-OUTPUT_CHARACTERS);
  return isDenied || /read-only file system/i.test(words) || (isSilent && /operation not permitted/i.test(words));
}

/** The end of a command, without the characters with which shells quote. */
export function toComparable(command: string): string {
  return command
    .slice(-1_000)
    .replace(/["'\\\s]/g, "")
    .slice(-200);
}

/** The reason for a failure is at the end of the output. */
const OUTPUT_CHARACTERS = 20_000;

/** What to do where git could not write; undefined where it could, and in a sandbox that writes nothing anyway. */
export function describeGit(
  { gitFolders }: RefusedCommands,
  { sandbox, permissions }: CodexFrame,
  isCommitted = false,
): string | undefined {
  if (gitFolders.length === 0 || sandbox.mode !== "workspace-write") return undefined;
  const what = "Codex's sandbox keeps .git read-only, so git could not write.";
  if (isCommitted) return `${what} The bridge commits what the turn changed.`;
  const own = `${what} Commit the changes yourself.`;
  if (permissions?.name !== undefined) return own;
  const config = JSON.stringify({ sandbox_workspace_write: { writable_roots: gitFolders } });
  return `${own} If the user wants Codex to do it, start a thread with config ${config}: it may then change git's hooks too.`;
}

// Searched in all commands: a script may go on after git has failed.
function findGitFolders(stored: readonly StoredCommand[], listOwn: () => readonly string[]): readonly string[] {
  const lines = stored
    .flatMap(({ output }) => output.slice(-OUTPUT_CHARACTERS).split("\n"))
    .filter((line) => line.includes("Read-only file system"));
  if (lines.length === 0) return [];
  const own = listOwn();
  return own.some((folder) => lines.some((line) => line.includes(`${folder}/`))) ? own : [];
}
