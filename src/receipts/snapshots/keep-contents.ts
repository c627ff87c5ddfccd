// Keeps what undo needs: the earlier contents may be in the user's repository only, which may drop them.

import { join } from "node:path";
import type { ComparedFile } from "./compare-git.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** Copies the earlier contents of changed files into the store, or into the one whose folder is `keeper`. Throws GitError. */
export async function keepContents(
  store: SnapshotStore,
  files: readonly ComparedFile[],
  signal: AbortSignal,
  keeper = store.folder,
): Promise<void> {
  const ids = new Set(files.flatMap(({ before }) => before?.oid ?? []));
  if (ids.size === 0) return;
  const input = Buffer.from([...ids].map((id) => `${id}\n`).join(""));
  await store.toStoredGit(signal)(["pack-objects", "-q", "--window=0", join(keeper, "objects/pack/pack")], input);
}
