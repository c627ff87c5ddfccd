// Files of a worktree that git ignores. Those of the user's own rules are what builds and tests leave, and go with a worktree, as with
// `git worktree remove`. A rule that the proposal itself brings may hide work that nobody was shown.
import { type BytePath, joinRecords, splitRecords } from "../receipts/snapshots/byte-path.ts";
import { diffTrees } from "../receipts/snapshots/compare-git.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import type { RunGit } from "../receipts/snapshots/git-program.ts";

/** Ignored paths; one that ends with `/` stands for a folder. */
export interface IgnoredFiles {
  /** Ignored by a rule that was there before the turns. */
  readonly output: readonly BytePath[];
  /** The others, also those of which nobody knows by which rule. */
  readonly hidden: readonly BytePath[];
}

/** Lists them by the worktree's rules as they are now. Throws GitError. */
export async function listIgnored(
  run: RunGit,
  trees: { readonly base: string; readonly now: string },
  signal: AbortSignal,
): Promise<IgnoredFiles> {
  const listed = await run(["ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory", "--no-empty-directory"]);
  const paths = splitRecords(listed);
  const differing = paths.length === 0 ? [] : await diffTrees(run, trees.base, trees.now, false);
  const changed = new Set(differing.map(({ path }) => path).filter((path) => /(?:^|\/)\.gitignore$/.test(path)));
  if (changed.size === 0) return { output: paths, hidden: [] };
  const sources = await findSources(run, paths, signal);
  const isOutput = (path: BytePath): boolean => {
    const source = sources.get(path) ?? "";
    return source !== "" && !changed.has(source);
  };
  return { output: paths.filter(isOutput), hidden: paths.filter((path) => !isOutput(path)) };
}

// The file whose rule each path is ignored by; empty for a folder that is ignored only by what is in it.
async function findSources(run: RunGit, paths: readonly BytePath[], signal: AbortSignal) {
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
