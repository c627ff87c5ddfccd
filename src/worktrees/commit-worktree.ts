// Commits what is in a worktree to its branch. The objects are made in the bridge's own store, and a pack of them is given to the user's repository.
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BytePath } from "../receipts/snapshots/byte-path.ts";
import { takeGitSnapshot } from "../receipts/snapshots/git-snapshot.ts";
import type { SnapshotStore } from "../receipts/snapshots/snapshot-store.ts";
import type { Proposal } from "../state/proposal-files.ts";
import { moveBranch, readBranch } from "./branches.ts";
import { toIndexPath } from "./fill-worktree.ts";
import { giveObjects } from "./give-objects.ts";
import type { Identity } from "./identity.ts";
import { addEntries, GITLINK, listTree } from "./kept-entries.ts";
import type { TreeGit } from "./tree-git.ts";
import { putIndex, toEntryPath } from "./worktree-folder.ts";

/** The files of a worktree now. */
export interface TreeNow {
  readonly tree: string;
  /** Files that are too large to be part of it. */
  readonly unstored: readonly BytePath[];
  /** Git repositories that were made in it, which are no part of it either. */
  readonly nested: readonly BytePath[];
  /** Folders that cannot be read. Nobody knows what is in them. */
  readonly unread: readonly BytePath[];
}

/** Looks at the files of a worktree. Throws GitError, and what the file system throws. */
export async function readTreeNow(git: TreeGit, proposal: Proposal, signal: AbortSignal): Promise<TreeNow> {
  const { tree, unstored, nested, unread } = await takeGitSnapshot(toWorktreeStore(git, proposal), signal);
  const paths = unstored.map(({ path }) => path);
  const now = { tree, unstored: paths, nested, unread };
  if (paths.length === 0) return now;
  // A file that has become too large keeps its old content, or the proposal would remove it.
  const large = new Set(paths);
  const old = (await listTree(git, proposal.baseTree, signal)).filter(({ path }) => large.has(path));
  if (old.length === 0) return now;
  return withScratchIndex(git, proposal, async (indexFile) => ({
    ...now,
    tree: await addEntries(git, old, indexFile, signal),
  }));
}

// The store that the worktree was filled from, with the worktree's files and an index of its own.
function toWorktreeStore({ store, on }: TreeGit, proposal: Proposal): SnapshotStore {
  const { worktree } = proposal;
  const indexFile = join(store.folder, `${proposal.id}.index`);
  return {
    ...store,
    repository: { ...store.repository, top: worktree, gitDir: toEntryPath(proposal) },
    indexFile,
    toGit: (signal) => on({ workTree: worktree, indexFile }, signal),
  };
}

async function withScratchIndex<Value>(
  git: TreeGit,
  { id }: Proposal,
  act: (indexFile: string) => Promise<Value>,
): Promise<Value> {
  const indexFile = join(git.store.folder, `${id}.scratch-index`);
  rmSync(indexFile, { force: true });
  const own = toIndexPath(git, id);
  if (existsSync(own)) copyFileSync(own, indexFile);
  try {
    return await act(indexFile);
  } finally {
    rmSync(indexFile, { force: true });
  }
}

/** A commit to make. */
export interface CommitRequest {
  readonly proposal: Proposal;
  readonly tree: string;
  readonly message: string;
  readonly identity: Identity;
}

/**
 * Commits a tree on the proposal's branch, and gives the commit. The first one comes after a commit of what the user had not committed, if there was
 * anything. Throws GitError, and what the file system throws.
 */
