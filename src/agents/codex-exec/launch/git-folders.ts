// Where git keeps what it writes for a directory. Found from the directory itself, never from what a command has printed: a file that
// Codex reads may hold any path.
import { join, resolve } from "node:path";
import { isInside } from "../../../domain/sandbox.ts";
import { findRealPath } from "../../../files/real-path.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";
import { findTrustPlaces } from "../../codex/config/trust.ts";

/**
 * The `.git` folder of the repository that `cwd` lies in; for a linked work tree its own folder in there too: both have to be writable
 * (0.169; for 0.150 the main one is enough). Empty where there is none, or its `.git` file proves nothing.
 */
export function listGitFolders(cwd: string): string[] {
  const { top, root, isUnproved } = findTrustPlaces(cwd);
  const main = join(root, ".git");
  if (isUnproved || findRealPath(main) !== main) return [];
  if (root === top) return [main];
  const target = /^gitdir: (.+)$/m.exec(readSmallTextIfAny(join(top, ".git")) ?? "")?.[1];
  const own = target === undefined ? undefined : resolve(top, target);
  return own !== undefined && isInside(own, join(main, "worktrees")) ? [main, own] : [];
}
