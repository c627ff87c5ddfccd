// Where the files of a hand-off are in a thread's directory. In a worktree of the bridge's own the caller may still mean the tree that it was made from.
import { isAbsolute, relative } from "node:path";
import type { HandoffFiles } from "../../requests.ts";
import { findBase, findReadBase, toNamedPath, type WorktreePlace } from "../../threads/call-paths.ts";
import type { ProposalFinder } from "../../threads/isolation.ts";

/** Files with the directory that `read` starts at, and with `write` relative to the thread's. */
export interface PlacedFiles extends HandoffFiles {
  readonly from: string;
}

/** How they are placed. */
export interface FilePlacing {
  readonly worktrees: Pick<ProposalFinder, "findByPath"> | undefined;
  /** As in TurnOptions. */
  readonly readsOrigin?: boolean | undefined;
}

/** Places files for a turn in a directory (a real path); once, since its worktree may come afterwards. Throws what the file system throws. */
export function placeFiles(files: HandoffFiles, cwd: string, { worktrees, readsOrigin }: FilePlacing): PlacedFiles {
  const { read, write, from } = files;
  if (from !== undefined) return { ...files, from };
  const place = worktrees?.findByPath(cwd);
  return {
    ...files,
    from: read === undefined ? cwd : findReadBase(read, cwd, place, readsOrigin),
    write: write && placeWritten(write, cwd, place),
  };
}

function placeWritten(write: string, cwd: string, place: WorktreePlace): string {
  if (!isAbsolute(write) || write.endsWith("/")) return write;
  return relative(findBase(write, cwd, place), toNamedPath(write));
}