export async function commitTree(git: TreeGit, request: CommitRequest, signal: AbortSignal): Promise<string> {
  const { proposal, message } = request;
  const before = await readBranch(git, proposal.branch, signal);
  // A branch that was removed begins where it was. One that has moved without a record has a commit of a bridge that was killed then, or of somebody who
  // works there, and one of the time before it would take that back.
  const at = before ?? proposal.commit ?? proposal.head;
  const isFirst = proposal.commit === undefined && at === proposal.head;
  const parent = isFirst ? await commitBase(git, request, at, signal) : at;
  return withScratchIndex(git, proposal, async (indexFile) => {
    const run = git.on({ workTree: proposal.worktree, indexFile }, signal);
    await run(["read-tree", "-m", request.tree]);
    const whole = await addKept(git, proposal, { indexFile, tree: request.tree }, signal);
    const commit = await makeCommit(git, { ...request, tree: whole, parent, message }, signal);
    await giveObjects(git, [...(parent === before || parent === undefined ? [] : [parent]), commit], signal);
    await moveBranch(git, proposal.branch, { to: commit, from: before }, signal);
    putIndex(toEntryPath(proposal), readFileSync(indexFile));
    return commit;
  });
}

// The commit to build on; undefined where there is none and nothing to commit.
async function commitBase(
  git: TreeGit,
  request: CommitRequest,
  parent: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { proposal } = request;
  const indexFile = join(git.store.folder, `${proposal.id}.base-index`);
  try {
    await git.on({ workTree: proposal.worktree, indexFile }, signal)(["read-tree", proposal.baseTree]);
    const tree = await addKept(git, proposal, { indexFile, tree: proposal.baseTree }, signal);
    if (parent !== undefined && tree === (await readTreeOf(git, parent, signal))) return parent;
    return await makeCommit(git, { ...request, tree, parent, message: BASE_MESSAGE }, signal);
  } finally {
    rmSync(indexFile, { force: true });
  }
}

const BASE_MESSAGE = "The working tree before the turn, with what was not committed\n";

async function readTreeOf(git: TreeGit, commit: string, signal: AbortSignal): Promise<string> {
  return (await git.onBranches(signal)(["rev-parse", "--verify", `${commit}^{tree}`])).toString("latin1").trim();
}

// Writes the tree of an index, which is that of `tree`, with the entries that a commit must keep. A file that a sparse checkout leaves out may be there
// by now: then it is work.
async function addKept(
  git: TreeGit,
  { keptTree }: Proposal,
  { indexFile, tree }: { readonly indexFile: string; readonly tree: string },
  signal: AbortSignal,
): Promise<string> {
  if (keptTree === undefined) return addEntries(git, [], indexFile, signal);
  const there = new Set((await listTree(git, tree, signal)).map(({ path }) => path));
  const kept = (await listTree(git, keptTree, signal)).filter(({ path }) => !there.has(path));
  const whole = await addEntries(git, kept, indexFile, signal);
  const sparse = kept.filter(({ mode }) => mode !== GITLINK).map(({ path }) => `${path}\0`);
  if (sparse.length > 0) {
    const run = git.on({ workTree: git.store.repository.top, indexFile }, signal);
    await run(["update-index", "-z", "--skip-worktree", "--stdin"], Buffer.from(sparse.join(""), "latin1"));
  }
  return whole;
}

/** A commit of a tree. */
export interface CommitToMake extends Omit<CommitRequest, "proposal"> {
  readonly parent: string | undefined;
}

/** Makes it in the store, and gives its id. Throws GitError. */
export async function makeCommit(git: TreeGit, commit: CommitToMake, signal: AbortSignal): Promise<string> {
  const { tree, parent, message, identity } = commit;
  const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
  const who = [`user.name=${identity.name}`, `user.email=${identity.email}`].flatMap((pair) => ["-c", pair]);
  const parents = parent === undefined ? [] : ["-p", parent];
  return (await run([...who, "commit-tree", ...parents, tree], Buffer.from(message))).toString("latin1").trim();
}

const SUBJECT_CHARACTERS = 72;

/** The message of a proposal's commit. */
export function toMessage({ id, title, threadId }: Pick<Proposal, "id" | "title" | "threadId">): string {
  const subject = (title ?? "Work of an agent").slice(0, SUBJECT_CHARACTERS).toWellFormed();
  const trailers = [`Proposal: ${id}`, ...(threadId === undefined ? [] : [`Thread: ${threadId}`])];
  return `${subject}\n\n${trailers.join("\n")}\n`;
}
