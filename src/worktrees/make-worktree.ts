// Makes a worktree with the files of the user's working tree as they are.

import { existsSync, statfsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { sayThrown } from "../domain/printable.ts";
import { isInside } from "../domain/sandbox.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import { type GitSnapshot, takeGitSnapshot } from "../receipts/snapshots/git-snapshot.ts";
import type { Repository } from "../receipts/snapshots/repository.ts";
import { makePrivateFolder } from "../state/private-files.ts";
import { type Proposal, toLockKey } from "../state/proposal-files.ts";
import { moveBranch, readBranch, readHead, removeBranch, toSlug } from "./branches.ts";
import { readTreeNow } from "./commit-worktree.ts";
import { fillWorktree, makeWorkingDirectory } from "./fill-worktree.ts";
import { readFileClock } from "./left-out.ts";
import { setUp } from "./set-up.ts";
import { openTreeGit, type TreeGit } from "./tree-git.ts";
import { makeFolders, removeFolders, toWorktreePath } from "./worktree-folder.ts";
import type { Listener, MadeWorktree, WorktreeRequest, WorktreesOptions } from "./worktrees.ts";

/** Makes one, as `Worktrees.make` says. */
export async function makeWorktree(
  options: WorktreesOptions,
  request: WorktreeRequest,
  { signal, report }: Listener,
): Promise<MadeWorktree> {
  report("Making a git worktree");
  const id = options.newId();
  const lock = options.locks.take(toLockKey(id));
  try {
    const source = async (): Promise<Source> => {
      const git = await openTreeGit(options, request.cwd, signal);
      return { git, snapshot: await takeGitSnapshot(git.store, signal) };
    };
    const { git, made, warnings } = await makeFrom(options, source, { ...request, id }, { signal, report });
    const proposal: Proposal = {
      ...made,
      state: "open",
      readyAt: readFileClock(made.worktree),
      updatedAt: options.clock(),
    };
    options.files.write(proposal);
    return { proposal, warnings: [...describeState(git.store.repository), ...warnings] };
  } finally {
    if (lock.kind === "taken") lock.release();
  }
}

/** Where the files of a worktree come from. */
export interface Source {
  readonly git: TreeGit;
  readonly snapshot: GitSnapshot;
}

/** Makes one whose lock the caller holds, and leaves its record at `making`. Throws as `Worktrees.make` does; nothing of it is left then. */
export async function makeFrom(
  options: WorktreesOptions,
  source: () => Promise<Source>,
  request: WorktreeRequest & Pick<Proposal, "id">,
  { signal, report }: Listener,
): Promise<{ readonly git: TreeGit; readonly made: Proposal; readonly warnings: readonly string[] }> {
  let begun: Proposal | undefined;
  try {
    const { git, snapshot } = await source();
    const first = await beginProposal(options, git, { ...request, tree: snapshot.tree }, signal);
    begun = first;
    makeFolders(first);
    if (first.head !== undefined) await moveBranch(git, first.branch, { to: first.head, from: undefined }, signal);
    const { keptTree, warnings } = await fillWorktree(git, first, snapshot, signal);
    const made = await setUpTree(options, git, { ...first, keptTree }, { signal, report });
    return { git, made, warnings };
  } catch (error) {
    const isFull = findIsFull(options.folder);
    if (begun !== undefined) await removeBegun(options, begun);
    if (signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled before its worktree was ready.");
    throw toIsolationError(error, isFull ? `no space is left in ${options.folder}` : undefined);
  }
}

async function beginProposal(
  options: WorktreesOptions,
  git: TreeGit,
  { cwd, title, attemptSet, id, tree }: WorktreeRequest & Pick<Proposal, "id" | "tree">,
  signal: AbortSignal,
): Promise<Proposal> {
  const { top, commonDir } = git.store.repository;
  const { folder } = options;
  makePrivateFolder(folder);
  if (isInside(folder, top) || isInside(top, folder) || resolveRealPath(folder) !== folder) {
    const message = `${folder} cannot hold the worktree: it leads elsewhere, or it lies in the repository or around it.`;
    throw new BridgeError("CONFIG_INVALID", message, {
      nextStep: "Ask the user to set BRIDGE_WORKTREES_DIR to a folder elsewhere.",
    });
  }
  const worktree = toWorktreePath(folder, id, top);
  const head = await readHead(git, signal);
  // A branch `codex` leaves no room for branches below that name.
  const prefix = (await readBranch(git, "codex", signal)) === undefined ? "codex/" : "codex-";
  const now = options.clock();
  const proposal: Proposal = {
    ...{
      id,
      project: options.project,
      createdAt: now,
      updatedAt: now,
      state: "making",
      title,
      attemptSet,
      top,
      commonDir,
    },
    ...{ worktree, cwd: join(worktree, relative(top, cwd)), branch: `${prefix}${toSlug(title)}-${id}` },
    ...{ headBranch: head.branch, head: head.commit, store: basename(git.store.folder), baseTree: tree, tree },
  };
  // First of all: what is killed from here on is found by its record.
  options.files.write(proposal);
  return proposal;
}

// What the setup command changes is where the turn begins, and no part of what it proposes.
async function setUpTree(
  { setUp: own }: WorktreesOptions,
  git: TreeGit,
  proposal: Proposal,
  { signal, report }: Listener,
): Promise<Proposal> {
  const cwd = makeWorkingDirectory(proposal.worktree, relative(proposal.worktree, proposal.cwd));
  if (cwd === undefined) throw new Error("a link in the repository leads out of the worktree");
  if (own === undefined) return proposal;
  report("Running the setup command of the worktree (BRIDGE_WORKTREE_SETUP)");
  await setUp(own, proposal.worktree, proposal.id, signal);
  const { tree } = await readTreeNow(git, proposal, signal);
  return { ...proposal, baseTree: tree, tree };
}

async function removeBegun(options: WorktreesOptions, proposal: Proposal): Promise<void> {
  const { signal } = new AbortController();
  try {
    await removeFolders(options.folder, proposal);
    if (proposal.head !== undefined) {
      const git = await openTreeGit(options, proposal.top, signal);
      await removeBranch(git, proposal.branch, { from: proposal.head, own: undefined }, signal);
    }
    options.files.remove(proposal);
  } catch {
    // Its record stays, by which `doctor --fix` removes the rest.
  }
}

const UNDER_WAY = [
  ["MERGE_HEAD", "A merge"],
  ["rebase-merge", "A rebase"],
  ["rebase-apply", "A rebase"],
  ["CHERRY_PICK_HEAD", "A cherry-pick"],
  ["REVERT_HEAD", "A revert"],
] as const;

// The turn sees files with the marks of conflicts, and git there knows nothing of the merge.
function describeState({ gitDir }: Repository): string[] {
  const found = UNDER_WAY.find(([name]) => existsSync(join(gitDir, name)));
  return found === undefined
    ? []
    : [
        `${found[1]} is in progress in the user's working tree. The worktree has its files as they are, with any conflict marks.`,
      ];
}

function toIsolationError(error: unknown, known: string | undefined): BridgeError {
  if (error instanceof BridgeError) return error;
  const cause = sayThrown(error);
  const { message = cause, nextStep = undefined } = error instanceof GitError ? error.explain() : {};
  const reason = known === undefined ? message.replace(/\.$/, "") : `${known} (${cause})`;
  return new BridgeError("ISOLATION_FAILED", `The worktree could not be made: ${reason}.`, { nextStep, cause: error });
}

/** Less than the blocks of a few small files. */
const FULL_BYTES = 65_536;

// Git only says that it could not write a file.
function findIsFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < FULL_BYTES;
  } catch {
    return false;
  }
}
