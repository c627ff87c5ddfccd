// The name under which a directory's entries are kept: one for a repository with all of its work trees.
import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { resolveRealPath } from "../../files/real-path.ts";
import { findMainRoot } from "../../files/work-tree.ts";

/**
 * The real path of the main work tree around a directory; the directory itself where it lies in no repository. A repository of the home folder counts
 * only there: it is for settings, and the folders in it are projects that have nothing to do with each other.
 */
export function findProject(directory: string, home: string = homedir()): string {
  const start = resolveRealPath(directory);
  for (let folder = start; ; folder = dirname(folder)) {
    if (lstatSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined)
      return folder !== start && folder === resolveRealPath(home) ? start : (findMainRoot(folder) ?? folder);
    if (dirname(folder) === folder) return start;
  }
}
