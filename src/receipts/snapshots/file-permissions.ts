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
  /** Files that changed within the second in which they were looked at. Git's index has whole seconds, so it does not notice another change in it. */
  readonly recent: readonly BytePath[];
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
  const recent = [...seen].flatMap(([path, stat]) => (stat && toSecond(stat.ctimeMs) >= second ? [path] : []));
  return { usual: known.usual, others: hasChanged ? others : known.others, recent };
}

const toSecond = (ms: number): number => Math.floor(ms / 1_000);
/** The clock of file times is a little behind. */
const COARSE_MS = 50;

const USUAL = ["644", "755"] as const;

/** Those of no file. */
export const NO_PERMISSIONS: FilePermissions = { usual: USUAL, others: new Map(), recent: [] };

/** Those of the store's index. Where none are kept, every file of the index is looked at. Throws GitError. */
export async function readPermissions(
  store: SnapshotStore,
  git: RunGit,
): Promise<{ readonly known: FilePermissions; readonly seen: SeenFiles }> {
  const { top } = store.repository;
  const stored = readPermissionsFile(toPermissionsFile(store.indexFile));
  const { usual, others, recent } = stored ?? (await lookAtAll(top, git));
  return { known: { usual, others: new Map(others), recent }, seen: lookAt(top, recent) };
}

/** Keeps them beside the index, unless they are there. Throws what the file system throws. */
export function keepPermissions({ indexFile }: SnapshotStore, known: FilePermissions, next: FilePermissions): void {
  const path = toPermissionsFile(indexFile);
  const before = new Set(known.recent);
  const isKept = next.others === known.others && next.recent.every((path) => before.has(path)) && existsSync(path);
  const { usual, others, recent } = next;
  if (!isKept) writePermissionsFile(path, { usual: [...usual], others: [...others], recent: [...recent] });
}

/** The file beside an index. */
export function toPermissionsFile(indexFile: string): string {
  return join(indexFile, "..", `permissions-${indexFile.slice(indexFile.lastIndexOf("/") + 1)}`);
}

async function lookAtAll(top: string, git: RunGit) {
  const recent = splitRecords(await git(["ls-files", "-z"]));
  const counts = new Map<Permissions, number>();
  for (const stat of lookAt(top, recent).values()) {
    const permissions = stat && toPermissions(stat.mode);
    if (permissions !== undefined) counts.set(permissions, (counts.get(permissions) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([, one], [, two]) => two - one).map(([permissions]) => permissions);
  const plain = byCount.find((permissions) => !canRun(permissions)) ?? USUAL[0];
  const usual: [Permissions, Permissions] = [plain, byCount.find(canRun) ?? USUAL[1]];
  return { usual, others: [] as [BytePath, Permissions][], recent };
}

function lookAt(top: string, paths: readonly BytePath[]): SeenFiles {
  const stats = paths.map((path) => [path, look(toFilePath(top, path))] as const);
  return new Map(stats.map(([path, stat]) => [path, stat?.isFile() === true ? stat : undefined]));
}
