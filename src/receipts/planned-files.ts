// What a plan of steps is going to change, told before the first one: what a kill half way leaves can be taken back by it.
import { look } from "./file-state.ts";
import type { RestoreStep } from "./restore-plan.ts";
import { type BytePath, splitRecords, toFilePath } from "./snapshots/byte-path.ts";
import type { ComparedFile, StoredState } from "./snapshots/compare-git.ts";
import { findPermissions } from "./snapshots/file-permissions.ts";
import type { GitSnapshot } from "./snapshots/git-snapshot.ts";
import type { TreeSnapshot } from "./snapshots/inner-repositories.ts";
import { keepContents } from "./snapshots/keep-contents.ts";

/** The stored states of the files of a snapshot, by path. */
export type StoredFiles = ReadonlyMap<BytePath, StoredState>;

/** Lists those at `paths`, also in the repositories within, and keeps their contents in the store. Throws GitError. */
export async function keepStored(
  snapshot: TreeSnapshot,
  paths: ReadonlySet<BytePath>,
  signal: AbortSignal,
): Promise<StoredFiles> {
  const found = new Map<BytePath, StoredState>();
  for (const { path: folder, snapshot: part } of [{ path: "", snapshot }, ...snapshot.inner]) {
    if (![...paths].some((path) => path.startsWith(folder))) continue;
    const listed = await listStates(part, signal);
    const own = [...listed].filter(([path]) => paths.has(`${folder}${path}`));
    const files = own.map(([path, before]): ComparedFile => ({ path, kind: "update", before }));
    await keepContents(part.store, files, signal, snapshot.store.folder);
    for (const [path, state] of own) found.set(`${folder}${path}`, state);
  }
  return found;
}

async function listStates({ store, tree, permissions }: GitSnapshot, signal: AbortSignal): Promise<StoredFiles> {
  const records = splitRecords(await store.toStoredGit(signal)(["ls-tree", "-r", "-z", tree]));
  return new Map(
    records.flatMap((record): [BytePath, StoredState][] => {
      // `MODE blob OID`, a tab, the path.
      const [, mode = "", oid = "", path = ""] = /^(\d{6}) blob ([0-9a-f]+)\t(.*)$/s.exec(record) ?? [];
      return oid === "" ? [] : [[path, { mode, oid, permissions: findPermissions(permissions, path, mode) }]];
    }),
  );
}

/** The changes that the steps make to a tree with these files. One whose content is not kept has no states, as in every receipt. */
export function toPlannedFiles(top: string, steps: readonly RestoreStep[], stored: StoredFiles): ComparedFile[] {
  return steps.flatMap(({ path, before: next }): ComparedFile[] => {
    const was = stored.get(path);
    if (was === undefined) {
      const stat = look(toFilePath(top, path));
      if (stat !== undefined && !stat.isDirectory()) return [{ path, kind: next === undefined ? "delete" : "update" }];
      return next === undefined ? [] : [{ path, kind: "add", after: next }];
    }
    return isSame(was, next)
      ? []
      : [{ path, kind: next === undefined ? "delete" : "update", before: was, after: next }];
  });
}

/** Whether two states are one; permissions that are not known count for any. */
export function isSame(one: StoredState | undefined, other: StoredState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const isKnown = one.permissions !== undefined && other.permissions !== undefined;
  return one.mode === other.mode && one.oid === other.oid && (!isKnown || one.permissions === other.permissions);
}
