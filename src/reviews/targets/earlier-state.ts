// The state of an earlier review, where only what changed since needs to be read.
import { diffTrees } from "../../receipts/snapshots/compare-git.ts";
import type { ReviewState } from "../target.ts";
import type { GitView } from "./git-view.ts";

/** The tree of that state; undefined where all is read. */
export interface EarlierState {
  readonly tree: string | undefined;
  readonly notes: readonly string[];
}

interface ComparedTrees {
  readonly before: string;
  readonly after: string;
}

const GONE = "The state of the earlier review is gone, so all of the target is reviewed.";
const MOVED = "The target is compared with another commit than in the earlier review, so all of it is reviewed.";

/** Finds it. Throws GitError. */
export async function findEarlier(
  view: GitView,
  since: ReviewState | undefined,
  trees: ComparedTrees,
): Promise<EarlierState> {
  if (since === undefined) return { tree: undefined, notes: [] };
  if (since.kind !== "tree" || !(await hasTree(view, since.tree))) return { tree: undefined, notes: [GONE] };
  const isMoved = await hasUnread(view, since, trees);
  return isMoved ? { tree: undefined, notes: [MOVED] } : { tree: since.tree, notes: [] };
}

// The commit that a target is compared with may be another now. Then a file of the target was read only if it is there as it was before the earlier
// review, or as that review read it.
async function hasUnread(
  view: GitView,
  { tree, before }: Extract<ReviewState, { readonly kind: "tree" }>,
  now: ComparedTrees,
): Promise<boolean> {
  if (before === now.before || tree === now.before) return false;
  if (before === undefined || !(await hasTree(view, before))) return true;
  const target = await listPaths(view, now.before, now.after);
  const moved = new Set(await listPaths(view, before, now.before));
  const unlike = new Set(await listPaths(view, tree, now.before));
  return target.some((path) => moved.has(path) && unlike.has(path));
}

async function listPaths({ git }: GitView, before: string, after: string): Promise<string[]> {
  if (before === after) return [];
  const files = await diffTrees(git, before, after);
  return files.flatMap(({ path, from }) => (from === undefined ? [String(path)] : [String(path), String(from)]));
}

async function hasTree({ git }: GitView, tree: string): Promise<boolean> {
  if (!/^[0-9a-f]{40,64}$/.test(tree)) return false;
  return git(["cat-file", "-e", `${tree}^{tree}`]).then(
    () => true,
    () => false,
  );
}
