// Files of a worktree that git ignores. Those of the user's own rules are what builds and tests leave, and go with a worktree, as with
// `git worktree remove`. A rule that came with a turn may hide work that nobody was shown.
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { look } from "../receipts/file-state.ts";
import {
  type BytePath,
  joinRecords,
  splitRecords,
  toFilePath,
  toReadablePath,
} from "../receipts/snapshots/byte-path.ts";
import { diffTrees } from "../receipts/snapshots/compare-git.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import type { RunGit } from "../receipts/snapshots/git-program.ts";

/** Ignored paths; one that ends with `/` stands for a folder. */
export interface IgnoredFiles {
  /** Ignored by a rule that was there before the turns, or by that of a cache. */
  readonly output: readonly BytePath[];
  /** The others, also those of which nobody knows by which rule. */
  readonly hidden: readonly BytePath[];
}

/** What tells the rules that were there before the turns from the others. */
export interface RulesBefore {
  /** Top folder of the worktree. */
  readonly top: string;
  /** Tree before the first turn, and of now. */
  readonly base: string;
  readonly now: string;
  /** When the first turn began, epoch ms by the clock of the file system. */
  readonly since: number;
}

/** Lists them by the worktree's rules as they are now. Throws GitError. */
export async function listIgnored(run: RunGit, before: RulesBefore, signal: AbortSignal): Promise<IgnoredFiles> {
  const paths = await list(run, ["--directory", "--no-empty-directory"]);
  const differing = paths.length === 0 ? [] : await diffTrees(run, before.base, before.now, false);
  const changed = new Set(differing.map(({ path }) => path));
  const tracked = paths.length === 0 ? [] : splitRecords(await run(["ls-files", "-z", "--", ":(glob)**/.gitignore"]));
  const unchanged = new Set(tracked.filter((path) => !changed.has(path)));
  const isOld = (source: BytePath): boolean =>
    unchanged.has(source) || (!changed.has(source) && wasThere(before, source));
  const sources = await findSources(run, paths, signal);
  const output = new Set<BytePath>();
  for (const path of paths) {
    const source = sources.get(path) ?? "";
    const known = source === "" ? await listSources(run, path, signal) : [source];
    if (known.length > 0 && known.every(isOld)) output.add(path);
  }
  return { output: [...output], hidden: paths.filter((path) => !output.has(path)) };
}

async function list(run: RunGit, options: readonly string[]): Promise<BytePath[]> {
  return splitRecords(await run(["ls-files", "-z", "-o", "-i", "--exclude-standard", ...options]));
}

// A file of rules that ignores itself is in no tree: `*` in a folder's own `.gitignore`, as caches have it.
function wasThere({ top, since }: RulesBefore, source: BytePath): boolean {
  // The user's rules for all repositories, or for this one, are no part of it.
  if (!/(?:^|\/)\.gitignore$/.test(source) || source.startsWith("/")) return true;
  const stat = look(toFilePath(top, source));
  return (stat !== undefined && stat.ctimeMs < since) || isCache(join(top, toReadablePath(source), ".."));
}

/** What a program writes into a folder of which it can make everything again (bford.info/cachedir): pytest, mypy, ruff, uv and cargo do. */
const CACHE_MARK = "Signature: 8a477f597d28d172789f06886806bc55";

const isCache = (folder: string): boolean =>
  readSmallTextIfAny(join(folder, "CACHEDIR.TAG"))?.startsWith(CACHE_MARK) === true;

// A folder of which each file is ignored by itself: the files of their rules; none where one is not known.
async function listSources(run: RunGit, folder: BytePath, signal: AbortSignal): Promise<BytePath[]> {
  const files = await list(run, ["--", `:(literal)${toReadablePath(folder)}`]);
  const sources = await findSources(run, files, signal);
  const known = files.map((file) => sources.get(file) ?? "");
  return known.includes("") ? [] : [...new Set(known)];
}

// The file whose rule each path is ignored by; empty for a folder that is ignored only by what is in it.
async function findSources(run: RunGit, paths: readonly BytePath[], signal: AbortSignal) {
  if (paths.length === 0) return new Map<BytePath, string>();
  const args = ["check-ignore", "-z", "-v", "-n", "--no-index", "--stdin"];
  try {
    // Records: source, line, pattern, path.
    const told = splitRecords(await run(args, joinRecords(paths)));
    return new Map(paths.map((path, at) => [path, told[at * 4] ?? ""]));
  } catch (error) {
    // It exits with 1 where none is ignored by itself.
    if (signal.aborted || !(error instanceof GitError)) throw error;
    return new Map<BytePath, string>();
  }
}
