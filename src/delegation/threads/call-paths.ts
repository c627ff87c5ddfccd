// Where the paths of a call are for a thread in a worktree of the bridge's own. The caller may still mean the tree that it was made from: a reply, the
// next attempt, another agent and a job that goes on have paths as the first call had them.
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isInside } from "../../domain/sandbox.ts";
import { findRealPath, resolveRealPath } from "../../files/real-path.ts";
import type { Proposal } from "../../state/proposal-files.ts";

/** The worktree that a directory lies in, and the tree that it was made from; undefined where it lies in none. */
export type WorktreePlace = Pick<Proposal, "top" | "worktree"> | undefined;

/**
 * Directory that a path belongs to: the thread's `cwd` (a real path) for an absolute one into its worktree, otherwise the same directory of the tree that
 * the worktree was made from. Without a worktree it is `cwd`.
 */
export function findBase(path: string, cwd: string, place: WorktreePlace): string {
  if (place === undefined) return cwd;
  const isThere = isAbsolute(path) && isInside(toNamedPath(path), place.worktree);
  return isThere ? cwd : join(place.top, relative(place.worktree, cwd));
}

/**
 * The same for a file or folder that is read: a relative path starts in the worktree if it leads to something there, unless `readsOrigin`. What git ignores
 * is not there.
 */
export function findReadBase(path: string, cwd: string, place: WorktreePlace, readsOrigin = false): string {
  if (place === undefined || isAbsolute(path) || readsOrigin) return findBase(path, cwd, place);
  const there = resolve(cwd, path);
  const isThere = isInside(there, place.worktree) && findRealPath(there) !== undefined;
  return isThere ? cwd : findBase(path, cwd, place);
}

/** An absolute path whose folder has no links. The file itself may be one, which is judged by itself. */
export function toNamedPath(path: string): string {
  return join(resolveRealPath(dirname(path)), basename(path));
}
