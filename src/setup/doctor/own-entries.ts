// Picks the bridge's entries among those of Claude Code or Codex, also if their file is gone, and checks whether an entry's files exist.
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { isGoneBridge, isProbablyGoneBridge } from "../../agents/codex/program/bridge-program.ts";
import { isBridgeCommand, isMemoryCommand } from "../../agents/codex/program/child-mcp.ts";
import type { Registration } from "../../clients/claude-code/registrations.ts";

/** The paths and variables that an entry is resolved with. */
export interface EntryContext {
  readonly ownPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Directory in which the client is started. Relative paths of entries start there. */
  readonly cwd: string;
}

/** What is looked at in an entry. */
type NamedCommand = Pick<Registration, "name" | "command" | "args">;

/** Picks the entries that start a bridge, or would start one if their file existed. Keeps their order. */
export function pickBridges<Entry extends NamedCommand>(entries: readonly Entry[], context: EntryContext): Entry[] {
  return entries.filter((entry) => findRole(entry, context) === "bridge");
}

/** Picks those that start the shared memory alone, which offers none of the other tools. */
export function pickMemoryServers<Entry extends NamedCommand>(
  entries: readonly Entry[],
  context: EntryContext,
): Entry[] {
  return entries.filter((entry) => findRole(entry, context) === "memory");
}

function findRole(
  { name, command, args }: NamedCommand,
  { ownPath, cwd }: EntryContext,
): "bridge" | "memory" | undefined {
  const words = [command, ...args].map((word) => toAbsolute(word, cwd));
  const isGone = (word: string): boolean => isGoneBridge(word) || isProbablyGoneBridge(word, name);
  if (!isBridgeCommand(words, ownPath) && !words.some(isGone)) return undefined;
  const before = words[words.indexOf("memory-server") - 1];
  const isMemory = isMemoryCommand(words, ownPath) || (before !== undefined && isGone(before));
  return isMemory ? "memory" : "bridge";
}

// Only words that look like the path of a program: other arguments may contain a slash too.
function toAbsolute(word: string, cwd: string): string {
  return !isAbsolute(word) && (/\.js$/.test(word) || /^\.{1,2}\//.test(word)) ? resolve(cwd, word) : word;
}

/** Returns the entry's program or script that does not exist; undefined if both exist. A command without a path is looked up on PATH. */
export function findMissing(
  { command, args }: Pick<NamedCommand, "command" | "args">,
  { env, cwd }: Pick<EntryContext, "env" | "cwd">,
): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter);
  const isProgram = command.includes("/")
    ? existsSync(resolve(cwd, command))
    : folders.some((folder) => existsSync(join(folder, command)));
  if (!isProgram) return command;
  const script = args.find((word) => word.endsWith(".js") && !word.startsWith("-"));
  return script === undefined || existsSync(resolve(cwd, script)) ? undefined : script;
}
