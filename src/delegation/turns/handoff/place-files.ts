// Where the files of a hand-off are in a thread's directory. In a worktree of the bridge's own the caller may still mean the tree that it was made from:
// the next attempt, another agent and a job that goes on have the call as it was made.
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isInside } from "../../../domain/sandbox.ts";
import { findRealPath, resolveRealPath } from "../../../files/real-path.ts";
import type { HandoffFiles } from "../../requests.ts";
import type { ProposalFinder } from "../../threads/isolation.ts";

/** Files with the directory that `read` starts at, and with `write` relative to the thread's. */
export interface PlacedFiles extends HandoffFiles {
  readonly from: string;
}

/** Places files for a turn in a directory (a real path); once, since its worktree may come afterwards. Throws what the file system throws. */
export function placeFiles(files: HandoffFiles, cwd: string, worktrees: ProposalFinder | undefined): PlacedFiles {
  const { read, write, from, readsOrigin } = files;
  if (from !== undefined) return { ...files, from };
  const proposal = worktrees?.findByPath(cwd);
  const origin = proposal === undefined ? cwd : join(proposal.top, relative(proposal.worktree, cwd));
  const isOwn =
    read === undefined || (isAbsolute(read) ? isInside(toReal(read), proposal?.worktree ?? cwd) : isThere());
  return { ...files, from: isOwn ? cwd : origin, write: write && placeWritten(write, cwd, origin) };

  // What git ignores is not in the worktree.
  function isThere(): boolean {
    return readsOrigin !== true && findRealPath(resolve(cwd, read ?? "")) !== undefined;
  }
}

function placeWritten(write: string, cwd: string, origin: string): string {
  if (!isAbsolute(write) || write.endsWith("/")) return write;
  const path = toReal(write);
  return relative(isInside(path, cwd) ? cwd : origin, path);
}

// The file itself may be a link, which is judged by itself.
function toReal(path: string): string {
  return join(resolveRealPath(dirname(path)), basename(path));
}
