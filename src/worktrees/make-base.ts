// Makes a worktree of the files that a proposal began with, to compare the two. Its record stays at `making` and its lock is held: so a later start of a
// bridge removes what a killed one left, and nobody else does.
import { join, relative } from "node:path";
import { takeGitSnapshot } from "../receipts/snapshots/git-snapshot.ts";
import { type Proposal, toLockKey } from "../state/proposal-files.ts";
import { makeFrom, type Source } from "./make-worktree.ts";
import { openOwn } from "./open-proposal.ts";
import type { Listener, Worktrees, WorktreesOptions } from "./worktrees.ts";

/** The files that a proposal began with, in a worktree of their own for a short time. Its lock is held. */
export interface BaseWorktree {
  /** The directory that is the proposal's `cwd`. */
  readonly cwd: string;
  readonly warnings: readonly string[];
  /** Removes everything of it. Throws what the file system throws; a later start of a bridge removes the rest. */
  remove(): Promise<void>;
}

/** Makes one, as `Worktrees.makeBase` says. */
export async function makeBase(
  options: WorktreesOptions & Pick<Worktrees, "forget">,
  proposal: Proposal,
  listener: Listener,
): Promise<BaseWorktree> {
  const { signal, report } = listener;
  report("Making a git worktree of the old state");
  const { top, worktree, cwd, baseTree } = proposal;
  const id = options.newId();
  const lock = options.locks.take(toLockKey(id));
  const release = (): void => {
    if (lock.kind === "taken") lock.release();
  };
  try {
    const source = async (): Promise<Source> => {
      const git = await openOwn(options, proposal, signal);
      // Files that are too large to be stored are copied as they are now.
      return { git, snapshot: { ...(await takeGitSnapshot(git.store, signal)), tree: baseTree } };
    };
    const request = { id, cwd: join(top, relative(worktree, cwd)), title: `old state of ${proposal.id}` };
    const { made, warnings } = await makeFrom(options, source, request, listener);
    const remove = async (): Promise<void> => {
      try {
        await options.forget(made);
      } finally {
        release();
      }
    };
    return { cwd: made.cwd, warnings, remove };
  } catch (error) {
    release();
    throw error;
  }
}
