// Reads a target that is a change in a git repository.
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import type { GitSnapshot } from "../../receipts/snapshots/git-snapshot.ts";
import { isBinaryName, isMissedText } from "../rank-files.ts";
import { fromShownPath, toShownPath } from "../shown-path.ts";
import type { LeftOut, ReadOptions, ReviewMaterial, ReviewTarget } from "../target.ts";
import { findEarlier } from "./earlier-state.ts";
import { findUnfinished, type GitView } from "./git-view.ts";
import { readChanges } from "./read-changes.ts";
import { findBase, findBranch, findCommit, findMergeBase, findParent } from "./revisions.ts";

/** A target in a repository. */
export type GitTarget = Extract<ReviewTarget, { readonly kind: "uncommitted" | "branch" | "commit" }>;

interface Trees {
  /** As in ReviewMaterial. */
  readonly what: string;
  readonly heading: string;
  readonly before: string;
  readonly after: string;
  readonly isWorkingTree: boolean;
  /** Name of a branch that is reviewed. */
  readonly branch?: string | undefined;
  readonly head?: ReviewMaterial["head"];
}

/** Reads it. Throws INVALID_ARGUMENT, GitError. */
export async function readGitTarget(
  target: GitTarget,
  {
    view,
    snapshot,
    options,
  }: { readonly view: GitView; readonly snapshot: GitSnapshot; readonly options: ReadOptions },
): Promise<ReviewMaterial> {
  const trees = await findTrees(target, view, snapshot);
  const { tree: earlier, notes } = await findEarlier(view, options.since, trees);
  const changes = await readChanges(view, [earlier ?? trees.before, trees.after], trees.isWorkingTree);
  const read = createReader(snapshot, options.signal);
  const unstored = trees.isWorkingTree ? listUnstored(snapshot) : [];
  const hidden = new Set(unstored.map(({ path }) => path));
  const unfinished = trees.isWorkingTree ? findUnfinished(view.repository) : undefined;
  return {
    top: view.repository.top,
    what: `${trees.what}${earlier === undefined ? "" : SINCE}`,
    heading: `${trees.heading}${earlier === undefined ? "" : SINCE}`,
    files: changes.files.filter(({ path }) => !hidden.has(path)),
    leftOut: [...changes.leftOut.filter(({ path }) => !hidden.has(path)), ...unstored],
    within: [...(trees.isWorkingTree ? snapshot.nested.map(toShownPath) : []), ...changes.submodules],
    notes: [
      ...changes.notes,
      ...(trees.isWorkingTree ? tellNested(snapshot) : []),
      ...notes,
      ...(unfinished === undefined ? [] : [`The user is in the middle of ${unfinished}.`]),
    ],
    state: { kind: "tree", tree: trees.after, before: trees.before, branch: trees.branch },
    isSince: earlier !== undefined,
    head: trees.head,
    readReviewed: (path) => read(changes.contents.get(path)?.after ?? toObject(trees.after, path)),
    readBefore: async (path) => {
      const known = changes.contents.get(path);
      return known === undefined ? read(toObject(earlier ?? trees.before, path)) : known.before && read(known.before);
    },
  };
}

async function findTrees(target: GitTarget, view: GitView, snapshot: GitSnapshot): Promise<Trees> {
  if (target.kind === "commit") return findCommitTrees(view, target.commit);
  const branch = await findBranch(view);
  const head = await findCommit(view, "HEAD");
  const worktree = { after: snapshot.tree, isWorkingTree: true, head: { commit: head, branch } };
  if (target.kind === "uncommitted") {
    const where = head === undefined ? "no commit yet" : `HEAD, ${head.slice(0, 8)}`;
    const how = `(working tree against ${where}; untracked files included)`;
    const what = `uncommitted changes ${toPlace(branch)} ${how}`;
    return { what, heading: `uncommitted changes ${how}`, before: await toTree(view, head), ...worktree };
  }
  if (head === undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "There is no commit yet, so there is no branch to compare.", {
      nextStep: 'Use the target "uncommitted".',
    });
  }
  const base = await findBase(view, branch, target.base);
  const fork = await findMergeBase(view, head, base);
  const how = `(since ${fork.slice(0, 8)}; uncommitted changes and untracked files included)`;
  const named = branch === undefined ? "HEAD" : `branch ${toPrintableLine(branch)}`;
  const what = `${named} against ${toPrintableLine(base.name)} ${how}`;
  return { what, heading: `a branch against its base ${how}`, before: await toTree(view, fork), branch, ...worktree };
}

const toPlace = (branch: string | undefined): string =>
  branch === undefined ? "on no branch" : `on ${toPrintableLine(branch)}`;

async function findCommitTrees(view: GitView, name: string): Promise<Trees> {
  const commit = await findCommit(view, name);
  if (commit === undefined) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `There is no commit ${JSON.stringify(toPrintableLine(name).slice(0, 200))}.`,
      {
        nextStep: "Name a commit by its id, a branch or a tag of this repository.",
      },
    );
  }
  const parent = await findParent(view, commit);
  const subject = (await view.git(["log", "-1", "--no-show-signature", "--format=%s", commit])).toString("utf8").trim();
  const shown = toPrintableLine(subject).slice(0, 100).toWellFormed();
  const against = parent === undefined ? "the first commit" : "against its first parent";
  const id = commit.slice(0, 8);
  const told = { what: `commit ${id} "${shown}" (${against})`, heading: `commit ${id} (${against})` };
  return { ...told, before: await toTree(view, parent), after: await toTree(view, commit), isWorkingTree: false };
}

async function toTree({ git }: GitView, commit: string | undefined): Promise<string> {
  const told = commit === undefined ? git(["mktree"]) : git(["rev-parse", "--verify", `${commit}^{tree}`]);
  return (await told).toString("latin1").trim();
}

const SINCE = ", since the earlier review";
const MOST_SHOWN = 5;

function tellNested({ nested }: GitSnapshot): string[] {
  const shown = nested.slice(0, MOST_SHOWN).map(toShownPath).join(", ");
  const more = nested.length > MOST_SHOWN ? ", …" : "";
  return nested.length === 0 ? [] : [`Repositories within this one are not part of the review: ${shown}${more}.`];
}

const listUnstored = ({ unstored }: GitSnapshot): LeftOut[] =>
  unstored.map(({ path }) => {
    const shown = toShownPath(path);
    const isMissed = !isBinaryName(shown) && isMissedText(shown);
    return { path: shown, reason: "it is too large to be kept, or cannot be read", isMissed };
  });

// As bytes in `latin1`.
const toObject = (tree: string, path: string): string => `${tree}:${fromShownPath(path)}`;

/** A larger file is not searched for evidence. */
const MOST_BYTES = 8_388_608;

// By the store, which stays when the view is closed. A directory, a missing path and a missing content cannot be told apart by git's exit code.
function createReader(snapshot: GitSnapshot, signal: AbortSignal): (object: string) => Promise<string | undefined> {
  const git = snapshot.store.toStoredGit(signal);
  return async (object) => {
    // git takes one name a line. That such a file is missing is not known.
    if (object.includes("\n")) throw new Error("the name has a line break");
    const asked = Buffer.from(`${object}\n`, "latin1");
    const check = ["cat-file", "--batch-check=%(objecttype) %(objectname)"];
    const [type, id = ""] = (await git(check, asked)).toString("latin1").trim().split(" ");
    if (type !== "blob") return undefined;
    return (await git(["cat-file", "blob", id], undefined, MOST_BYTES)).toString("utf8");
  };
}
