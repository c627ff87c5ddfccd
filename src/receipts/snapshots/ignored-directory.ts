// Finds out whether git ignores the directory of a turn: then a snapshot does not see what the turn writes there.
import { relative } from "node:path";
import { STAGING_PREFIX } from "../staging-prefix.ts";
import { joinRecords, splitRecords } from "./byte-path.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** The path of a directory, relative to the repository, if git ignores it or a folder above it; otherwise undefined. Throws GitError. */
export async function findIgnored(
  { repository, toGit }: SnapshotStore,
  directory: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = relative(repository.top, directory);
  // Every store ignores the second path. With none that is ignored git would fail.
  const asked = [Buffer.from(path).toString("latin1"), `${STAGING_PREFIX}any/x`];
  const ignored = await toGit(signal)(["check-ignore", "--no-index", "-z", "--stdin"], joinRecords(asked));
  return splitRecords(ignored).length > 1 ? path : undefined;
}
