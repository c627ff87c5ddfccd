// Worktrees of the bridge's own for turns that must not touch the user's files: made, committed to, compared and removed. What is proposed there is
// landed by delegation/proposals.
import { lstatSync } from "node:fs";
import { relative } from "node:path";
import { sayThrown } from "../domain/printable.ts";
import { isInside } from "../domain/sandbox.ts";
import { type BytePath, toReadablePath } from "../receipts/snapshots/byte-path.ts";
import type { LockFiles } from "../state/lock-files.ts";
import { PROPOSAL_ID, type Proposal, type ProposalFiles } from "../state/proposal-files.ts";
import { commitInPlace, type PlaceCommit, type PlaceRequest } from "./commit-in-place.ts";
import { commitTree, readTreeNow, type TreeNow, toMessage } from "./commit-worktree.ts";
import { type Difference, findDifference, readDiff } from "./difference.ts";
import { findIdentity } from "./identity.ts";
import { findLeftOut, findLeftOutOfEntry, type LeftOut, toUnknown } from "./left-out.ts";
import { type BaseWorktree, makeBase } from "./make-base.ts";
import { makeWorktree } from "./make-worktree.ts";
import { openOwn, type ProposalPlace } from "./open-proposal.ts";
import { createQueues } from "./queues.ts";
import { type Removal, removeWorktree } from "./remove-worktree.ts";
import type { SetUpOptions } from "./set-up.ts";
import { openTreeGit, type TreeGit, type TreeGitOptions } from "./tree-git.ts";
import { removeFolders } from "./worktree-folder.ts";

/** Options. */
export interface WorktreesOptions extends TreeGitOptions {
  /** Where worktrees lie: an absolute path without links. */
  readonly folder: string;
  readonly files: ProposalFiles;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take">;
  readonly newId: () => string;
  /** Directory of the bridge. */
  readonly project: string;
  /** The user's own command for a new worktree. */
  readonly setUp: SetUpOptions | undefined;
}

/** A worktree that is asked for. */
export interface WorktreeRequest {
  /** Directory of the user's that the turn would work in, as a real path. */
  readonly cwd: string;
  /** First words of the prompt, without secrets. */
  readonly title: string;
  /** What the attempts at one task have in common. */
  readonly attemptSet?: string | undefined;
}

/** What the making can be stopped by, and told to. */
export interface Listener {
  readonly signal: AbortSignal;
  readonly report: (message: string) => void;
}

/** A worktree that is ready for a turn. */
export interface MadeWorktree {
  readonly proposal: Proposal;
  readonly warnings: readonly string[];
}

/** A proposal after a turn. */
export interface CommittedWorktree extends Difference {
  /** With its new tree and commit, stored. */
  readonly proposal: Proposal;
  /** Whether anything differs from what was committed before. */
  readonly hasChanged: boolean;
  /** Paths of files that are too large to be part of it. */
  readonly unstored: readonly string[];
  /** Git repositories that were made in it, which are no part of it either. */
  readonly nested: readonly string[];
  /** Folders that cannot be read. */
  readonly unread: readonly string[];
}

/** Worktrees. */
export interface Worktrees {
  /** Where they lie. */
  readonly folder: string;
  /**
   * Makes one with the files of the user's working tree as they are now: tracked or not, committed or not, without those that git ignores. Its proposal is
   * on record from the beginning. Throws NOT_A_GIT_REPO, INVALID_ARGUMENT, ISOLATION_FAILED, CONFIG_INVALID (the setup command) or CANCELLED; nothing of it
   * is left then.
   */
  make(request: WorktreeRequest, listener: Listener): Promise<MadeWorktree>;
  /**
   * Makes a worktree of the files that an open proposal began with, with the same setup command. The caller removes it; where the bridge is killed first,
   * the next start does. Throws as `make` and `open` do.
   */
  makeBase(proposal: Proposal, listener: Listener): Promise<BaseWorktree>;
  /** The proposal whose worktree contains a path, in whatever state it is. Costs nothing for a path elsewhere. Throws what the file system throws. */
  findByPath(path: string): Proposal | undefined;
  /** Commits what has changed in it since the last time. Throws GitError, and what the file system throws. */
  commit(proposal: Proposal, threadId: string | undefined, signal: AbortSignal): Promise<CommittedWorktree>;
  /** Commits as `commit` does, if it is open, then tells what would be lost with the worktree. Throws only when the signal aborts. */
  findLeftOut(proposal: Proposal, signal: AbortSignal): Promise<LeftOut>;
  /** What a proposal changes. Needs its branch or the bridge's store, not its folder. Throws GitError, and what the file system throws. */
  compare(proposal: Proposal, signal: AbortSignal): Promise<Difference>;
  /** The beginning of its diff, up to `most` characters. Throws GitError, and what the file system throws. */
  readDiff(proposal: Proposal, most: number, signal: AbortSignal): Promise<string>;
  /** Stores a change of its record. Throws what the file system throws. */
  update(proposal: Proposal): void;
  /**
   * Removes the folder, and the branch too unless it has commits of somebody else, is checked out, or its repository cannot be opened; says why the
   * branch was kept. The record stays.
   * Throws GitError, and what the file system throws.
   */
  remove(proposal: Proposal, signal: AbortSignal): Promise<Removal>;
  /** Removes the folder alone. Throws what the file system throws. */
  removeFolder(proposal: Proposal): Promise<void>;
  /** Removes everything of a proposal in which nothing is, its record too. Throws what the file system throws. */
  forget(proposal: Proposal): Promise<void>;
  /** Commits files to the branch that the user has checked out. Throws as `make` does, GitError, and what the file system throws. */
  commitInPlace(directory: string, request: PlaceRequest, signal: AbortSignal): Promise<PlaceCommit>;
  /** Git on the repository of a proposal, with the store that has its trees. Throws as `make` does, and PROPOSAL_NOT_FOUND for another repository. */
  open(proposal: ProposalPlace, signal: AbortSignal): Promise<TreeGit>;
}

