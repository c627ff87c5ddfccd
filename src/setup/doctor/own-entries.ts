// Which of Claude Code's entries are the bridge, those whose file is gone among them, and whether an entry's files are there.
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { isGoneBridge, isProbablyGoneBridge } from "../../agents/codex/program/bridge-program.ts";
import { isBridgeCommand } from "../../agents/codex/program/child-mcp.ts";
import type { Registration } from "../../clients/claude-code/registrations.ts";

/** What an entry is judged by. */
export interface EntryPlaces {
  readonly ownPath: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where claude is started: relative paths of entries begin there. */
  readonly cwd: string;
}

/** The entries that start a bridge, or would if their file were there, in the order in which Claude Code reads its files. */
export function pickBridges(entries: readonly Registration[], { ownPath, cwd }: EntryPlaces): Registration[] {
  return entries.filter((entry) => {
    const words = [entry.command, ...entry.args].map((word) => toAbsolute(word, cwd));
    return (
      isBridgeCommand(words, ownPath) ||
      words.some((word) => isGoneBridge(word) || isProbablyGoneBridge(word, entry.name))
    );
  });
}

// Only words that look like a path to a program: an argument may hold a slash too.
function toAbsolute(word: string, cwd: string): string {
  return !isAbsolute(word) && (/\.js$/.test(word) || /^\.{1,2}\//.test(word)) ? resolve(cwd, word) : word;
}

/** The program or script of an entry that is not there; undefined where all is. A command without a path is looked up on PATH. */
export function findMissing({ command, args }: Registration, { env, cwd }: EntryPlaces): string | undefined {
  const folders = (env["PATH"] ?? "").split(delimiter);
  const isProgram = command.includes("/")
    ? existsSync(resolve(cwd, command))
    : folders.some((folder) => existsSync(join(folder, command)));
  if (!isProgram) return command;
  const script = args.find((word) => word.endsWith(".js") && !word.startsWith("-"));
  return script === undefined || existsSync(resolve(cwd, script)) ? undefined : script;
}
