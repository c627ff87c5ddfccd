// Folders in which files are made ready within the tree that they are put in place in. Each is on record while it is there, and its lock is held, so
// that the next bridge removes what one left behind that was killed.
import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { isRealPath } from "../files/real-path.ts";
import type { LockFiles } from "../state/lock-files.ts";
import { createStagingFiles } from "../state/staging-files.ts";
import { look } from "./file-state.ts";
import { toFilePath } from "./snapshots/byte-path.ts";
import { STAGING_PREFIX } from "./staging-prefix.ts";

/** A folder that was made. */
export interface StagingFolder {
  readonly path: Buffer;
  /** Removes it. Throws what the file system throws; the next sweep removes it then. */
  remove(): Promise<void>;
}

/** Such folders. */
export interface StagingFolders {
  /** Makes one at the top of a tree. Throws what the file system throws. */
  make(top: string): Promise<StagingFolder>;
  /** Paths of those that dead bridges left. Throws what the file system throws. */
  listLeft(): string[];
  /** Removes those of dead bridges: in one tree, or in all. Throws what the file system throws. */
  sweep(top?: string): Promise<void>;
}

const ID = /^[0-9a-f]{12}$/;

/** Makes it. */
export function createStagingFolders(stateDir: string, locks: Pick<LockFiles, "look" | "take">): StagingFolders {
  const records = createStagingFiles(stateDir);
  const toKey = (id: string): string => `staging-${id}`;

  // Nothing in a record is trusted: a name of ours is all that is ever removed.
  async function sweepOne(id: string, top: string | undefined): Promise<void> {
    const stored = records.read(id);
    if (stored.kind !== "record" || (top !== undefined && stored.value.top !== top)) return;
    const lock = locks.take(toKey(id));
    if (lock.kind !== "taken") return;
    try {
      const path = findFolder(stored.value.top, id);
      if (path !== undefined) await rm(path, { recursive: true, force: true });
      records.remove(id);
    } finally {
      lock.release();
    }
  }

  const listIds = (): string[] => records.list().filter((name) => ID.test(name));

  return {
    listLeft: () =>
      listIds().flatMap((id) => {
        const stored = records.read(id);
        if (stored.kind !== "record" || locks.look(toKey(id)) !== undefined) return [];
        return findFolder(stored.value.top, id)?.toString("utf8") ?? [];
      }),
    make: async (top) => {
      const id = randomBytes(6).toString("hex");
      const lock = locks.take(toKey(id));
      const path = toStagingPath(top, id);
      const remove = async (): Promise<void> => {
        try {
          await rm(path, { recursive: true, force: true });
          records.remove(id);
        } finally {
          if (lock.kind === "taken") lock.release();
        }
      };
      try {
        records.write(id, { top });
        await mkdir(path, { mode: 0o700 });
      } catch (error) {
        await remove();
        throw error;
      }
      return { path, remove };
    },
    sweep: async (top) => {
      for (const id of listIds()) await sweepOne(id, top);
    },
  };
}

// Where a folder on the way is a link by now, it is another one.
function findFolder(top: string, id: string): Buffer | undefined {
  const path = toStagingPath(top, id);
  return isRealPath(top) && look(path)?.isDirectory() === true ? path : undefined;
}

const toStagingPath = (top: string, id: string): Buffer => toFilePath(top, `${STAGING_PREFIX}${id}`);
