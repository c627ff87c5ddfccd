// Finds out how the difference of a proposal gets into the user's working tree, and what stands in its way. Nothing is written there.

import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isGitName } from "../files/git-name.ts";
import { type FileNow, isInState, look, readFileNow, toFormat, toPermissions } from "../receipts/file-state.ts";
import { findBlocked, type RestoreStep } from "../receipts/restore-plan.ts";
import { type BytePath, toFilePath } from "../receipts/snapshots/byte-path.ts";
import { type ComparedFile, diffTrees, type StoredState } from "../receipts/snapshots/compare-git.ts";
import { GitError } from "../receipts/snapshots/git-error.ts";
import type { RunGit } from "../receipts/snapshots/git-program.ts";
import type { Proposal } from "../state/proposal-files.ts";
import type { TreeGit } from "./tree-git.ts";

/** How a proposal is landed. */
export interface LandingPlan {
  /** What is written; each says what stands there now. */
  readonly steps: readonly RestoreStep[];
  /** Paths of steps whose file had changed in the user's tree too, and was merged. */
  readonly merged: readonly BytePath[];
  /** Paths that cannot be landed. */
  readonly conflicts: readonly BytePath[];
}

/** A longer file is not merged. */
const MOST_MERGED_BYTES = 8_388_608;

/** Makes the plan. Merged contents are in the store by then. Throws GitError, and what the file system throws. */
export async function planLanding(git: TreeGit, proposal: Proposal, signal: AbortSignal): Promise<LandingPlan> {
  const { top } = git.store.repository;
  const run = git.on({ workTree: top, indexFile: "" }, signal);
  const files = await diffTrees(run, proposal.baseTree, proposal.tree, false);
  const planned: PlannedFile[] = [];
  for (const file of files) planned.push(await planFile(git, run, file, proposal.worktree));
  const steps = planned.flatMap(({ step }) => step ?? []);
  const blocked = await findBlocked(top, steps);
  return {
    steps,
    merged: planned.flatMap(({ step, isMerged }) => (step !== undefined && isMerged ? [step.path] : [])),
    conflicts: [
      ...planned.flatMap(({ path, isConflict }) => (isConflict ? [path] : [])),
      ...blocked.map(({ path }) => path),
    ],
  };
}

interface PlannedFile {
  readonly path: BytePath;
  /** undefined where the file is in its new state already, or in conflict. */
  readonly step?: RestoreStep | undefined;
  readonly isMerged: boolean;
  readonly isConflict: boolean;
}

async function planFile(
  git: TreeGit,
  run: RunGit,
  { path, before, after }: ComparedFile,
  worktree: string,
): Promise<PlannedFile> {
  const { top, objectFormat } = git.store.repository;
  if (isGitName(path)) return { path, isMerged: false, isConflict: true };
  const file = toFilePath(top, path);
  // A folder in its place may go with the files in it; that is judged with all steps together.
  const isFolder = look(file)?.isDirectory() === true;
  const now: FileNow = isFolder ? { kind: "absent" } : await readFileNow(file, objectFormat);
  const plain = { path, isMerged: false, isConflict: false };
  if (!isFolder && isInState(now, after)) return plain;
  if (isInState(now, before)) {
    const made = before === undefined && after !== undefined ? keepClosed(after, toFilePath(worktree, path)) : after;
    return { ...plain, step: { path, before: made, after: before } };
  }
  const conflict = { ...plain, isConflict: true };
  if (now.kind !== "stored" || before === undefined || after === undefined) return conflict;
  const merged = await mergeStates(git, run, { file, before, after, now: now.state });
  if (merged === undefined) return conflict;
  if (isInState(now, merged)) return plain;
  return { ...plain, isMerged: true, step: { path, before: merged, after: now.state } };
}

// A new file that the turn closed to others is landed closed. Git knows nothing of that, so it can be seen only while the worktree is there.
function keepClosed(state: StoredState, file: Buffer): StoredState {
  const stat = look(file);
  if (stat?.isFile() !== true || state.mode === LINK || (stat.mode & 0o044) === 0o044) return state;
  return { ...state, permissions: toPermissions(stat.mode) };
}

interface States {
  readonly file: Buffer;
  readonly before: StoredState;
  readonly after: StoredState;
  readonly now: StoredState;
}

const LINK = "120000";

// undefined where the two changes do not go together.
async function mergeStates(git: TreeGit, run: RunGit, states: States): Promise<StoredState | undefined> {
  const { before, after, now } = states;
  const mode = pick(before.mode, after.mode, now.mode);
  const isLink = [before, after, now].some((state) => state.mode === LINK);
  if (mode === undefined) return undefined;
  const oid = pick(before.oid, after.oid, now.oid) ?? (isLink ? undefined : await mergeContents(git, run, states));
  return oid === undefined ? undefined : { mode, oid };
}

// What one side alone has changed, or both in the same way.
function pick(before: string, after: string, now: string): string | undefined {
  if (now === before || now === after) return after;
  return after === before ? now : undefined;
}

async function mergeContents(git: TreeGit, run: RunGit, { file, before, after, now }: States) {
  const size = look(file)?.size ?? 0;
  if (size > MOST_MERGED_BYTES) return undefined;
  const folder = join(git.store.folder, `merge-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  try {
    const [ours, base, theirs] = ["now", "before", "after"].map((name) => join(folder, name));
    if (ours === undefined || base === undefined || theirs === undefined) return undefined;
    await writeFile(ours, await readFile(file));
    // It may have been replaced since.
    const copy = await readFileNow(Buffer.from(ours), toFormat(now));
    if (copy.kind !== "stored" || copy.state.oid !== now.oid) return undefined;
    await writeFile(base, await run(["cat-file", "blob", before.oid], undefined, MOST_MERGED_BYTES));
    await writeFile(theirs, await run(["cat-file", "blob", after.oid], undefined, MOST_MERGED_BYTES));
    const merged = await run(["merge-file", "-p", "-q", ours, base, theirs]);
    return (await run(["hash-object", "-w", "--stdin"], merged)).toString("latin1").trim();
  } catch (error) {
    // Its exit code is the number of conflicts; a binary file cannot be merged at all.
    if (error instanceof GitError) return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
