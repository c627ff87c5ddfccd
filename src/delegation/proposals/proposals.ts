// Proposals of isolated turns: finding one, landing it in the user's working tree, discarding it.
import type { Proposal } from "../../state/proposal-files.ts";
import type { KeptBranch } from "../../worktrees/branches.ts";
import type { Difference } from "../../worktrees/difference.ts";
import type { CallContext } from "../requests.ts";

/** A proposal whose difference is in the user's working tree now. */
export interface Landed {
  readonly proposal: Proposal;
  /** Absolute paths of the files that were written or removed. */
  readonly files: readonly string[];
  /** Of these, the files that had changed since the worktree was made, and were merged. */
  readonly merged: readonly string[];
  readonly diffStat: string;
  /** Receipt of the landing, by which codex-undo takes it back; undefined where none could be kept. */
  readonly receipt: string | undefined;
  /** What the proposal left out and its worktree has (paths relative to it, or words). It was kept for these, with its branch. */
  readonly leftOut: readonly string[];
  /** What git ignores by the user's own rules, and went with the worktree: paths relative to it. */
  readonly ignored: readonly string[];
  /** Why the branch is still there; undefined where it was removed. */
  readonly keptBranch: KeptBranch | "not-removed" | undefined;
  /** Ids of open proposals of other attempts at the same task. */
  readonly others: readonly string[];
  readonly warnings: readonly string[];
}

/** A proposal that was given up. */
export interface Discarded {
  readonly proposal: Proposal;
  /** As for one that was landed. */
  readonly ignored: Landed["ignored"];
  /** As for one that was landed. */
  readonly keptBranch: Landed["keptBranch"];
  readonly warnings: readonly string[];
}

/** What can be done with proposals. */
export interface Proposals {
  /** The open proposal with an id; without one the only open one of this project. Throws PROPOSAL_NOT_FOUND, which lists the open ones. */
  find(id: string | undefined): Proposal;
  /** The open ones of this project, newest first. */
  list(): readonly Proposal[];
  /** What it changes, against the files that it was made from. Throws PROPOSAL_NOT_FOUND. */
  compare(id: string | undefined, signal: AbortSignal): Promise<Difference>;
  /**
   * Applies its difference to the user's working tree, and removes the worktree with its branch, unless something would be lost with it. Never
   * commits, and never touches the index.
   * Throws PROPOSAL_NOT_FOUND; LAND_CONFLICT where a file cannot be merged, or where the worktree changed after the newest turn (which is committed then),
   * and nothing is changed; SESSION_BUSY while a turn runs there or another landing in the tree; SANDBOX_DENIED.
   */
  land(id: string | undefined, call: CallContext): Promise<Landed>;
  /**
   * Removes the worktree and its branch, also of a landed proposal whose worktree was kept. Throws PROPOSAL_NOT_FOUND, SESSION_BUSY, CANCELLED;
   * LAND_CONFLICT once where something would be lost that no call has named yet.
   */
  discard(id: string | undefined, call: CallContext): Promise<Discarded>;
}
