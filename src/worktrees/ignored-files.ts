// Files of a worktree that git ignores. What the user's own rules ignore is what builds and tests leave: it goes with a worktree, as with
// `git worktree remove`. A turn chooses its own rules, and the marks that caches bear, so what these hide may be work that nobody was shown.
import { type BytePath, joinRecords, splitRecords, toReadablePath } from "../receipts/snapshots/byte-path.ts";
import { diffTrees } from "../receipts/snapshots/compare-git.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import type { RunGit } from "../receipts/snapshots/git-program.ts";
import { STAGING_PREFIX } from "../receipts/staging-prefix.ts";

/** Ignored paths; one that ends with `/` stands for a folder. */
export interface IgnoredFiles {
  /** Ignored by a rule of the tree that the proposal began with, in a file that is as it was there, or by the user's own excludes. */
  readonly ignored: readonly BytePath[];
  /** The others, also those of which nobody knows by which rule. */
  readonly hidden: readonly BytePath[];
}

/** Lists them by the worktree's rules as they are now. `base` is the tree before the first turn, `now` that of now. Throws GitError. */
export async function listIgnored(
  run: RunGit,
  { base, now }: { readonly base: string; readonly now: string },
  signal: AbortSignal,
): Promise<IgnoredFiles> {
  const paths = await list(run, ["--directory", "--no-empty-directory"]);
  if (paths.length === 0) return { ignored: [], hidden: [] };
  const changed = new Set((await diffTrees(run, base, now, false)).map(({ path }) => path));
  const tracked = splitRecords(await run(["ls-files", "-z", "--", ":(glob)**/.gitignore"]));
  const unchanged = new Set(tracked.filter((path) => !changed.has(path)));
  const isUsers = (source: BytePath): boolean => unchanged.has(source) || isExcludes(source);
  const sources = await findSources(run, paths, signal);
  const ignored = new Set<BytePath>();
  for (const path of paths) {
    const source = sources.get(path) ?? "";
    const known = source === "" ? await listSources(run, path, signal) : [source];
    if (known.length > 0 && known.every(isUsers)) ignored.add(path);
  }
  return { ignored: [...ignored], hidden: paths.filter((path) => !ignored.has(path)) };
}

// The user's rules for all repositories, or for this one: they lie outside the worktree, and git tells their absolute path.
const isExcludes = (source: BytePath): boolean => source.startsWith("/");

async function list(run: RunGit, options: readonly string[]): Promise<BytePath[]> {
  return splitRecords(await run(["ls-files", "-z", "-o", "-i", "--exclude-standard", ...options]));
}

// Snapshots exclude the bridge's own folders by name. A turn can choose such a name.
const isOwn = (pattern = ""): boolean => pattern.startsWith(`/${STAGING_PREFIX}`);

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
    return new Map(paths.map((path, at) => [path, isOwn(told[at * 4 + 2]) ? "" : (told[at * 4] ?? "")]));
  } catch (error) {
    // It exits with 1 where none is ignored by itself.
    if (signal.aborted || !(error instanceof GitError)) throw error;
    return new Map<BytePath, string>();
  }
}
