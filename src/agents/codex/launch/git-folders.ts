// Finds the folders in which git writes for a directory. It looks at the directory itself and never at the output of a command, which may
// contain any path.
import { join, resolve } from "node:path";
import { isInside } from "../../../domain/sandbox.ts";
import { findRealPath } from "../../../files/real-path.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";
import { findTrustFolders } from "../config/trust.ts";

/**
 * Returns the `.git` folder of the repository that contains `cwd`; for a linked work tree also the work tree's own folder in it. Both have
 * to be writable (0.169; for 0.150 the main one is enough). Empty if there is no repository, or if the `.git` file may be forged.
 */
export function listGitFolders(cwd: string): string[] {
  const { top, root, isUnproved } = findTrustFolders(cwd);
  const main = join(root, ".git");
  if (isUnproved || findRealPath(main) !== main) return [];
  if (root === top) return [main];
  const target = /^gitdir: (.+)$/m.exec(readSmallTextIfAny(join(top, ".git")) ?? "")?.[1];
  const own = target === undefined ? undefined : resolve(top, target);
  return own !== undefined && isInside(own, join(main, "worktrees")) ? [main, own] : [];
}
