// Files that a sparse checkout leaves out: they are not in the working tree, and nobody removed them.
import { join } from "node:path";
import { readSmallFile } from "../../files/small-file.ts";
import { look } from "../../receipts/file-state.ts";
import { type BytePath, splitRecords, toFilePath } from "../../receipts/snapshots/byte-path.ts";
import { GitError } from "../../receipts/snapshots/git-error.ts";
import { MOST_INDEX_BYTES } from "../../receipts/snapshots/index-entries.ts";
import { writePrivateFile } from "../../state/private-files.ts";
import type { GitView } from "./git-view.ts";

/**
 * Their paths, by a copy of the user's index; none where there is no index that git can read alone. Throws what the file system throws but for a
 * missing index.
 */
export async function findSparsePaths({ repository, git, indexFile }: GitView): Promise<ReadonlySet<BytePath>> {
  const path = join(repository.gitDir, "index");
  if (look(Buffer.from(path)) === undefined) return new Set();
  writePrivateFile(indexFile, readSmallFile(path, MOST_INDEX_BYTES));
  // `TAG PATH`. `S` stands for what a sparse checkout leaves out.
  const records = await git(["ls-files", "-z", "-t"]).then(splitRecords, toNone);
  const left = records.filter((record) => record.startsWith("S ")).map((record) => record.slice(2));
  return new Set(left.filter((name) => look(toFilePath(repository.top, name)) === undefined));
}

// A split index names a second file, which is not here. What it leaves out is then shown as removed.
function toNone(error: unknown): string[] {
  if (error instanceof GitError) return [];
  throw error;
}
