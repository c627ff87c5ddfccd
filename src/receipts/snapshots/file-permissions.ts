// The permissions of files, of which git keeps only whether a file may be run. Those that most files have are kept once.
import { existsSync, type Stats } from "node:fs";
import { join } from "node:path";
import { readPermissionsFile, writePermissionsFile } from "../../state/permissions-file.ts";
import { look, toPermissions } from "../file-state.ts";
import { type BytePath, splitRecords, toFilePath } from "./byte-path.ts";
import type { RunGit } from "./git-program.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Nine bits as three octal digits, such as `644`. */
export type Permissions = string;

/** The permissions of all files of an index. Never changed in place. */
export interface FilePermissions {
  /** Of a file that may not be run, and of one that may, where nothing else is said. */
  readonly usual: readonly [Permissions, Permissions];
  readonly others: ReadonlyMap<BytePath, Permissions>;
  /**
   * Files that changed within the second in which they were looked at, with the time of that change (ctime, ms). Git's index has whole seconds, so it
   * does not notice another change in it.
   */
  readonly recent: ReadonlyMap<BytePath, number>;
}

/** Permissions of a file in git's mode; undefined for a link. */
export function findPermissions({ usual, others }: FilePermissions, path: BytePath, mode: string) {
  if (mode === "120000") return undefined;
  return others.get(path) ?? usual[mode === "100755" ? 1 : 0];
}

/** Whether a file with these permissions may be run, as git sees it. */
export function canRun(permissions: Permissions): boolean {
  return (Number.parseInt(permissions, 8) & 0o100) !== 0;
}

/** The state of a file; undefined for a link, and for a file that is gone. */
export type SeenFiles = ReadonlyMap<BytePath, Stats | undefined>;

/** What is known once files were looked at, from `startedAt` (epoch ms) on. */
export function changePermissions(known: FilePermissions, seen: SeenFiles, startedAt: number): FilePermissions {
  const others = new Map(known.others);
  let hasChanged = false;
  for (const [path, stat] of seen) {
    const permissions = stat && toPermissions(stat.mode);
    const isUsual = permissions === undefined || known.usual[canRun(permissions) ? 1 : 0] === permissions;
    const next = isUsual ? undefined : permissions;
    if (others.get(path) === next) continue;
    hasChanged = true;
    if (next === undefined) others.delete(path);
    else others.set(path, next);
  }
  const second = toSecond(startedAt - COARSE_MS);
  const recent = [...seen].flatMap(([path, stat]): [BytePath, number][] =>
    stat && toSecond(stat.ctimeMs) >= second ? [[path, stat.ctimeMs]] : [],
  );
  return { usual: known.usual, others: hasChanged ? others : known.others, recent: new Map(recent) };
}

const toSecond = (ms: number): number => Math.floor(ms / 1_000);
/** The clock of file times is a little behind. */
const COARSE_MS = 50;

const USUAL = ["644", "755"] as const;

/** Those of no file. */
export const NO_PERMISSIONS: FilePermissions = { usual: USUAL, others: new Map(), recent: new Map() };

/** Those of the store's index. Where none are kept, every file of the index is looked at. Throws GitError. */
export async function readPermissions(
  store: SnapshotStore,
  git: RunGit,
): Promise<{ readonly known: FilePermissions; readonly seen: SeenFiles }> {
  const { top } = store.repository;
  const stored = readPermissionsFile(toPermissionsFile(store.indexFile));
  if (stored !== undefined) {
    const { usual, others, recent } = stored;
    const seen = lookAt(
      top,
      recent.map(([path]) => path),
    );
    return { known: { usual, others: new Map(others), recent: new Map(recent) }, seen };
  }
  const seen = lookAt(top, splitRecords(await git(["ls-files", "-z"])));
  return { known: { ...NO_PERMISSIONS, usual: findUsual(seen) }, seen };
}

/** Files that changed since although git may not notice it. */
export function findUnnoticed({ recent }: FilePermissions, seen: SeenFiles): BytePath[] {
  return [...recent].flatMap(([path, at]) => {
    const stat = seen.get(path);
    return stat !== undefined && stat.ctimeMs !== at ? [path] : [];
  });
}

/** Keeps them beside the index, unless they are there. Throws what the file system throws. */
export function keepPermissions({ indexFile }: SnapshotStore, known: FilePermissions, next: FilePermissions): void {
  const path = toPermissionsFile(indexFile);
  const isOld = [...next.recent].every(([name, at]) => known.recent.get(name) === at);
  const isKept = next.others === known.others && isOld && existsSync(path);
  const { usual, others, recent } = next;
  if (!isKept) writePermissionsFile(path, { usual: [...usual], others: [...others], recent: [...recent] });
}

/** The file beside an index. */
export function toPermissionsFile(indexFile: string): string {
  return join(indexFile, "..", `permissions-${indexFile.slice(indexFile.lastIndexOf("/") + 1)}`);
}

function findUsual(seen: SeenFiles): [Permissions, Permissions] {
  const counts = new Map<number, number>();
  for (const stat of seen.values()) if (stat !== undefined) counts.set(stat.mode, (counts.get(stat.mode) ?? 0) + 1);
  const byCount = [...counts].sort(([, one], [, two]) => two - one).map(([mode]) => toPermissions(mode));
  return [byCount.find((permissions) => !canRun(permissions)) ?? USUAL[0], byCount.find(canRun) ?? USUAL[1]];
}

function lookAt(top: string, paths: readonly BytePath[]): SeenFiles {
  const stats = paths.map((path) => [path, look(toFilePath(top, path))] as const);
  return new Map(stats.map(([path, stat]) => [path, stat?.isFile() === true ? stat : undefined]));
}
