// The repositories within a repository: submodules, clones, linked working trees. Git leaves them out of the outer one, so each is a tree of its own.
import { lstatSync } from "node:fs";
import { look } from "../file-state.ts";
import { type BytePath, toFilePath } from "./byte-path.ts";
import { NO_PERMISSIONS } from "./file-permissions.ts";
import type { GitSnapshot } from "./git-snapshot.ts";
import type { Repository } from "./repository.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** A repository within another one. */
export interface InnerSnapshot {
  /** Its folder, relative to the outermost repository, with `/` at its end. */
  readonly path: BytePath;
  readonly snapshot: GitSnapshot;
  /** Tells its `.git` from one that replaced it; undefined where it has none any more. */
  readonly mark: string | undefined;
}

/** A snapshot of a repository together with those within it. */
export interface TreeSnapshot extends GitSnapshot {
  readonly inner: readonly InnerSnapshot[];
  /** Repositories that were not looked into. */
  readonly notCovered: readonly BytePath[];
  /** The directory that the snapshot was asked for, where git ignores it: a path relative to the top folder. */
  readonly ignored?: string | undefined;
}

/** More are not looked into: each takes two runs of git, and the turn waits. */
export const MOST_INNER = 20;
const MOST_DEPTH = 3;
const AT_ONCE = 4;

/** How one is taken. */
export interface InnerScope {
  readonly outer: GitSnapshot;
  /** Those of an earlier snapshot. They are looked at again, also where their `.git` has gone. */
  readonly known: readonly InnerSnapshot[];
  /** The repository whose top folder is `top`; undefined if there is none. */
  readonly find: (top: string) => Repository | undefined;
  /** Takes a snapshot, from the store of an earlier one where there is one. undefined where that failed. */
  readonly take: (repository: Repository, store: SnapshotStore | undefined) => Promise<GitSnapshot | undefined>;
}

interface Place {
  readonly path: BytePath;
  readonly depth: number;
}

/** Takes snapshots of the repositories within one, and of those within them. */
export async function takeInner(scope: InnerScope): Promise<TreeSnapshot> {
  const { outer, known } = scope;
  const open: Place[] = [...new Set([...known.map(({ path }) => path), ...outer.nested])].map(toPlace);
  const seen = new Set(open.map(({ path }) => path));
  const inner: InnerSnapshot[] = [];
  const notCovered: BytePath[] = [];
  while (open.length > 0) {
    const batch = open.splice(0, AT_ONCE);
    const taken = await Promise.all(batch.map((place, index) => takeOne(scope, place, inner.length + index)));
    for (const [index, { path, depth }] of batch.entries()) {
      const found = taken[index];
      if (found === undefined) {
        notCovered.push(path);
        continue;
      }
      inner.push(found);
      const below = found.snapshot.nested.map((name) => `${path}${name}`).filter((name) => !seen.has(name));
      for (const name of below) seen.add(name);
      open.push(...below.map((name) => ({ path: name, depth: depth + 1 })));
    }
  }
  return { ...outer, inner, notCovered };
}

const toPlace = (path: BytePath): Place => ({ path, depth: 1 });

async function takeOne(scope: InnerScope, { path, depth }: Place, count: number): Promise<InnerSnapshot | undefined> {
  const { outer, known, find, take } = scope;
  const { top } = outer.store.repository;
  const store = known.find((one) => one.path === path)?.snapshot.store;
  if (store === undefined && (depth > MOST_DEPTH || count >= MOST_INNER)) return undefined;
  // Git folders are found by text; a name that is none stays uncovered.
  const folder = toFilePath(top, path.slice(0, -1)).toString("utf8");
  if (!Buffer.from(folder).equals(toFilePath(top, path.slice(0, -1)))) return undefined;
  if (!isRealFolder(top, path)) return store && { path, snapshot: toEmpty(store), mark: undefined };
  const repository = store?.repository ?? find(folder);
  // Its contents are kept beside those of the outer one.
  if (repository === undefined || repository.objectFormat !== outer.store.repository.objectFormat) return undefined;
  const snapshot = await take(repository, store);
  return snapshot && { path, snapshot, mark: markGit(folder) };
}

// Whether the folder, and all above it, are folders. A link would lead elsewhere.
function isRealFolder(top: string, path: BytePath): boolean {
  const names = path.slice(0, -1).split("/");
  return names.every((_, index) => look(toFilePath(top, names.slice(0, index + 1).join("/")))?.isDirectory() === true);
}

const EMPTY_TREES = {
  sha1: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  sha256: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
};

function toEmpty(store: SnapshotStore): GitSnapshot {
  const tree = EMPTY_TREES[store.repository.objectFormat];
  return {
    kind: "git",
    store,
    startedAt: Date.now(),
    tree,
    permissions: NO_PERMISSIONS,
    moved: new Set(),
    unstored: [],
    nested: [],
    unread: [],
  };
}

/** What stands for a repository before it was there. `startedAt` is that of the outer snapshot. */
export function toNothing({ store }: GitSnapshot, startedAt: number): GitSnapshot {
  return { ...toEmpty(store), startedAt };
}

function markGit(folder: string): string | undefined {
  try {
    const stat = lstatSync(`${folder}/.git`);
    const { ino, birthtimeMs, ctimeMs } = stat;
    // Git changes the folder all the time. The file names the repository, and may be written in place.
    return `${ino} ${birthtimeMs}${stat.isDirectory() ? "" : ` ${ctimeMs}`}`;
  } catch {
    return undefined;
  }
}
