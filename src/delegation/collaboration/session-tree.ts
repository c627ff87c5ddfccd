// The working tree that a plan was made for, and what has changed in it since.
import { join, relative } from "node:path";
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import type { MemoryEntry } from "../../memory/memory-store.ts";
import type { TreeState } from "../checkpoints/read-tree.ts";

const MOST_FILES = 100;
const MOST_PATH = 1_000;

/** Tags by which a plan remembers the working tree that it was made for: what is different later was done for it. */
export function toTreeTags(tree: TreeState): string[] {
  if (!("git" in tree)) return [];
  const { tree: id, before, head } = tree.git;
  return [
    `tree:${id}`,
    ...(before === undefined ? [] : [`before:${before}`]),
    ...(head === undefined ? [] : [`head:${head}`]),
  ];
}

/** The tree of these tags; undefined where there are none. */
export function readTreeTags({ tags }: Pick<MemoryEntry, "tags">): Checkpoint["git"] {
  const read = (name: string): string | undefined =>
    tags.find((tag) => tag.startsWith(`${name}:`))?.slice(name.length + 1);
  const tree = read("tree");
  return tree === undefined ? undefined : { tree, before: read("before"), head: read("head") };
}

/** The changed files relative to a project, for an entry. git names them from the top of the repository, and the bridge may work in a folder of it. */
export function listChangedFiles(tree: TreeState, project: string): string[] {
  if (!("git" in tree)) return [];
  const [from, top] = [resolveRealPath(project), resolveRealPath(tree.top)];
  const files = tree.changes.map(({ path }) => relative(from, join(top, path)));
  return files.filter(isStorable).slice(0, MOST_FILES);
}

// A file may have a name that no entry takes.
function isStorable(path: string): boolean {
  return path !== "" && path.trim() === path && path.length <= MOST_PATH && !/[\p{C}\p{Zl}\p{Zp}]/u.test(path);
}

/** Sentences about what could not be told of the tree. */
export function describeTree(tree: TreeState): string[] {
  if (!("git" in tree)) return [tree.reason];
  return tree.isSince
    ? []
    : ["The state of the code at the time of the plan is gone, so the changed files are those that are not committed."];
}
