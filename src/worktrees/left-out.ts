// What would be lost with a worktree: what is in it and its branch does not hold. Whoever removes a worktree asks here first.
import { createHash } from "node:crypto";
import { lstatSync, lutimesSync } from "node:fs";
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { toReadablePath } from "../receipts/snapshots/byte-path.ts";
import { diffTrees } from "../receipts/snapshots/compare-git.ts";
import type { Proposal } from "../state/proposal-files.ts";
import type { TreeNow } from "./commit-worktree.ts";
import { toIndexPath } from "./fill-worktree.ts";
import { listIgnored } from "./ignored-files.ts";
import { GITLINK, listTree } from "./kept-entries.ts";
import { findNewer, type NewerFiles } from "./newer-files.ts";
import type { TreeGit } from "./tree-git.ts";
import { toEntryPath } from "./worktree-folder.ts";

/** What would be lost with a worktree. */
export interface LeftOut {
  /** As on record now: what had changed in the worktree of an open one is committed. */
  readonly proposal: Proposal;
  /** Files of an open one that changed after the newest turn, relative to the worktree. They are on the branch now. */
  readonly changed: readonly string[];
  /**
   * What the branch does not hold: paths relative to the worktree (files that are too large, git repositories, folders that cannot be read, files
   * that git ignores by a rule that came with a turn, files in the place of a submodule, and files that changed after the end of the proposal), all
   * without what was there before the first turn; and in words a HEAD elsewhere, or why nobody knows.
   */
  readonly unheld: readonly string[];
  /** Tells what is `unheld` from what is so later; empty for nothing. */
  readonly mark: string;
  /** What git ignores by the user's own rules, without what was there before the first turn: it goes with the worktree. */
  readonly ignored: readonly string[];
}

/** For a worktree of which nobody knows what is in it. */
export function toUnknown(proposal: Proposal, problem: string): LeftOut {
  const unheld = [`what it holds could not be read (${problem})`];
  return { proposal, changed: [], unheld, mark: toMark(unheld, []), ignored: [] };
}

/** What a look at the worktree has given. */
export interface LookedAt {
  /** As it was before the look. */
  readonly before: Proposal;
  /** With what had changed committed, where it is open. */
  readonly proposal: Proposal;
  readonly now: TreeNow;
}

/** Judges a worktree that is there. Throws GitError, and what the file system throws. */
export async function findLeftOut(
  git: TreeGit,
  { before, proposal, now }: LookedAt,
  signal: AbortSignal,
): Promise<LeftOut> {
  const { id, worktree, readyAt, createdAt } = proposal;
  const run = git.on({ workTree: worktree, indexFile: toIndexPath(git, id) }, signal);
  // A removal that was cut short has taken files away; that is no work.
  const differing = before.tree === now.tree ? [] : await diffTrees(run, before.tree, now.tree, false);
  const edits = differing.filter(({ after }) => after !== undefined).map(({ path }) => toReadablePath(path));
  const since = readyAt ?? createdAt;
  const rules = await listIgnored(run, { base: proposal.baseTree, now: now.tree }, signal);
  const inSubmodules = await listInSubmodules(git, proposal, signal);
  const paths = [...now.unstored, ...now.nested, ...rules.hidden, ...inSubmodules];
  const found = findNewer(worktree, paths, since);
  // Nobody can say that nothing in them is newer.
  const newer = { ...found, paths: [...found.paths, ...now.unread] };
  const ignored = findNewer(worktree, rules.ignored, since).paths.map(toReadablePath);
  if (proposal.state === "open") return { proposal, changed: edits, ignored, ...describeUnheld(proposal, newer) };
  const marks = [...newer.marks, now.tree];
  return { proposal, changed: [], ignored, ...describeUnheld(proposal, { ...newer, marks }, edits) };
}

// A commit holds either a submodule or files in its place, and keeps the submodule.
async function listInSubmodules(git: TreeGit, { state, keptTree, tree }: Proposal, signal: AbortSignal) {
  const modules = (await listTree(git, keptTree, signal)).filter(({ mode }) => mode === GITLINK);
  if (state !== "open" || modules.length === 0) return [];
  const paths = (await listTree(git, tree, signal)).map(({ path }) => path);
  return paths.filter((path) => modules.some((one) => path.startsWith(`${one.path}/`)));
}

/** Judges one whose folder is gone: its HEAD may hold commits. Throws what the file system throws. */
export function findLeftOutOfEntry(proposal: Proposal): LeftOut {
  return { proposal, changed: [], ignored: [], ...describeUnheld(proposal, { paths: [], marks: [] }) };
}

function describeUnheld(
  proposal: Proposal,
  newer: NewerFiles,
  edits: readonly string[] = [],
): Pick<LeftOut, "unheld" | "mark"> {
  const unheld = [...newer.paths.map(toReadablePath), ...edits, ...describeHead(proposal)];
  return { unheld, mark: toMark(unheld, newer.marks) };
}

function toMark(unheld: readonly string[], marks: readonly string[]): string {
  if (unheld.length === 0) return "";
  return createHash("sha256")
    .update(JSON.stringify([unheld, marks]))
    .digest("hex");
}

// Commits of a detached HEAD are on no branch, and their log goes with the worktree.
function describeHead(proposal: Proposal): string[] {
  const { branch, commit, head } = proposal;
  const text = readSmallTextIfAny(join(toEntryPath(proposal), "HEAD"))?.trim();
  if (text === undefined || text === `ref: refs/heads/${branch}` || text === (commit ?? head)) return [];
  const name = /^ref: refs\/heads\/(.+)/.exec(text)?.[1];
  return [name === undefined ? `HEAD at commit ${text.slice(0, 40)}` : `HEAD on branch ${name}`];
}

/** The time that the file system of a worktree gives to a change now, epoch ms. Throws what the file system throws. */
export function readFileClock(worktree: string): number {
  const file = join(worktree, ".git");
  const now = new Date();
  lutimesSync(file, now, now);
  return lstatSync(file).ctimeMs;
}
