// Commits files to the branch that the user has checked out, and nothing else: whatever else is changed or staged stays as it is. No hook, no filter
// and no signing program is run, since a turn could have planted it.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sayThrown } from "../domain/printable.ts";
import { type BytePath, toReadablePath } from "../receipts/snapshots/byte-path.ts";
import type { StoredState } from "../receipts/snapshots/compare-git.ts";
import { type HeadPlace, moveBranch, readBranch, readHead } from "./branches.ts";
import { makeCommit } from "./commit-worktree.ts";
import { findConverted } from "./converted-files.ts";
import { giveObjects } from "./give-objects.ts";
import { findIdentity, isNobody } from "./identity.ts";
import { addEntries, copyIndex, listTree, type TreeEntry } from "./kept-entries.ts";
import { findInTheWay } from "./paths-in-the-way.ts";
import { type IndexEntry, listIndex, writeEntries } from "./real-index.ts";
import type { TreeGit } from "./tree-git.ts";

/** A file as it was before, and as it is to be committed; undefined stands for absent. */
export interface FileToCommit {
  readonly path: BytePath;
  readonly before: StoredState | undefined;
  readonly after: StoredState | undefined;
}

/** What is to be committed. */
export interface PlaceRequest {
  readonly files: readonly FileToCommit[];
  readonly message: string;
  /** Names files of this bridge in the store. */
  readonly id: string;
}

/** What became of it. `paths` are the files that are the reason. */
export type PlaceCommit =
  | { readonly kind: "committed"; readonly commit: string; readonly branch: string; readonly files: number }
  | { readonly kind: "refused"; readonly reason: string; readonly paths: readonly string[] };

