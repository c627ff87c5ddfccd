// Commands of which the event stream says nothing, since the sandbox refused them at once or did not start for them.
import { cutText } from "../../domain/cut-text.ts";
import type { Redact } from "../../domain/redact.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { StoredCommand } from "../codex/rollout-commands.ts";
import { looksUnstarted } from "../codex/sandbox-probe.ts";

/** What the rollout adds to the events. */
export interface RefusedCommands {
  /** Commands without an event that failed, oldest first. */
  readonly refused: readonly string[];
  /** Those among them for which the sandbox seems not to have started. */
  readonly unstarted: number;
  /** What the first of these was told; "" where there is none. */
  readonly reason: string;
  /** Folders of git's that a command found read-only: what would have to be writable. */
  readonly gitFolders: readonly string[];
}

/** Compares what the rollout has with the commands that events told of, in the words of `toComparable`. */
export function findRefused(stored: readonly StoredCommand[], seen: readonly string[]): RefusedCommands {
  const left = [...seen];
  const silent = stored.filter(({ command }) => {
    const words = toComparable(command);
    const at = left.findIndex((other) => other.endsWith(words));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  const refused = silent.filter(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  const unstarted = refused.filter(({ output }) => looksUnstarted(output));
  return {
    refused: refused.map(({ command }) => command),
    unstarted: unstarted.length,
    reason: unstarted[0]?.output.trim().split("\n", 1)[0] ?? "",
    gitFolders: findGitFolders(stored),
  };
}

/** A command without what shells quote it with, its end only. */
export function toComparable(command: string): string {
  return command
    .slice(-1_000)
    .replace(/["'\\\s]/g, "")
    .slice(-200);
}

const MOST_NAMED = 3;
const COMMAND_CHARACTERS = 80;

/** What to tell of refused commands; undefined where there are none. */
export function describeRefused({ refused }: RefusedCommands, redact: Redact): string | undefined {
  if (refused.length === 0) return undefined;
  const named = refused
    .slice(0, MOST_NAMED)
    .map((command) => cutText(redact(command.slice(0, 10 * COMMAND_CHARACTERS)), COMMAND_CHARACTERS))
    .map((command) => command.replace(/\s+/g, " "));
  const more = refused.length > named.length ? ` and ${refused.length - named.length} more` : "";
  return `${refused.length} refused by the sandbox: ${named.join("; ")}${more}`;
}

/** What to do where git could not write; undefined where it could, and in a sandbox that writes nothing anyway. */
export function describeGit(
  { gitFolders }: RefusedCommands,
  { sandbox, permissions }: ThreadFrame,
): string | undefined {
  if (gitFolders.length === 0 || sandbox.mode !== "workspace-write") return undefined;
  const what = "Codex's sandbox keeps .git read-only, so git could not write. Commit the changes yourself.";
  if (permissions?.name !== undefined) return what;
  const config = JSON.stringify({ sandbox_workspace_write: { writable_roots: gitFolders } });
  return `${what} If the user wants Codex to do it, start a thread with config ${config}: it may then change git's hooks too.`;
}

// A linked work tree has a folder of its own in the main `.git`, and both have to be writable (0.169; for 0.150 the main one is enough).
function findGitFolders(stored: readonly StoredCommand[]): string[] {
  const found = stored.flatMap(({ output }) => [
    ...output
      .slice(0, 20_000)
      .matchAll(/(\/[^\n':]*?\/\.git)(\/worktrees\/[^\n/':]+)?\/[^\n':]*'?: Read-only file system/g),
  ]);
  return [...new Set(found.flatMap(([, main = "", own]) => (own === undefined ? [main] : [main, `${main}${own}`])))];
}
