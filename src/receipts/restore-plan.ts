// Which files can be put back without losing somebody's work.
import { readdirSync } from "node:fs";
import { isInState, look, readFileNow, toFormat } from "./file-state.ts";
import { type BytePath, toFilePath } from "./snapshots/byte-path.ts";
import type { ComparedFile, StoredState } from "./snapshots/compare-git.ts";

/** A file to put back. */
export interface RestoreStep {
  readonly path: BytePath;
  /** State to be restored; undefined removes the file. */
  readonly before: StoredState | undefined;
  /** State after the turn; undefined if there was no file. */
  readonly after: StoredState | undefined;
}

/** How a changed file is put back. A renaming is two steps: the new path goes, the old one comes back. Empty for a file without a kept content. */
export function toRestoreSteps({
  path,
  from,
  before,
  after,
}: Pick<ComparedFile, "path" | "from" | "before" | "after">): RestoreStep[] {
  if (before === undefined && after === undefined) return [];
  if (from === undefined) return [{ path, before, after }];
  return [
    { path, before: undefined, after },
    { path: from, before, after: undefined },
  ];
}

/** A step that would lose work. */
export interface BlockedStep {
  readonly path: BytePath;
  /** Whether it may be taken all the same. A folder or a link to elsewhere in the way may not. */
  readonly canForce: boolean;
}

/** The steps whose files are no longer as the turn left them. Throws what the file system throws. */
export async function findBlocked(top: string, steps: readonly RestoreStep[]): Promise<BlockedStep[]> {
  const removed = new Set(steps.filter(({ before }) => before === undefined).map(({ path }) => path));
  const blocked: BlockedStep[] = [];
  for (const step of steps) {
    const found = await findBlock(top, step, removed);
    if (found !== undefined) blocked.push({ path: step.path, canForce: found === "changed" });
  }
  return blocked;
}

/**
 * Why a step may not be taken now: the file changed, or something else is in its place. undefined if it may. `removed` are the paths that are
 * removed before it. Throws what the file system throws.
 */
export async function findBlock(
  top: string,
  step: RestoreStep,
  removed: ReadonlySet<BytePath>,
): Promise<"changed" | "taken" | undefined> {
  const { path, before, after } = step;
  const state = before ?? after;
  if (state === undefined) return undefined;
  const above = listFolders(path);
  // What stands there in place of a folder goes first. It is judged by its own step.
  if (above.some((folder) => removed.has(folder))) return undefined;
  if (above.some((folder) => isTaken(toFilePath(top, folder)))) return "taken";
  const file = toFilePath(top, path);
  if (look(file)?.isDirectory() === true)
    return after === undefined && hasOnly(top, path, removed) ? undefined : "taken";
  const now = await readFileNow(file, toFormat(state));
  if (now.kind === "other") return "taken";
  // An undo that was interrupted may have restored it already.
  return isInState(now, after) || isInState(now, before) ? undefined : "changed";
}

// A link would lead the write elsewhere.
function isTaken(folder: Buffer): boolean {
  const stat = look(folder);
  return stat !== undefined && !stat.isDirectory();
}

// Whether a folder goes as soon as the removed files have gone.
function hasOnly(top: string, folder: BytePath, removed: ReadonlySet<BytePath>): boolean {
  const entries = readdirSync(toFilePath(top, folder), { withFileTypes: true, encoding: "buffer" });
  return entries.every((entry) => {
    const path = `${folder}/${entry.name.toString("latin1")}`;
    return entry.isDirectory() ? hasOnly(top, path, removed) : removed.has(path);
  });
}

/** The folders above a path, the nearest first, without the top. */
export function listFolders(path: BytePath): BytePath[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, names.length - index).join("/"));
}
