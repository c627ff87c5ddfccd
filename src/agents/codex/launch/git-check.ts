// The check that `codex exec` makes without `--skip-git-repo-check`. The app server has none (docs/codex-cli.md#git-check).
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { listAncestors } from "../config/trust.ts";

/** Refuses a directory outside git, as Codex 0.150 to 0.169 does. Throws NOT_A_GIT_REPO. */
export function checkGit(cwd: string): void {
  if (listAncestors(cwd).some(isGitRoot)) return;
  throw new BridgeError("NOT_A_GIT_REPO", "The directory is not inside a git repository.");
}

// Codex does not look into a `.git` file, nor into `HEAD`.
function isGitRoot(folder: string): boolean {
  const path = join(folder, ".git");
  try {
    return !statSync(path).isDirectory() || existsSync(join(path, "HEAD"));
  } catch {
    return false;
  }
}
