// The name under which a directory's entries are kept: one for a repository with all of its work trees.
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { resolveRealPath } from "../../files/real-path.ts";
import { findMainRoot } from "../../files/work-tree.ts";

/** The real path of the main work tree around a directory; the directory itself where it lies in no repository. */
export function findProject(directory: string): string {
  const start = resolveRealPath(directory);
  for (let folder = start; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined) return findMainRoot(folder) ?? folder;
    if (dirname(folder) === folder) return start;
  }
}
