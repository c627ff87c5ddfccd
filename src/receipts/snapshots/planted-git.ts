// A `.git` in a folder whose files belong to the repository around it. Git goes on to show these files as that repository's, so no snapshot lists the
// folder as a repository. But whoever works in the folder gets to the new one, with its hooks.
import { look } from "../file-state.ts";
import { type BytePath, splitRecords, toFilePath } from "./byte-path.ts";
import type { GitSnapshot } from "./git-snapshot.ts";

/** The clock of file times is a little behind. */
const COARSE_MS = 50;

/** Folders of a snapshot whose `.git` was made or changed since `since` (epoch ms), with `/` at their end. Throws GitError. */
export async function findPlantedGit(
  { store, tree }: GitSnapshot,
  since: number,
  signal: AbortSignal,
): Promise<BytePath[]> {
  const git = store.toStoredGit(signal);
  const folders = splitRecords(await git(["ls-tree", "-r", "-d", "-z", "--name-only", tree]));
  const { top } = store.repository;
  return folders.flatMap((folder) => {
    // Nobody can set this time back.
    const changedAt = look(toFilePath(top, `${folder}/.git`))?.ctimeMs;
    return changedAt !== undefined && changedAt >= since - COARSE_MS ? [`${folder}/`] : [];
  });
}
