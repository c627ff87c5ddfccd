// Lists the rollouts on this machine, the last used first, without opening them. There may be thousands.
import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { forEachInSlices } from "../../../domain/slices.ts";
import type { SkipReason } from "../../../domain/stored-thread.ts";
import { listArchivedFiles, listSessionFiles, toThreadIdOfRollout } from "../rollouts/rollout-files.ts";

/** A rollout that may be opened. */
export interface RolloutFile {
  readonly path: string;
  readonly threadId: string;
  readonly size: number;
  /** Time of the last write, epoch ms. */
  readonly writtenAt: number;
  readonly isArchived: boolean;
}

/** Rollouts, and how many files were passed over. */
export interface RolloutList {
  /** The last written first. */
  readonly files: readonly RolloutFile[];
  readonly skipped: Record<SkipReason, number>;
  /** Whether all were looked at. */
  readonly isComplete: boolean;
}

/** Files that are looked at, the newest by name first. A look takes some microseconds. */
const MOST_FILES = 20_000;

/** Lists them. A file of another user is passed over: somebody else could tell an agent what to do with it. */
export async function listRollouts(
  codexHome: string,
  withArchived: boolean,
  mostFiles = MOST_FILES,
): Promise<RolloutList> {
  const skipped = { unreadable: 0, compressed: 0, foreign: 0 };
  const files: RolloutFile[] = [];
  const owners = new Set([process.getuid?.(), lstatSync(codexHome, { throwIfNoEntry: false })?.uid]);
  let looked = 0;
  await forEachInSlices(takeFirst(listPaths(codexHome, withArchived), mostFiles + 1), ({ path, isArchived }) => {
    looked += 1;
    const file = looked > mostFiles ? undefined : toRolloutFile(path, isArchived);
    if (file === undefined) return;
    if (path.endsWith(".zst")) skipped.compressed += 1;
    else if (!file.isFile) skipped.unreadable += 1;
    else if (!owners.has(file.owner)) skipped.foreign += 1;
    else files.push(file);
  });
  files.sort((one, other) => other.writtenAt - one.writtenAt);
  return { files, skipped, isComplete: looked <= mostFiles };
}

function* takeFirst<Item>(items: Iterable<Item>, most: number): Generator<Item> {
  let taken = 0;
  for (const item of items) {
    if (taken === most) return;
    taken += 1;
    yield item;
  }
}

/** Looks at a file; undefined if its name is not that of a rollout, or if it is gone. */
export function toRolloutFile(
  path: string,
  isArchived: boolean,
): (RolloutFile & { readonly isFile: boolean; readonly owner: number }) | undefined {
  const threadId = toThreadIdOfRollout(basename(path).replace(/\.zst$/, ""));
  const stat = threadId === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
  if (threadId === undefined || stat === undefined) return undefined;
  const { size, mtimeMs: writtenAt, uid: owner } = stat;
  return { path, threadId, size, writtenAt, isArchived, isFile: stat.isFile(), owner };
}

function* listPaths(codexHome: string, withArchived: boolean): Generator<{ path: string; isArchived: boolean }> {
  for (const path of listSessionFiles(join(codexHome, "sessions"))) yield { path, isArchived: false };
  if (!withArchived) return;
  for (const path of listArchivedFiles(codexHome)) yield { path, isArchived: true };
}
