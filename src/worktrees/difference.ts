// What a proposal changes: the files, and the beginning of the diff.
import { describeDiffStat } from "../receipts/diff-stat.ts";
import { toReadablePath } from "../receipts/snapshots/byte-path.ts";
import { type ComparedFile, diffTrees } from "../receipts/snapshots/compare-git.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import type { Proposal } from "../state/proposal-files.ts";
import type { TreeGit } from "./tree-git.ts";

/** A file that a proposal changes. */
export interface ProposedFile extends Pick<ComparedFile, "kind" | "added" | "deleted"> {
  /** Relative to the top of the repository. */
  readonly path: string;
  readonly from: string | undefined;
}

/** What a proposal changes. */
export interface Difference {
  readonly files: readonly ProposedFile[];
  readonly diffStat: string;
}

/** The difference from the proposal's base to a tree. Throws GitError. */
export async function findDifference(
  git: TreeGit,
  { baseTree, tree }: Pick<Proposal, "baseTree" | "tree">,
  signal: AbortSignal,
): Promise<Difference> {
  const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
  const files = baseTree === tree ? [] : await diffTrees(run, baseTree, tree);
  return {
    files: files.map(({ path, from, kind, added, deleted }) => ({
      ...{ kind, added, deleted, path: toReadablePath(path) },
      from: from === undefined ? undefined : toReadablePath(from),
    })),
    diffStat: describeDiffStat(files),
  };
}

/** The diff, up to `most` characters; cut at the end of a line, with a last line that says so. */
export async function readDiff(
  git: TreeGit,
  { baseTree, tree }: Pick<Proposal, "baseTree" | "tree">,
  most: number,
  signal: AbortSignal,
): Promise<string> {
  if (baseTree === tree) return "";
  const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
  const options = ["-r", "-p", "-M", "-l1000", "--no-color", "--no-ext-diff", "--no-textconv"];
  try {
    return cutDiff((await run(["diff-tree", ...options, baseTree, tree])).toString("utf8"), most);
  } catch (error) {
    if (signal.aborted || !(error instanceof GitError)) throw error;
    return "[… too large to be shown …]";
  }
}

function cutDiff(diff: string, most: number): string {
  if (diff.length <= most) return diff.toWellFormed();
  const head = diff.slice(0, most).toWellFormed();
  const end = head.lastIndexOf("\n");
  return `${end > 0 ? head.slice(0, end) : head}\n[… the rest of the diff is left out …]`;
}
