// Linked work trees of git: which repository they belong to.
import { lstatSync } from "node:fs";
import { join, resolve } from "node:path";
import { findRealPath } from "./real-path.ts";
import { readSmallTextIfAny } from "./small-file.ts";

/**
 * Root of the main work tree that the linked one at `folder` belongs to; undefined where `folder` is no linked work tree.
 * The file `.git` of a linked work tree names a folder of the main `.git`, which must point back: a sandboxed turn can write the first
 * file anywhere, but no sandbox from 0.120 on lets it write the second one.
 */
export function findMainRoot(folder: string): string | undefined {
  const git = join(folder, ".git");
  if (lstatSync(git, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const target = /^gitdir: (.+)/.exec(readSmallTextIfAny(git) ?? "")?.[1]?.trim();
  const own = target === undefined ? undefined : findRealPath(resolve(folder, target));
  const main = own === undefined ? undefined : /^(.*)\/\.git\/worktrees\/[^/]+$/.exec(own)?.[1];
  if (own === undefined || main === undefined) return undefined;
  const back = readSmallTextIfAny(join(own, "gitdir"))?.trim() ?? "";
  return back !== "" && findRealPath(resolve(own, back)) === git ? main : undefined;
}
