// Runs git for the bridge's own snapshots: never with the configuration of the user or of the project, which can name programs to run.
import { runForBytes } from "../../process/run-bytes.ts";
import { GitError } from "./git-error.ts";

/** Where and how git runs. */
export interface GitScope {
  /** Absolute path of the program. */
  readonly file: string;
  /** Variables beside those that this file sets. */
  readonly env: Readonly<Record<string, string>>;
  /** The git folder, which is the bridge's own. */
  readonly gitDir: string;
  /** Top folder of the working tree. */
  readonly workTree: string;
  /** The index of this bridge. */
  readonly indexFile: string;
  /** Most time for a command, ms; absent means 20 s. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs a command of git and gives what it printed, at most `maxBytes`. `onWarning` gets what it said on stderr, if it said anything and ended well. Throws
 * GitError.
 */
export type RunGit = (
  args: readonly string[],
  input?: Buffer,
  maxBytes?: number,
  onWarning?: (said: string) => void,
) => Promise<Buffer>;

/** A command that takes longer is given up, unless its scope says otherwise: the turn waits for it. */
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 134_217_728;

/** Makes a runner. Each command is killed when the signal aborts. */
export function createGit(scope: GitScope, signal: AbortSignal): RunGit {
  const env = {
    ...scope.env,
    ...OWN_CONFIG,
    GIT_DIR: scope.gitDir,
    GIT_WORK_TREE: scope.workTree,
    GIT_INDEX_FILE: scope.indexFile,
  };
  const { file, workTree: cwd, timeoutMs } = scope;
  return (args, input, maxBytes, onWarning) =>
    runGit({ file, args, env, cwd, input, maxBytes, timeoutMs, onWarning }, signal);
}

/** Runs git once. Throws GitError. */
export async function runGit(
  command: {
    readonly file: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly input?: Buffer | undefined;
    readonly maxBytes?: number | undefined;
    readonly timeoutMs?: number | undefined;
    readonly onWarning?: ((said: string) => void) | undefined;
  },
  signal: AbortSignal,
): Promise<Buffer> {
  const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = command;
  const output = await runForBytes(command, { timeoutMs, maxBytes, signal });
  const said = output.stderr.trim();
  if (output.exitCode === 0) {
    if (said !== "") command.onWarning?.(said);
    return output.stdout;
  }
  const exit = output.exitCode === undefined ? undefined : `exit code ${output.exitCode}`;
  throw new GitError(findCommand(command.args), output.problem ?? (said === "" ? (exit ?? "no exit code") : said));
}

// Options of git itself come before it.
function findCommand(args: readonly string[]): string {
  const [first = "", , ...rest] = args;
  return first === "-c" ? findCommand(rest) : first;
}

/** A configuration names programs (`core.fsmonitor`, filters, hooks): the bridge runs outside the sandbox, so it must read none of a project. */
const OWN_CONFIG = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_NO_LAZY_FETCH: "1",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};
