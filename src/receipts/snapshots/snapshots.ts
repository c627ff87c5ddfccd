// Snapshots of the files that a turn may change: by git where the directory is in a repository, else by sizes and times.
import { sayThrown } from "../../domain/printable.ts";
import { withTimeLimit } from "../../domain/time-limit.ts";
import { findOnPath, leaveOutProject } from "../../files/find-on-path.ts";
import { toReadablePath } from "./byte-path.ts";
import type { ComparedFile } from "./compare-git.ts";
import { compareTrees } from "./compare-trees.ts";
import { type GitSnapshot, takeGitSnapshot } from "./git-snapshot.ts";
import { findIgnored } from "./ignored-directory.ts";
import { type InnerSnapshot, type TreeSnapshot, takeInner } from "./inner-repositories.ts";
import { comparePlain, type PlainSnapshot, takePlainSnapshot } from "./plain-snapshot.ts";
import { findOwnRepository, type Repository, readRepository } from "./repository.ts";
import { openStore, type SnapshotStore } from "./snapshot-store.ts";

/** Options. */
export interface SnapshotsOptions {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of this bridge among those that share the state folder. */
  readonly bridgeId: string;
  /** Folders that no snapshot contains: the bridge's and the agent's own. Real paths. */
  readonly hidden: readonly string[];
  readonly clock: () => number;
}

/** A snapshot; `none` says why there is none. */
export type Snapshot = TreeSnapshot | PlainSnapshot | { readonly kind: "none"; readonly reason: string };

/** What changed between two snapshots. */
export type TreeChanges =
  | {
      readonly kind: "known";
      /** Folder that the paths are relative to. */
      readonly top: string;
      readonly files: readonly ComparedFile[];
      /** Folder of the store that holds the contents; undefined where none are kept. */
      readonly store: string | undefined;
      /** Repositories below `top` of which the changes are not known. */
      readonly notCovered: readonly string[];
      /** The directory of the work, relative to `top`, where git ignores it: new files in it are not told. */
      readonly ignored?: string | undefined;
      /** Folders below `top` whose `.git` was made, removed or replaced. */
      readonly gitChanged: readonly string[];
    }
  | { readonly kind: "unknown"; readonly reason: string };

/** Takes and compares snapshots. */
export interface Snapshots {
  /** Takes one of the repository of a directory (a real path), or of the directory. Never rejects. */
  take(directory: string, signal: AbortSignal): Promise<Snapshot>;
  /** Takes one of the same files later. Never rejects. */
  takeAgain(before: Snapshot, signal: AbortSignal): Promise<Snapshot>;
  /** Compares two. What the store needs to restore the earlier one is kept. Never rejects. */
  compare(before: Snapshot, after: Snapshot, signal: AbortSignal): Promise<TreeChanges>;
}

/** Most time for one snapshot, ms: a turn waits for it. One of 20,000 files takes 40 ms, the first one of a repository longer. */
const TAKE_MS = 10_000;
/** After a failure a directory is left alone for this long: a turn would wait for nothing. */
const REST_MS = 600_000;

/** Makes it. */
export function createSnapshots(options: SnapshotsOptions): Snapshots {
  const failures = new Map<string, { readonly reason: string; readonly until: number }>();
  /** The last work on each store, since git locks its index. */
  const queues = new Map<string, Promise<unknown>>();

  async function inTurn<Value>(key: string, act: () => Promise<Value>): Promise<Value> {
    const mine = (queues.get(key) ?? Promise.resolve()).then(act);
    queues.set(
      key,
      mine.catch(() => {}),
    );
    return mine;
  }

  async function attempt<Taken>(
    key: string,
    signal: AbortSignal,
    act: (signal: AbortSignal) => Promise<Taken>,
  ): Promise<Taken | Extract<Snapshot, { kind: "none" }>> {
    const failed = failures.get(key);
    if (failed !== undefined && options.clock() < failed.until) return { kind: "none", reason: failed.reason };
    return withTimeLimit(TAKE_MS, async (limit) => {
      try {
        return await inTurn(key, () => act(AbortSignal.any([signal, limit])));
      } catch (error) {
        const problem = sayThrown(error);
        const reason = limit.aborted ? `that took more than ${TAKE_MS / 1_000} s` : problem;
        if (!signal.aborted) failures.set(key, { reason, until: options.clock() + REST_MS });
        return { kind: "none", reason };
      }
    });
  }

  interface Asked {
    readonly repository: Repository;
    readonly gitFile: string;
    readonly store?: SnapshotStore;
    readonly known?: readonly InnerSnapshot[];
  }

  // `store` and `known` are those of an earlier snapshot.
  async function takeTree({ repository, gitFile, store, known = [] }: Asked, signal: AbortSignal): Promise<Snapshot> {
    const takeFlat = (repository: Repository, store: SnapshotStore | undefined, signal: AbortSignal) =>
      attempt(repository.top, signal, async (limited) =>
        takeGitSnapshot(store ?? (await openStore({ ...options, gitFile, repository }, limited)), limited),
      );
    const outer = await takeFlat(repository, store, signal);
    if (outer.kind === "none") return outer;
    return withTimeLimit(TAKE_MS, (limit) => {
      const take = async (inner: Repository, store?: SnapshotStore): Promise<GitSnapshot | undefined> => {
        const taken = await takeFlat(inner, store, AbortSignal.any([signal, limit]));
        return taken.kind === "git" ? taken : undefined;
      };
      return takeInner({ outer, known, find: readRepository, take });
    });
  }

  return {
    take: async (directory, signal) => {
      const repository = findOwnRepository(directory, options.env["HOME"]);
      const gitFile = findOnPath("git", leaveOutProject(options.env["PATH"] ?? "", repository?.top ?? directory));
      if (repository === undefined || gitFile === undefined)
        return attempt(directory, signal, (limited) => takePlainSnapshot(directory, limited));
      const taken = await takeTree({ repository, gitFile }, signal);
      if (taken.kind !== "git" || directory === repository.top) return taken;
      return attempt(repository.top, signal, async (limited) => ({
        ...taken,
        ignored: await findIgnored(taken.store, directory, limited),
      }));
    },
    takeAgain: async (before, signal) => {
      if (before.kind === "none") return before;
      if (before.kind === "plain")
        return attempt(before.top, signal, (limited) => takePlainSnapshot(before.top, limited));
      const { store, inner: known } = before;
      return takeTree({ repository: store.repository, gitFile: store.gitFile, store, known }, signal);
    },
    compare: async (before, after, signal) => {
      try {
        return await compare(before, after, signal);
      } catch (error) {
        return { kind: "unknown", reason: sayThrown(error) };
      }
    },
  };
}

async function compare(before: Snapshot, after: Snapshot, signal: AbortSignal): Promise<TreeChanges> {
  if (before.kind === "none") return { kind: "unknown", reason: before.reason };
  if (after.kind === "none") return { kind: "unknown", reason: after.reason };
  if (before.kind === "plain" || after.kind === "plain") {
    if (before.kind !== "plain" || after.kind !== "plain")
      return { kind: "unknown", reason: "the snapshots differ in kind" };
    const files = comparePlain(before, after);
    return { kind: "known", top: before.top, files, store: undefined, notCovered: [], gitChanged: [] };
  }
  const { files, notCovered, gitChanged } = await compareTrees(before, after, signal);
  const { repository, folder } = after.store;
  const readable = { notCovered: notCovered.map(toReadablePath), gitChanged: gitChanged.map(toReadablePath) };
  return { kind: "known", top: repository.top, files, store: folder, ...readable, ignored: before.ignored };
}