/** Makes it. */
export function createWorktrees(options: WorktreesOptions): Worktrees {
  const { folder, files } = options;
  const open: Worktrees["open"] = (proposal, signal) => openOwn(options, proposal, signal);
  const inTurn = createQueues();

  const remove: Worktrees["remove"] = (proposal, signal) => removeWorktree(options, proposal, signal);
  const forget: Worktrees["forget"] = async (proposal) => {
    const { keptBranch } = await remove(proposal, new AbortController().signal);
    if (keptBranch === undefined) files.remove(proposal);
  };

  return {
    folder,
    open,
    forget,
    makeBase: (proposal, listener) => inTurn(proposal.top, () => makeBase({ ...options, forget }, proposal, listener)),
    make: (request, listener) => inTurn(request.cwd, () => makeWorktree(options, request, listener)),
    findByPath: (path) => findByPath(options, path),
    commit: (proposal, threadId, signal) =>
      inTurn(proposal.id, async () => commitNow(await open(proposal, signal), options, { proposal, threadId }, signal)),
    findLeftOut: (proposal, signal) => inTurn(proposal.id, () => findLeftOutNow(options, proposal, signal)),
    commitInPlace: async (directory, request, signal) =>
      inTurn(directory, async () =>
        commitInPlace(await openTreeGit(options, directory, signal, "`commit`"), request, signal),
      ),
    compare: async (proposal, signal) => findDifference(await open(proposal, signal), proposal, signal),
    readDiff: async (proposal, most, signal) => readDiff(await open(proposal, signal), proposal, most, signal),
    update: (proposal) => files.write({ ...proposal, updatedAt: options.clock() }),
    remove,
    removeFolder: (proposal) => removeFolders(folder, proposal),
  };
}

function findByPath({ folder, files }: WorktreesOptions, path: string): Proposal | undefined {
  if (!isInside(path, folder)) return undefined;
  const [id = ""] = relative(folder, path).split("/");
  if (!PROPOSAL_ID.test(id)) return undefined;
  const stored = files.find(undefined, id);
  return stored.kind === "record" && isInside(path, stored.value.worktree) ? stored.value : undefined;
}

async function commitNow(
  git: TreeGit,
  options: WorktreesOptions,
  { proposal, threadId = proposal.threadId }: { readonly proposal: Proposal; readonly threadId: string | undefined },
  signal: AbortSignal,
): Promise<CommittedWorktree & { readonly now: TreeNow }> {
  const now = await readTreeNow(git, proposal, signal);
  const { tree } = now;
  const hasChanged = tree !== proposal.tree;
  const message = toMessage({ ...proposal, threadId });
  const identity = hasChanged ? await findIdentity(git, signal) : undefined;
  const commit =
    identity === undefined ? proposal.commit : await commitTree(git, { proposal, tree, message, identity }, signal);
  const difference = await findDifference(git, { ...proposal, tree }, signal);
  const known = { diffStat: difference.diffStat, files: difference.files.length };
  const next: Proposal = { ...proposal, ...known, threadId, tree, commit, updatedAt: options.clock() };
  options.files.write(next);
  return { ...difference, ...describeLeft(now), proposal: next, hasChanged, now };
}

function describeLeft({
  unstored,
  nested,
  unread,
}: TreeNow): Pick<CommittedWorktree, "unstored" | "nested" | "unread"> {
  const say = (paths: readonly BytePath[]): string[] => paths.map(toReadablePath);
  return { unstored: say(unstored), nested: say(nested), unread: say(unread) };
}

// What cannot be found out could be work.
async function findLeftOutNow(options: WorktreesOptions, before: Proposal, signal: AbortSignal): Promise<LeftOut> {
  try {
    if (lstatSync(before.worktree, { throwIfNoEntry: false }) === undefined) return findLeftOutOfEntry(before);
    const git = await openOwn(options, before, signal);
    // What is over is not committed: its commit is what was landed, and a later look would take the edits for that.
    const { proposal, now } =
      before.state === "open"
        ? await commitNow(git, options, { proposal: before, threadId: undefined }, signal)
        : { proposal: before, now: await readTreeNow(git, before, signal) };
    return await findLeftOut(git, { before, proposal, now }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return toUnknown(before, sayThrown(error));
  }
}