const OPERATIONS: readonly (readonly [string, string])[] = [
  ["MERGE_HEAD", "a merge"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"],
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
];

/** Commits all of the files, or none. Throws GitError, and what the file system throws. */
export async function commitInPlace(git: TreeGit, request: PlaceRequest, signal: AbortSignal): Promise<PlaceCommit> {
  const { gitDir } = git.store.repository;
  const [, running] = OPERATIONS.find(([name]) => existsSync(join(gitDir, name))) ?? [];
  if (running !== undefined) return refuse(`${running} is in progress in the repository`);
  const head = await readHead(git, signal);
  if (head.branch === undefined) return refuse("HEAD is on no branch (detached)");
  const scratch = join(git.store.folder, `${request.id}.commit-index`);
  try {
    const isCopied = await copyIndex(git, scratch, signal);
    if (!isCopied && existsSync(join(gitDir, "index")))
      return refuse("its index cannot be read (it may be a split one)");
    const entries = await listIndex(git, isCopied ? scratch : undefined, signal);
    const plan = await toPlan(git, request, { head, entries }, signal);
    if (plan.kind === "refused") return plan;
    rmSync(scratch, { force: true });
    return await commitPlan(git, request, { ...plan, head, branch: head.branch, scratch }, signal);
  } finally {
    rmSync(scratch, { force: true });
  }
}

function refuse(reason: string, paths: readonly BytePath[] = []): Extract<PlaceCommit, { kind: "refused" }> {
  return { kind: "refused", reason, paths: paths.map(toReadablePath) };
}

interface Plan {
  readonly kind: "plan";
  readonly files: readonly FileToCommit[];
  /** The same files as the user's index has them. */
  readonly staged: readonly TreeEntry[];
}

async function toPlan(
  git: TreeGit,
  { files }: PlaceRequest,
  { head, entries }: { readonly head: HeadPlace; readonly entries: ReadonlyMap<BytePath, IndexEntry> },
  signal: AbortSignal,
): Promise<Plan | Extract<PlaceCommit, { kind: "refused" }>> {
  const inHead = new Map((await listTree(git, head.commit, signal)).map((entry) => [entry.path, entry]));
  const inner = files.filter(({ path }) => isInner(git, path));
  if (inner.length > 0) return refuse("some files belong to a repository within it", inner.map(toPath));
  const changed = files.filter(({ path, after }) => !isSame(inHead.get(path), after));
  // What was there and is in no commit is somebody's work, and so is what is staged.
  const mixed = changed.filter(({ path, before, after }) => {
    const [old, staged] = [inHead.get(path), entries.get(path)];
    return !isSame(old, before) || (!isSame(staged, old) && !isSame(staged, after)) || staged?.isMerged === false;
  });
  if (mixed.length > 0) {
    return refuse("some files had uncommitted changes before the turn, or have staged ones", mixed.map(toPath));
  }
  // An index and a tree hold either a file or a folder of a name: the other would go without a word.
  const inTheWay = findInTheWay(changed, new Set([...inHead.keys(), ...entries.keys()]));
  if (inTheWay.length > 0) {
    return refuse("files that are staged or committed, and that the turn did not remove, are in the way", inTheWay);
  }
  const converted = await findConverted(git, changed, signal);
  if (converted.length > 0) {
    return refuse(
      "git would convert some files, as far as can be seen (a filter such as LFS, or line ends)",
      converted,
    );
  }
  if (changed.length === 0) return refuse("all of it is committed already");
  return { kind: "plan", files: changed, staged: changed.flatMap(({ path }) => entries.get(path) ?? []) };
}

const toPath = ({ path }: FileToCommit): BytePath => path;

function isSame(one: Omit<TreeEntry, "path"> | undefined, two: Omit<TreeEntry, "path"> | undefined): boolean {
  return one?.mode === two?.mode && one?.oid === two?.oid;
}

// A folder above it has a `.git` of its own.
function isInner({ store }: TreeGit, path: BytePath): boolean {
  const names = toReadablePath(path).split("/").slice(0, -1);
  return names.some((_, at) => existsSync(join(store.repository.top, ...names.slice(0, at + 1), ".git")));
}

interface CommitPlan extends Plan {
  readonly head: HeadPlace;
  readonly branch: string;
  /** An index that does not exist yet. */
  readonly scratch: string;
}

async function commitPlan(
  git: TreeGit,
  { message }: PlaceRequest,
  plan: CommitPlan,
  signal: AbortSignal,
): Promise<PlaceCommit> {
  const { files, head, branch, scratch } = plan;
  const identity = await findIdentity(git, signal);
  if (isNobody(identity)) return refuse("git does not know the user (user.name and user.email are not set)");
  const run = git.on({ workTree: git.store.repository.top, indexFile: scratch }, signal);
  if (head.commit !== undefined) await run(["read-tree", head.commit]);
  const lines = toEntries(files, head.commit);
  const tree = await addEntries(git, lines, scratch, signal);
  const missing = await findMissing(git, files, signal);
  if (missing.length > 0) return refuse("the contents of some files are not kept", missing);
  const commit = await makeCommit(git, { tree, parent: head.commit, message, identity }, signal);
  await giveObjects(git, [commit], signal);
  // As git does it: the index first, and back if the branch cannot be moved.
  await writeEntries(git, lines, signal);
  await moveOrUnstage(git, plan, commit, signal);
  return { kind: "committed", commit, branch, files: files.length };
}

const LATE_MS = 10_000;

async function moveOrUnstage(
  git: TreeGit,
  { files, staged, head, branch }: CommitPlan,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await moveBranch(git, branch, { to: commit, from: head.commit }, signal);
  } catch (error) {
    // The signal may be why.
    const late = AbortSignal.timeout(LATE_MS);
    if ((await readBranch(git, branch, late)) === commit) return;
    const kept = new Map(staged.map((entry) => [entry.path, entry]));
    const none = "0".repeat(commit.length);
    const gone = files.filter(({ path }) => !kept.has(path)).map(({ path }) => ({ mode: "0", oid: none, path }));
    try {
      await writeEntries(git, [...gone, ...staged], late);
    } catch {
      const reason = sayThrown(error);
      throw new Error(`the files of the turn are staged now, and their commit failed: ${reason}`, { cause: error });
    }
    throw error;
  }
}

// What goes comes first: a folder may take the place of a file.
function toEntries(files: readonly FileToCommit[], commit = ""): TreeEntry[] {
  const none = "0".repeat(files.find(({ after }) => after !== undefined)?.after?.oid.length ?? (commit.length || 40));
  const gone = files.filter(({ after }) => after === undefined);
  const there = files.filter(({ after }) => after !== undefined);
  return [...gone, ...there].map(({ path, after }) => ({ mode: after?.mode ?? "0", oid: after?.oid ?? none, path }));
}

async function findMissing(git: TreeGit, files: readonly FileToCommit[], signal: AbortSignal): Promise<BytePath[]> {
  const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
  const wanted = files.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, oid: after.oid }]));
  const input = Buffer.from(wanted.map(({ oid }) => `${oid}\n`).join(""));
  const lines = (await run(["cat-file", "--batch-check=%(objecttype)"], input)).toString("latin1").split("\n");
  return wanted.filter((_, at) => lines[at] !== "blob").map(({ path }) => path);
}
